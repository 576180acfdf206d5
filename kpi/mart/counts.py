"""Additive counts by day or half-month, made from the facts."""

from sqlalchemy import Boolean, Date, Double, Index, Table

from kpi.mart.columns import SLICERS, count, key, keyed, metadata, province, slicers

daily_report = Table(
    "daily_report",
    metadata,
    province(),
    key("on_date", Date, comment="day in Asia/Ho_Chi_Minh"),
    *[key(c.name, comment=c.comment or "") for c in slicers()],
    count("received_count", "sent_at on this day"),
    count("done_on_time_count", "approved on this day, in time or without a limit"),
    count("done_late_count", "approved on this day, late"),
    count("refused_count", "refused on this day"),
    count("withdrawn_count", "withdrawn by the sender on this day"),
    count("passed_on_count", "passed on for follow-up only on this day"),
    count("merged_count", "merged as duplicate on this day"),
    count("published_count", "published on this day"),
    count("fell_due_count", "due_at on this day"),
    count("rating_3_count", "rated rất hài lòng on this day"),
    count("rating_2_count", "rated hài lòng on this day"),
    count("rating_1_count", "rated không hài lòng on this day"),
    keyed("on_date", *SLICERS),
    comment="One row per day, district, commune, field, channel and urgency; additive counts of reports.",
)

half_monthly_place = Table(
    "half_monthly_place",
    metadata,
    province(),
    key(
        "sent_on",
        Date,
        comment="first day of the half-month of sent_at in Asia/Ho_Chi_Minh: the 1st or the 15th",
    ),
    key("on_date", Date, comment="first day of the half-month of closed_at"),
    key("district_code", comment="district of the place on the day it was sent; '' = not known"),
    key("commune_code", comment="commune of that day; '' = not known or secret"),
    key("lon_coarse", Double, "place coarsened to 0.005 degrees; 0 = none, or secret"),
    key("lat_coarse", Double, "place coarsened to 0.005 degrees; 0 = none, or secret"),
    key("is_secret", Boolean, "secret reports have no place"),
    count("on_time_count", "approved in time"),
    count("late_count", "approved late"),
    count("without_limit_count", "approved, no limit bound"),
    count("refused_count", "refused"),
    count("withdrawn_count", "withdrawn by the sender"),
    count("passed_on_count", "passed on for follow-up only"),
    count("merged_count", "merged as duplicate"),
    keyed("sent_on", "on_date", "district_code", "commune_code", "lon_coarse", "lat_coarse", "is_secret"),
    comment="One row per half-month sent, half-month left and coarse place; additive counts of reports that have left."
    " What the map shows of long periods: legal and calendar months are both made of half-months.",
)
Index("half_monthly_place_left", half_monthly_place.c.on_date)

daily_unit = Table(
    "daily_unit",
    metadata,
    province(),
    key("on_date", Date, comment="day in Asia/Ho_Chi_Minh"),
    key("unit_code"),
    *[key(c.name, comment=c.comment or "") for c in slicers()],
    count("received_count", "lead assignments that began"),
    count("done_on_time_count", "approved in time or without a limit"),
    count("done_late_count", "approved late"),
    count("returned_count", "returned as wrong authority"),
    count("moved_count", "taken away otherwise: reassigned, withdrawn, refused, passed on, merged"),
    count("fell_due_count", "due_at on this day"),
    count("extended_count", "valid extensions, by the day the assignment began"),
    keyed("on_date", "unit_code", *SLICERS),
    comment="One row per day, unit and slicers; additive counts of lead assignments.",
)
