"""Facts of reports, hotline calls and directives: one row per thing that happened or was judged."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Double, Index, SmallInteger, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from kpi.mart.columns import instant, key, keyed, metadata, province, slicers, string

report = Table(
    "report",
    metadata,
    province(),
    key("report_id", BigInteger),
    string("report_code", "what people quote", nullable=False),
    *slicers(),
    Column("is_secret", Boolean, nullable=False, comment="secrecy <> none: only counted, no text, no place"),
    string("place_flag", "how the place was found: flags of geo.locate", nullable=False),
    Column("lon_coarse", Double, comment="coarsened to 0.005 degrees, null if secret or not known"),
    Column("lat_coarse", Double, comment="coarsened to 0.005 degrees"),
    string("regulation_id", "text in force when it was sent; '' = none known"),
    string("status", "open | done | refused | withdrawn | passed_on | merged", nullable=False),
    string("stage", "where an open report stands: a stage id of kpi.rules", nullable=False),
    string(
        "holder_kind", "who holds it now: ioc | lead | leader | coordinating | sender | province; '' = closed"
    ),
    string("holder_unit_code", "unit that holds it now"),
    string("lead_unit_code", "current or last lead unit, '' = never dispatched", nullable=False),
    Column(
        "holder_unit_codes", ARRAY(Text), nullable=False, comment="every unit that ever held it (row scope)"
    ),
    instant("sent_at", "reached the system; the report enters the balance", nullable=False),
    instant("received_at", "IOC received"),
    instant("dispatched_at", "first dispatch"),
    instant("last_dispatched_at", "dispatch to the lead unit that has or had it last"),
    instant("accepted_at", "lead unit accepted"),
    instant("result_at", "last result"),
    instant("approved_at", "last approval by the unit's leader that stands"),
    instant("published_at", "IOC published"),
    instant(
        "closed_at", "left the balance: approved, refused, withdrawn, passed on or merged; null = in hand"
    ),
    instant(
        "base_due_at",
        "handle limit of the lead unit before extension; null = không quy định or not dispatched",
    ),
    instant("due_at", "handle limit in force (with a valid extension)"),
    Column("is_extended", Boolean, nullable=False, server_default=text("false")),
    Column(
        "extension_count",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="notices, valid or not",
    ),
    string("outcome", "on_time | late | none (no limit) for done; '' otherwise", nullable=False),
    Column("late_s", BigInteger, comment="working seconds from due_at to approval, null unless late"),
    Column(
        "handled_s", BigInteger, comment="working seconds from last dispatch to approval, null unless done"
    ),
    Column("dispatch_count", SmallInteger, nullable=False, server_default=text("0")),
    Column("wrong_return_count", SmallInteger, nullable=False, server_default=text("0")),
    string("refused_reason", "reason_code of the refusal"),
    Column(
        "rating", SmallInteger, comment="last: 3 rất hài lòng, 2 hài lòng, 1 không hài lòng; null = not rated"
    ),
    instant("rated_at", "last rating"),
    Column(
        "repeats_report_id",
        BigInteger,
        comment="earlier published report of the same sender, place and field",
    ),
    instant("last_event_at", "last event that happened", nullable=False),
    instant("last_recorded_at", "last time that the store told us", nullable=False),
    keyed("report_id"),
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
    province(),
    key("report_id", BigInteger),
    string("title", "the citizen's words: escape wherever shown", nullable=False),
    string("body", "the citizen's words: escape wherever shown", nullable=False),
    Column("lon", Double, comment="exact, WGS 84"),
    Column("lat", Double, comment="exact, WGS 84"),
    string("district_code", "row scope"),
    Column("holder_unit_codes", ARRAY(Text), nullable=False, comment="row scope"),
    keyed("report_id"),
    comment="One row per report that is not secret: what only the roles that handle it may see.",
)

assignment = Table(
    "assignment",
    metadata,
    province(),
    key("report_id", BigInteger),
    key("seq", SmallInteger, comment="1, 2, … in order of from_at"),
    string("unit_code", "the unit that is judged", nullable=False),
    string("part", "lead | coordinating", nullable=False),
    *slicers(),
    instant("from_at", "dispatched or forwarded to the unit", nullable=False),
    instant("accepted_at", "unit accepted"),
    instant("result_at", "unit's last result"),
    instant("ended_at", "left the unit; null = in hand"),
    string(
        "ended_by",
        "approved | returned_wrong | reassigned | withdrawn | refused | passed_on | merged | ''",
        nullable=False,
    ),
    instant("base_due_at", "before extension; null = không quy định"),
    instant("due_at", "in force"),
    Column("is_extended", Boolean, nullable=False, server_default=text("false")),
    string("outcome", "on_time | late | none for approved; '' otherwise", nullable=False),
    Column("late_s", BigInteger, comment="working seconds past due_at when approved late"),
    Column(
        "held_s",
        BigInteger,
        comment="working seconds that the unit itself held the clock, null while in hand",
    ),
    keyed("report_id", "seq"),
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
    province(),
    key("report_id", BigInteger),
    key("seq", SmallInteger),
    string("holder_kind", "ioc | lead | leader | coordinating | sender | province", nullable=False),
    string("unit_code", "'' for the sender", nullable=False),
    instant("from_at", "", nullable=False),
    instant("to_at", "null = holds it now"),
    Column("working_s", BigInteger, comment="working seconds between, null while it holds"),
    string("district_code", "row scope"),
    keyed("report_id", "seq"),
    comment="One row per uninterrupted time that one holder had the report; a report's rows tile its life.",
)

stage = Table(
    "stage",
    metadata,
    province(),
    key("report_id", BigInteger),
    key("seq", SmallInteger),
    string("stage", "stage id of kpi.rules", nullable=False),
    string("unit_code", "unit that is charged; '' = sender or UBND tỉnh", nullable=False),
    *slicers(),
    instant("start_at", "start event", nullable=False),
    instant("due_at", "null = không quy định"),
    instant("done_at", "null = not done yet"),
    Column("is_on_time", Boolean, comment="null while open and not due, or without a limit"),
    Column("worked_s", BigInteger, comment="working seconds from start to done, null while open"),
    string("article", "article of the limit", nullable=False, server_default=""),
    string(
        "borrowed_from", "regulation it was borrowed from, '' = its own", nullable=False, server_default=""
    ),
    keyed("report_id", "seq"),
    comment="One row per stage that a report went through, each with its own limit.",
)
Index("stage_unit", stage.c.unit_code, stage.c.done_at)
Index("stage_done", stage.c.done_at)

event = Table(
    "event",
    metadata,
    province(),
    key("report_id", BigInteger),
    key("event_id", BigInteger, comment="the store's; its own only within the report"),
    string("kind", "event kind of the store contract", nullable=False),
    instant("at", "when it happened", nullable=False),
    instant("recorded_at", "when the store was told", nullable=False),
    string("acting_unit_code", "null = the sender"),
    string("target_unit_code", ""),
    instant("committed_at", "for extended"),
    string("reason_code", ""),
    Column("rating", SmallInteger),
    Column("has_content", Boolean),
    Column("duplicate_of", BigInteger),
    Column("replaces_event_id", BigInteger),
    string("district_code", "row scope"),
    keyed("report_id", "event_id"),
    comment="One row per event of the store, append-only, without any personal data.",
)
Index("event_number", event.c.event_id)
Index("event_result", event.c.at, postgresql_where=event.c.kind == "result")

hotline_call = Table(
    "hotline_call",
    metadata,
    province(),
    key("call_id", BigInteger),
    string("unit_code", "unit that was called", nullable=False),
    instant("called_at", "", nullable=False),
    Column("is_answered", Boolean, nullable=False),
    instant("transferred_at", "passed on"),
    comment="One row per call of the hotline to a unit.",
)

directive = Table(
    "directive",
    metadata,
    province(),
    key("directive_id", BigInteger),
    string("unit_code", "unit that was told to correct a breach", nullable=False),
    Column("issued_on", Date, nullable=False),
    string("number", "document number", nullable=False),
    comment="One row per written directive of UBND tỉnh (soctrang-2022 Đ15.3).",
)
