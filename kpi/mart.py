"""The mart's contract: every table's grain, key, columns and units. The ETL writes it, kpi.queries reads it.

All instants are timestamptz in whole seconds. `_s` columns are working seconds unless they say otherwise.
Every key carries province_code, so that the mart can be distributed by it. Facts are partitioned by it, so their keys
and indexes begin with what is looked up within a province: numbers and instants, which are quick to sort and narrow.
Additive counts only; ratios are computed last, by kpi.queries.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

SCHEMA = "mart"
metadata = MetaData(schema=SCHEMA)


def _at(name: str, comment: str, **kw: object) -> Column:
    return Column(name, DateTime(timezone=True), comment=comment, **kw)  # type: ignore[arg-type]


def _text(name: str, comment: str, **kw: object) -> Column:
    return Column(name, Text, comment=comment, **kw)  # type: ignore[arg-type]


def _key(name: str, type_: type = Text, comment: str = "") -> Column:
    return Column(name, type_, primary_key=True, autoincrement=False, comment=comment)


def _province() -> Column:
    return _key("province_code", comment="official province code; in every key, distribution column")


def _keyed(*names: str) -> PrimaryKeyConstraint:
    """A fact's primary key within its province."""
    return PrimaryKeyConstraint(*names, "province_code")


def _count(name: str, comment: str) -> Column:
    return Column(name, Integer, nullable=False, server_default=text("0"), comment=comment)


def _slicers() -> list[Column]:
    """What figures are cut by; copied into facts so that counting needs no join."""
    return [
        _text("district_code", "district of the place on the day it was sent; '' = not known"),
        _text("commune_code", "commune of that day; '' = not known or secret"),
        _text("field_code", "field (lĩnh vực)"),
        _text("channel_code", "channel (kênh)"),
        _text("urgency", "normal | urgent | instant"),
    ]


_SLICERS = tuple(column.name for column in _slicers())

# ---------------------------------------------------------------- dimensions

unit = Table(
    "unit",
    metadata,
    _province(),
    _key("unit_code", comment="unit that receives, handles or coordinates"),
    _text("name", "full official name", nullable=False),
    _text("short_name", "what tables and the wall show", nullable=False),
    _text("level", "ioc | department | district | commune | central | utility", nullable=False),
    _text("parent_unit_code", "superior unit"),
    _text("district_code", "district it serves, null = whole province"),
    _text("commune_code", "commune it serves"),
    Column("valid_from", Date),
    Column("valid_to", Date, comment="half-open"),
    _text("sort_key", "Vietnamese sort key", nullable=False, server_default=""),
    comment="One row per unit.",
)

place = Table(
    "place",
    metadata,
    _province(),
    _key("place_code", comment="official code; re-used over time, so valid_from is part of the key"),
    _key("valid_from", Date, comment="1900-01-01 where the first record has none"),
    Column("valid_to", Date, comment="half-open, null = still valid"),
    _text("name", "name without kind", nullable=False),
    _text("full_name", "name with kind", nullable=False),
    _text("level", "province | district | commune", nullable=False),
    _text("kind", "tỉnh, huyện, thị xã, thành phố, xã, phường, thị trấn", nullable=False),
    _text("parent_code", "code of the parent place"),
    _text("sort_key", "Vietnamese sort key", nullable=False, server_default=""),
    comment="One row per administrative unit and interval of validity.",
)

category = Table(
    "category",
    metadata,
    _province(),
    _key("kind", comment="field | channel"),
    _key("code"),
    _text("name_vi", "shown", nullable=False),
    _text("name_en", "shown in English", nullable=False),
    Column("sort_order", Integer, nullable=False, server_default=text("0")),
    comment="One row per field or channel.",
)

# --------------------------------------------------------------------- facts

report = Table(
    "report",
    metadata,
    _province(),
    _key("report_id", BigInteger),
    _text("report_code", "what people quote", nullable=False),
    *_slicers(),
    Column("is_secret", Boolean, nullable=False, comment="secrecy <> none: only counted, no text, no place"),
    _text("place_flag", "how the place was found: flags of geo.locate", nullable=False),
    Column("lon_coarse", Double, comment="coarsened to 0.005 degrees, null if secret or not known"),
    Column("lat_coarse", Double, comment="coarsened to 0.005 degrees"),
    _text("regulation_id", "text in force when it was sent; '' = none known"),
    _text("status", "open | done | refused | withdrawn | passed_on | merged", nullable=False),
    _text("stage", "where an open report stands: a stage id of kpi.rules", nullable=False),
    _text(
        "holder_kind", "who holds it now: ioc | lead | leader | coordinating | sender | province; '' = closed"
    ),
    _text("holder_unit_code", "unit that holds it now"),
    _text("lead_unit_code", "current or last lead unit, '' = never dispatched", nullable=False),
    Column(
        "holder_unit_codes", ARRAY(Text), nullable=False, comment="every unit that ever held it (row scope)"
    ),
    _at("sent_at", "reached the system; the report enters the balance", nullable=False),
    _at("received_at", "IOC received"),
    _at("dispatched_at", "first dispatch"),
    _at("last_dispatched_at", "dispatch to the lead unit that has or had it last"),
    _at("accepted_at", "lead unit accepted"),
    _at("result_at", "last result"),
    _at("approved_at", "last approval by the unit's leader that stands"),
    _at("published_at", "IOC published"),
    _at("closed_at", "left the balance: approved, refused, withdrawn, passed on or merged; null = in hand"),
    _at(
        "base_due_at",
        "handle limit of the lead unit before extension; null = không quy định or not dispatched",
    ),
    _at("due_at", "handle limit in force (with a valid extension)"),
    Column("is_extended", Boolean, nullable=False, server_default=text("false")),
    Column(
        "extension_count",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="notices, valid or not",
    ),
    _text("outcome", "on_time | late | none (no limit) for done; '' otherwise", nullable=False),
    Column("late_s", BigInteger, comment="working seconds from due_at to approval, null unless late"),
    Column(
        "handled_s", BigInteger, comment="working seconds from last dispatch to approval, null unless done"
    ),
    Column("dispatch_count", SmallInteger, nullable=False, server_default=text("0")),
    Column("wrong_return_count", SmallInteger, nullable=False, server_default=text("0")),
    _text("refused_reason", "reason_code of the refusal"),
    Column(
        "rating", SmallInteger, comment="last: 3 rất hài lòng, 2 hài lòng, 1 không hài lòng; null = not rated"
    ),
    _at("rated_at", "last rating"),
    Column(
        "repeats_report_id",
        BigInteger,
        comment="earlier published report of the same sender, place and field",
    ),
    _at("last_event_at", "last event that happened", nullable=False),
    _at("last_recorded_at", "last time that the store told us", nullable=False),
    _keyed("report_id"),
    comment="One row per report: an accumulating snapshot.",
)
Index("report_open_due", report.c.due_at, postgresql_where=report.c.closed_at.is_(None))
Index("report_sent", report.c.sent_at)
Index("report_closed", report.c.closed_at)
Index("report_due", report.c.due_at)
Index("report_rated", report.c.rated_at, postgresql_where=report.c.rated_at.is_not(None))
Index("report_published", report.c.published_at)
Index(
    "report_repeats",
    report.c.repeats_report_id,
    postgresql_where=report.c.repeats_report_id.is_not(None),
)
Index("report_code", report.c.report_code)

report_detail = Table(
    "report_detail",
    metadata,
    _province(),
    _key("report_id", BigInteger),
    _text("title", "the citizen's words: escape wherever shown", nullable=False),
    _text("body", "the citizen's words: escape wherever shown", nullable=False),
    Column("lon", Double, comment="exact, WGS 84"),
    Column("lat", Double, comment="exact, WGS 84"),
    _text("district_code", "row scope"),
    Column("holder_unit_codes", ARRAY(Text), nullable=False, comment="row scope"),
    _keyed("report_id"),
    comment="One row per report that is not secret: what only the roles that handle it may see.",
)

assignment = Table(
    "assignment",
    metadata,
    _province(),
    _key("report_id", BigInteger),
    _key("seq", SmallInteger, comment="1, 2, … in order of from_at"),
    _text("unit_code", "the unit that is judged", nullable=False),
    _text("part", "lead | coordinating", nullable=False),
    *_slicers(),
    _at("from_at", "dispatched or forwarded to the unit", nullable=False),
    _at("accepted_at", "unit accepted"),
    _at("result_at", "unit's last result"),
    _at("ended_at", "left the unit; null = in hand"),
    _text(
        "ended_by",
        "approved | returned_wrong | reassigned | withdrawn | refused | passed_on | merged | ''",
        nullable=False,
    ),
    _at("base_due_at", "before extension; null = không quy định"),
    _at("due_at", "in force"),
    Column("is_extended", Boolean, nullable=False, server_default=text("false")),
    _text("outcome", "on_time | late | none for approved; '' otherwise", nullable=False),
    Column("late_s", BigInteger, comment="working seconds past due_at when approved late"),
    Column(
        "held_s",
        BigInteger,
        comment="working seconds that the unit itself held the clock, null while in hand",
    ),
    _keyed("report_id", "seq"),
    comment="One row per time that a unit was made responsible for a report; units are judged on these.",
)
Index("assignment_unit", assignment.c.unit_code, assignment.c.from_at)
Index("assignment_ended", assignment.c.ended_at)
Index("assignment_due", assignment.c.due_at)
Index(
    "assignment_open",
    assignment.c.unit_code,
    postgresql_where=assignment.c.ended_at.is_(None),
)

hold = Table(
    "hold",
    metadata,
    _province(),
    _key("report_id", BigInteger),
    _key("seq", SmallInteger),
    _text("holder_kind", "ioc | lead | leader | coordinating | sender | province", nullable=False),
    _text("unit_code", "'' for the sender", nullable=False),
    _at("from_at", "", nullable=False),
    _at("to_at", "null = holds it now"),
    Column("working_s", BigInteger, comment="working seconds between, null while it holds"),
    _text("district_code", "row scope"),
    _keyed("report_id", "seq"),
    comment="One row per uninterrupted time that one holder had the report; a report's rows tile its life.",
)

stage = Table(
    "stage",
    metadata,
    _province(),
    _key("report_id", BigInteger),
    _key("seq", SmallInteger),
    _text("stage", "stage id of kpi.rules", nullable=False),
    _text("unit_code", "unit that is charged; '' = sender or UBND tỉnh", nullable=False),
    *_slicers(),
    _at("start_at", "start event", nullable=False),
    _at("due_at", "null = không quy định"),
    _at("done_at", "null = not done yet"),
    Column("is_on_time", Boolean, comment="null while open and not due, or without a limit"),
    Column("worked_s", BigInteger, comment="working seconds from start to done, null while open"),
    _text("article", "article of the limit", nullable=False, server_default=""),
    _text(
        "borrowed_from", "regulation it was borrowed from, '' = its own", nullable=False, server_default=""
    ),
    _keyed("report_id", "seq"),
    comment="One row per stage that a report went through, each with its own limit.",
)
Index("stage_unit", stage.c.unit_code, stage.c.done_at)
Index("stage_done", stage.c.done_at)

event = Table(
    "event",
    metadata,
    _province(),
    _key("report_id", BigInteger),
    _key("event_id", BigInteger, comment="the store's; its own only within the report"),
    _text("kind", "event kind of the store contract", nullable=False),
    _at("at", "when it happened", nullable=False),
    _at("recorded_at", "when the store was told", nullable=False),
    _text("acting_unit_code", "null = the sender"),
    _text("target_unit_code", ""),
    _at("committed_at", "for extended"),
    _text("reason_code", ""),
    Column("rating", SmallInteger),
    Column("has_content", Boolean),
    Column("duplicate_of", BigInteger),
    Column("replaces_event_id", BigInteger),
    _text("district_code", "row scope"),
    _keyed("report_id", "event_id"),
    comment="One row per event of the store, append-only, without any personal data.",
)
Index("event_number", event.c.event_id)
Index("event_result", event.c.at, postgresql_where=event.c.kind == "result")

daily_report = Table(
    "daily_report",
    metadata,
    _province(),
    _key("on_date", Date, comment="day in Asia/Ho_Chi_Minh"),
    *[_key(c.name, comment=c.comment or "") for c in _slicers()],
    _count("received_count", "sent_at on this day"),
    _count("done_on_time_count", "approved on this day, in time or without a limit"),
    _count("done_late_count", "approved on this day, late"),
    _count("refused_count", "refused on this day"),
    _count("withdrawn_count", "withdrawn by the sender on this day"),
    _count("passed_on_count", "passed on for follow-up only on this day"),
    _count("merged_count", "merged as duplicate on this day"),
    _count("published_count", "published on this day"),
    _count("fell_due_count", "due_at on this day"),
    _count("rating_3_count", "rated rất hài lòng on this day"),
    _count("rating_2_count", "rated hài lòng on this day"),
    _count("rating_1_count", "rated không hài lòng on this day"),
    _keyed("on_date", *_SLICERS),
    comment="One row per day, district, commune, field, channel and urgency; additive counts of reports.",
)

half_monthly_place = Table(
    "half_monthly_place",
    metadata,
    _province(),
    _key(
        "sent_on",
        Date,
        comment="first day of the half-month of sent_at in Asia/Ho_Chi_Minh: the 1st or the 15th",
    ),
    _key("on_date", Date, comment="first day of the half-month of closed_at"),
    _key("district_code", comment="district of the place on the day it was sent; '' = not known"),
    _key("commune_code", comment="commune of that day; '' = not known or secret"),
    _key("lon_coarse", Double, "place coarsened to 0.005 degrees; 0 = none, or secret"),
    _key("lat_coarse", Double, "place coarsened to 0.005 degrees; 0 = none, or secret"),
    _key("is_secret", Boolean, "secret reports have no place"),
    _count("on_time_count", "approved in time"),
    _count("late_count", "approved late"),
    _count("without_limit_count", "approved, no limit bound"),
    _count("refused_count", "refused"),
    _count("withdrawn_count", "withdrawn by the sender"),
    _count("passed_on_count", "passed on for follow-up only"),
    _count("merged_count", "merged as duplicate"),
    _keyed("sent_on", "on_date", "district_code", "commune_code", "lon_coarse", "lat_coarse", "is_secret"),
    comment="One row per half-month sent, half-month left and coarse place; additive counts of reports that have left."
    " What the map shows of long periods: legal and calendar months are both made of half-months.",
)
Index("half_monthly_place_left", half_monthly_place.c.on_date)

daily_unit = Table(
    "daily_unit",
    metadata,
    _province(),
    _key("on_date", Date, comment="day in Asia/Ho_Chi_Minh"),
    _key("unit_code"),
    *[_key(c.name, comment=c.comment or "") for c in _slicers()],
    _count("received_count", "lead assignments that began"),
    _count("done_on_time_count", "approved in time or without a limit"),
    _count("done_late_count", "approved late"),
    _count("returned_count", "returned as wrong authority"),
    _count("moved_count", "taken away otherwise: reassigned, withdrawn, refused, passed on, merged"),
    _count("fell_due_count", "due_at on this day"),
    _count("extended_count", "valid extensions, by the day the assignment began"),
    _keyed("on_date", "unit_code", *_SLICERS),
    comment="One row per day, unit and slicers; additive counts of lead assignments.",
)

hotline_call = Table(
    "hotline_call",
    metadata,
    _province(),
    _key("call_id", BigInteger),
    _text("unit_code", "unit that was called", nullable=False),
    _at("called_at", "", nullable=False),
    Column("is_answered", Boolean, nullable=False),
    _at("transferred_at", "passed on"),
    comment="One row per call of the hotline to a unit.",
)

directive = Table(
    "directive",
    metadata,
    _province(),
    _key("directive_id", BigInteger),
    _text("unit_code", "unit that was told to correct a breach", nullable=False),
    Column("issued_on", Date, nullable=False),
    _text("number", "document number", nullable=False),
    comment="One row per written directive of UBND tỉnh (soctrang-2022 Đ15.3).",
)

# ---------------------------------------------------------------- operations

run = Table(
    "run",
    metadata,
    _province(),
    _key("run_id", BigInteger, comment="grows; also the data version that pages and caches carry"),
    _text("kind", "backfill | follow | reconcile", nullable=False),
    _text("source", "name of the source", nullable=False),
    _at("started_at", "world's clock", primary_key=True),
    _at("finished_at", "world's clock"),
    _text("status", "ok | failed", nullable=False),
    _text("rules_version", "fingerprint of the regulation data", nullable=False),
    Column("counts", JSONB, nullable=False, comment="rows read, written, quarantined by table"),
    Column("timings_ms", JSONB, nullable=False, comment="by step"),
    _text("message", "why it failed, without citizens' data", nullable=False, server_default=""),
    comment="One row per ETL run that changed something or failed.",
)

source_state = Table(
    "source_state",
    metadata,
    _province(),
    _key("source"),
    _text("watermark", "where to read on: opaque to everybody but the source", nullable=False),
    _at("last_event_at", "youngest event's recorded_at, product's clock"),
    _at("last_contact_at", "last time that the source answered, product's clock"),
    Column("run_id", BigInteger, comment="last run that changed the mart: the data version"),
    _text(
        "rules_version",
        "law that made the facts: fingerprint of the regulation data",
        nullable=False,
        server_default="",
    ),
    _text(
        "facts_version",
        "law, maps, code and IOC that made the facts: another one makes them anew",
        nullable=False,
        server_default="",
    ),
    _at("built_at", "last backfill, world's clock"),
    _count("waiting_count", "touched reports still to be applied, at the last look"),
    _at(
        "behind_since_at",
        "first look that found more than one step can take, product's clock; null = up with the source",
    ),
    comment="One row per source: how far it has been read and how old its news is.",
)

quarantine = Table(
    "quarantine",
    metadata,
    _province(),
    _key("source"),
    _key("row_ref", comment="table and key in the source, or file and line"),
    _key("field", comment="the offending field"),
    _text("reason", "what is wrong and what to do, without citizens' data", nullable=False),
    Column("report_id", BigInteger, comment="report to rebuild when the source mends it"),
    _at("first_seen_at", "", nullable=False),
    _at("last_seen_at", "", nullable=False),
    _at("resolved_at", "the source mended it"),
    comment="One row per field of a source row that cannot be taken.",
)

reconciliation = Table(
    "reconciliation",
    metadata,
    _province(),
    _key("on_date", Date, comment="day of sent_at in Asia/Ho_Chi_Minh"),
    Column("store_count", Integer, nullable=False),
    Column("mart_count", Integer, nullable=False),
    Column("quarantined_count", Integer, nullable=False),
    Column("store_checksum", BigInteger, nullable=False),
    Column("mart_checksum", BigInteger, nullable=False),
    _at("checked_at", "", nullable=False),
    _count("missing_count", "reports of the store that the mart has not"),
    _count("doubled_count", "reports of which the store shows several rows"),
    _count("orphaned_count", "reports of the mart that the store has not"),
    _count("changed_count", "reports whose events are not the same"),
    comment="One row per day: store against mart, last check; checksums without reports in quarantine.",
)

reconciliation_unit = Table(
    "reconciliation_unit",
    metadata,
    _province(),
    _key("unit_code", comment="unit that an event names as target, else the acting one; '' = the sender"),
    Column("store_count", BigInteger, nullable=False, comment="events of living reports"),
    Column("mart_count", BigInteger, nullable=False, comment="events"),
    Column("store_checksum", BigInteger, nullable=False),
    Column("mart_checksum", BigInteger, nullable=False),
    _at("checked_at", "", nullable=False),
    comment="One row per unit: its events in store and mart, last check; without reports in quarantine.",
)

FACTS = (
    report,
    report_detail,
    assignment,
    hold,
    stage,
    event,
    daily_report,
    half_monthly_place,
    daily_unit,
    hotline_call,
    directive,
)
"""Tables that a build replaces; their union is what the fingerprint covers."""
