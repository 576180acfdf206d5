-- Schema mart: dimensions, facts and operations, as kpi/mart declares them (a test compares the two).
-- Facts are partitioned by province: a backfill builds a province's partition aside and attaches it when it is whole,
-- so that no reader ever sees half a build. Rows of a province without a partition of its own go to schema mart_default.

CREATE SCHEMA mart;

CREATE TABLE mart.unit (
    province_code TEXT NOT NULL,
    unit_code TEXT NOT NULL,
    name TEXT NOT NULL,
    short_name TEXT NOT NULL,
    level TEXT NOT NULL,
    parent_unit_code TEXT,
    district_code TEXT,
    commune_code TEXT,
    valid_from DATE,
    valid_to DATE,
    sort_key TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (province_code, unit_code)
);
COMMENT ON TABLE mart.unit IS 'One row per unit.';
COMMENT ON COLUMN mart.unit.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.unit.unit_code IS 'unit that receives, handles or coordinates';
COMMENT ON COLUMN mart.unit.name IS 'full official name';
COMMENT ON COLUMN mart.unit.short_name IS 'what tables and the wall show';
COMMENT ON COLUMN mart.unit.level IS 'ioc | department | district | commune | central | utility';
COMMENT ON COLUMN mart.unit.parent_unit_code IS 'superior unit';
COMMENT ON COLUMN mart.unit.district_code IS 'district it serves, null = whole province';
COMMENT ON COLUMN mart.unit.commune_code IS 'commune it serves';
COMMENT ON COLUMN mart.unit.valid_to IS 'half-open';
COMMENT ON COLUMN mart.unit.sort_key IS 'Vietnamese sort key';

CREATE TABLE mart.place (
    province_code TEXT NOT NULL,
    place_code TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    name TEXT NOT NULL,
    full_name TEXT NOT NULL,
    level TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent_code TEXT,
    sort_key TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (province_code, place_code, valid_from)
);
COMMENT ON TABLE mart.place IS 'One row per administrative unit and interval of validity.';
COMMENT ON COLUMN mart.place.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.place.place_code IS 'official code; re-used over time, so valid_from is part of the key';
COMMENT ON COLUMN mart.place.valid_from IS '1900-01-01 where the first record has none';
COMMENT ON COLUMN mart.place.valid_to IS 'half-open, null = still valid';
COMMENT ON COLUMN mart.place.name IS 'name without kind';
COMMENT ON COLUMN mart.place.full_name IS 'name with kind';
COMMENT ON COLUMN mart.place.level IS 'province | district | commune';
COMMENT ON COLUMN mart.place.kind IS 'tỉnh, huyện, thị xã, thành phố, xã, phường, thị trấn';
COMMENT ON COLUMN mart.place.parent_code IS 'code of the parent place';
COMMENT ON COLUMN mart.place.sort_key IS 'Vietnamese sort key';

CREATE TABLE mart.category (
    province_code TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    sort_order INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (province_code, kind, code)
);
COMMENT ON TABLE mart.category IS 'One row per field or channel.';
COMMENT ON COLUMN mart.category.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.category.kind IS 'field | channel';
COMMENT ON COLUMN mart.category.name_vi IS 'shown';
COMMENT ON COLUMN mart.category.name_en IS 'shown in English';

CREATE TABLE mart.report (
    province_code TEXT NOT NULL,
    report_id BIGINT NOT NULL,
    report_code TEXT NOT NULL,
    district_code TEXT,
    commune_code TEXT,
    field_code TEXT,
    channel_code TEXT,
    urgency TEXT,
    is_secret BOOLEAN NOT NULL,
    place_flag TEXT NOT NULL,
    lon_coarse DOUBLE PRECISION,
    lat_coarse DOUBLE PRECISION,
    regulation_id TEXT,
    status TEXT NOT NULL,
    stage TEXT NOT NULL,
    holder_kind TEXT,
    holder_unit_code TEXT,
    lead_unit_code TEXT NOT NULL,
    holder_unit_codes TEXT[] NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE,
    dispatched_at TIMESTAMP WITH TIME ZONE,
    last_dispatched_at TIMESTAMP WITH TIME ZONE,
    accepted_at TIMESTAMP WITH TIME ZONE,
    result_at TIMESTAMP WITH TIME ZONE,
    approved_at TIMESTAMP WITH TIME ZONE,
    published_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    base_due_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    is_extended BOOLEAN DEFAULT false NOT NULL,
    extension_count SMALLINT DEFAULT 0 NOT NULL,
    outcome TEXT NOT NULL,
    late_s BIGINT,
    handled_s BIGINT,
    dispatch_count SMALLINT DEFAULT 0 NOT NULL,
    wrong_return_count SMALLINT DEFAULT 0 NOT NULL,
    refused_reason TEXT,
    rating SMALLINT,
    rated_at TIMESTAMP WITH TIME ZONE,
    repeats_report_id BIGINT,
    last_event_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (province_code, report_id)
) PARTITION BY LIST (province_code);

CREATE INDEX report_rated ON mart.report (province_code, rated_at) WHERE rated_at IS NOT NULL;

CREATE INDEX report_published ON mart.report (province_code, published_at);

CREATE INDEX report_repeats ON mart.report (province_code, repeats_report_id) WHERE repeats_report_id IS NOT NULL;

CREATE INDEX report_code ON mart.report (province_code, report_code);

CREATE INDEX report_open_due ON mart.report (province_code, due_at) WHERE closed_at IS NULL;

CREATE INDEX report_sent ON mart.report (province_code, sent_at);

CREATE INDEX report_closed ON mart.report (province_code, closed_at);

CREATE INDEX report_due ON mart.report (province_code, due_at);
COMMENT ON TABLE mart.report IS 'One row per report: an accumulating snapshot.';
COMMENT ON COLUMN mart.report.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.report.report_code IS 'what people quote';
COMMENT ON COLUMN mart.report.district_code IS 'district of the place on the day it was sent; '''' = not known';
COMMENT ON COLUMN mart.report.commune_code IS 'commune of that day; '''' = not known or secret';
COMMENT ON COLUMN mart.report.field_code IS 'field (lĩnh vực)';
COMMENT ON COLUMN mart.report.channel_code IS 'channel (kênh)';
COMMENT ON COLUMN mart.report.urgency IS 'normal | urgent | instant';
COMMENT ON COLUMN mart.report.is_secret IS 'secrecy <> none: only counted, no text, no place';
COMMENT ON COLUMN mart.report.place_flag IS 'how the place was found: flags of geo.locate';
COMMENT ON COLUMN mart.report.lon_coarse IS 'coarsened to 0.005 degrees, null if secret or not known';
COMMENT ON COLUMN mart.report.lat_coarse IS 'coarsened to 0.005 degrees';
COMMENT ON COLUMN mart.report.regulation_id IS 'text in force when it was sent; '''' = none known';
COMMENT ON COLUMN mart.report.status IS 'open | done | refused | withdrawn | passed_on | merged';
COMMENT ON COLUMN mart.report.stage IS 'where an open report stands: a stage id of kpi.rules';
COMMENT ON COLUMN mart.report.holder_kind IS 'who holds it now: ioc | lead | leader | coordinating | sender | province; '''' = closed';
COMMENT ON COLUMN mart.report.holder_unit_code IS 'unit that holds it now';
COMMENT ON COLUMN mart.report.lead_unit_code IS 'current or last lead unit, '''' = never dispatched';
COMMENT ON COLUMN mart.report.holder_unit_codes IS 'every unit that ever held it (row scope)';
COMMENT ON COLUMN mart.report.sent_at IS 'reached the system; the report enters the balance';
COMMENT ON COLUMN mart.report.received_at IS 'IOC received';
COMMENT ON COLUMN mart.report.dispatched_at IS 'first dispatch';
COMMENT ON COLUMN mart.report.last_dispatched_at IS 'dispatch to the lead unit that has or had it last';
COMMENT ON COLUMN mart.report.accepted_at IS 'lead unit accepted';
COMMENT ON COLUMN mart.report.result_at IS 'last result';
COMMENT ON COLUMN mart.report.approved_at IS 'last approval by the unit''s leader that stands';
COMMENT ON COLUMN mart.report.published_at IS 'IOC published';
COMMENT ON COLUMN mart.report.closed_at IS 'left the balance: approved, refused, withdrawn, passed on or merged; null = in hand';
COMMENT ON COLUMN mart.report.base_due_at IS 'handle limit of the lead unit before extension; null = không quy định or not dispatched';
COMMENT ON COLUMN mart.report.due_at IS 'handle limit in force (with a valid extension)';
COMMENT ON COLUMN mart.report.extension_count IS 'notices, valid or not';
COMMENT ON COLUMN mart.report.outcome IS 'on_time | late | none (no limit) for done; '''' otherwise';
COMMENT ON COLUMN mart.report.late_s IS 'working seconds from due_at to approval, null unless late';
COMMENT ON COLUMN mart.report.handled_s IS 'working seconds from last dispatch to approval, null unless done';
COMMENT ON COLUMN mart.report.refused_reason IS 'reason_code of the refusal';
COMMENT ON COLUMN mart.report.rating IS 'last: 3 rất hài lòng, 2 hài lòng, 1 không hài lòng; null = not rated';
COMMENT ON COLUMN mart.report.rated_at IS 'last rating';
COMMENT ON COLUMN mart.report.repeats_report_id IS 'earlier published report of the same sender, place and field';
COMMENT ON COLUMN mart.report.last_event_at IS 'last event that happened';
COMMENT ON COLUMN mart.report.last_recorded_at IS 'last time that the store told us';

CREATE TABLE mart.report_detail (
    province_code TEXT NOT NULL,
    report_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    lon DOUBLE PRECISION,
    lat DOUBLE PRECISION,
    district_code TEXT,
    holder_unit_codes TEXT[] NOT NULL,
    PRIMARY KEY (province_code, report_id)
) PARTITION BY LIST (province_code);
COMMENT ON TABLE mart.report_detail IS 'One row per report that is not secret: what only the roles that handle it may see.';
COMMENT ON COLUMN mart.report_detail.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.report_detail.title IS 'the citizen''s words: escape wherever shown';
COMMENT ON COLUMN mart.report_detail.body IS 'the citizen''s words: escape wherever shown';
COMMENT ON COLUMN mart.report_detail.lon IS 'exact, WGS 84';
COMMENT ON COLUMN mart.report_detail.lat IS 'exact, WGS 84';
COMMENT ON COLUMN mart.report_detail.district_code IS 'row scope';
COMMENT ON COLUMN mart.report_detail.holder_unit_codes IS 'row scope';

CREATE TABLE mart.assignment (
    province_code TEXT NOT NULL,
    report_id BIGINT NOT NULL,
    seq SMALLINT NOT NULL,
    unit_code TEXT NOT NULL,
    part TEXT NOT NULL,
    district_code TEXT,
    commune_code TEXT,
    field_code TEXT,
    channel_code TEXT,
    urgency TEXT,
    from_at TIMESTAMP WITH TIME ZONE NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE,
    result_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_by TEXT NOT NULL,
    base_due_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    is_extended BOOLEAN DEFAULT false NOT NULL,
    outcome TEXT NOT NULL,
    late_s BIGINT,
    held_s BIGINT,
    PRIMARY KEY (province_code, report_id, seq)
) PARTITION BY LIST (province_code);

CREATE INDEX assignment_ended ON mart.assignment (province_code, ended_at);

CREATE INDEX assignment_open ON mart.assignment (province_code, unit_code) WHERE ended_at IS NULL;

CREATE INDEX assignment_unit ON mart.assignment (province_code, unit_code, from_at);

CREATE INDEX assignment_due ON mart.assignment (province_code, due_at);
COMMENT ON TABLE mart.assignment IS 'One row per time that a unit was made responsible for a report; units are judged on these.';
COMMENT ON COLUMN mart.assignment.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.assignment.seq IS '1, 2, … in order of from_at';
COMMENT ON COLUMN mart.assignment.unit_code IS 'the unit that is judged';
COMMENT ON COLUMN mart.assignment.part IS 'lead | coordinating';
COMMENT ON COLUMN mart.assignment.district_code IS 'district of the place on the day it was sent; '''' = not known';
COMMENT ON COLUMN mart.assignment.commune_code IS 'commune of that day; '''' = not known or secret';
COMMENT ON COLUMN mart.assignment.field_code IS 'field (lĩnh vực)';
COMMENT ON COLUMN mart.assignment.channel_code IS 'channel (kênh)';
COMMENT ON COLUMN mart.assignment.urgency IS 'normal | urgent | instant';
COMMENT ON COLUMN mart.assignment.from_at IS 'dispatched or forwarded to the unit';
COMMENT ON COLUMN mart.assignment.accepted_at IS 'unit accepted';
COMMENT ON COLUMN mart.assignment.result_at IS 'unit''s last result';
COMMENT ON COLUMN mart.assignment.ended_at IS 'left the unit; null = in hand';
COMMENT ON COLUMN mart.assignment.ended_by IS 'approved | returned_wrong | reassigned | withdrawn | refused | passed_on | merged | ''''';
COMMENT ON COLUMN mart.assignment.base_due_at IS 'before extension; null = không quy định';
COMMENT ON COLUMN mart.assignment.due_at IS 'in force';
COMMENT ON COLUMN mart.assignment.outcome IS 'on_time | late | none for approved; '''' otherwise';
COMMENT ON COLUMN mart.assignment.late_s IS 'working seconds past due_at when approved late';
COMMENT ON COLUMN mart.assignment.held_s IS 'working seconds that the unit itself held the clock, null while in hand';

CREATE TABLE mart.hold (
    province_code TEXT NOT NULL,
    report_id BIGINT NOT NULL,
    seq SMALLINT NOT NULL,
    holder_kind TEXT NOT NULL,
    unit_code TEXT NOT NULL,
    from_at TIMESTAMP WITH TIME ZONE NOT NULL,
    to_at TIMESTAMP WITH TIME ZONE,
    working_s BIGINT,
    district_code TEXT,
    PRIMARY KEY (province_code, report_id, seq)
) PARTITION BY LIST (province_code);
COMMENT ON TABLE mart.hold IS 'One row per uninterrupted time that one holder had the report; a report''s rows tile its life.';
COMMENT ON COLUMN mart.hold.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.hold.holder_kind IS 'ioc | lead | leader | coordinating | sender | province';
COMMENT ON COLUMN mart.hold.unit_code IS ''''' for the sender';
COMMENT ON COLUMN mart.hold.to_at IS 'null = holds it now';
COMMENT ON COLUMN mart.hold.working_s IS 'working seconds between, null while it holds';
COMMENT ON COLUMN mart.hold.district_code IS 'row scope';

CREATE TABLE mart.stage (
    province_code TEXT NOT NULL,
    report_id BIGINT NOT NULL,
    seq SMALLINT NOT NULL,
    stage TEXT NOT NULL,
    unit_code TEXT NOT NULL,
    district_code TEXT,
    commune_code TEXT,
    field_code TEXT,
    channel_code TEXT,
    urgency TEXT,
    start_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    done_at TIMESTAMP WITH TIME ZONE,
    is_on_time BOOLEAN,
    worked_s BIGINT,
    article TEXT DEFAULT '' NOT NULL,
    borrowed_from TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (province_code, report_id, seq)
) PARTITION BY LIST (province_code);

CREATE INDEX stage_done ON mart.stage (province_code, stage, done_at);

CREATE INDEX stage_unit ON mart.stage (province_code, stage, unit_code, start_at);
COMMENT ON TABLE mart.stage IS 'One row per stage that a report went through, each with its own limit.';
COMMENT ON COLUMN mart.stage.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.stage.stage IS 'stage id of kpi.rules';
COMMENT ON COLUMN mart.stage.unit_code IS 'unit that is charged; '''' = sender or UBND tỉnh';
COMMENT ON COLUMN mart.stage.district_code IS 'district of the place on the day it was sent; '''' = not known';
COMMENT ON COLUMN mart.stage.commune_code IS 'commune of that day; '''' = not known or secret';
COMMENT ON COLUMN mart.stage.field_code IS 'field (lĩnh vực)';
COMMENT ON COLUMN mart.stage.channel_code IS 'channel (kênh)';
COMMENT ON COLUMN mart.stage.urgency IS 'normal | urgent | instant';
COMMENT ON COLUMN mart.stage.start_at IS 'start event';
COMMENT ON COLUMN mart.stage.due_at IS 'null = không quy định';
COMMENT ON COLUMN mart.stage.done_at IS 'null = not done yet';
COMMENT ON COLUMN mart.stage.is_on_time IS 'null while open and not due, or without a limit';
COMMENT ON COLUMN mart.stage.worked_s IS 'working seconds from start to done, null while open';
COMMENT ON COLUMN mart.stage.article IS 'article of the limit';
COMMENT ON COLUMN mart.stage.borrowed_from IS 'regulation it was borrowed from, '''' = its own';

CREATE TABLE mart.event (
    province_code TEXT NOT NULL,
    event_id BIGINT NOT NULL,
    report_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    acting_unit_code TEXT,
    target_unit_code TEXT,
    committed_at TIMESTAMP WITH TIME ZONE,
    reason_code TEXT,
    rating SMALLINT,
    has_content BOOLEAN,
    duplicate_of BIGINT,
    replaces_event_id BIGINT,
    district_code TEXT,
    holder_unit_codes TEXT[] NOT NULL,
    PRIMARY KEY (province_code, event_id)
) PARTITION BY LIST (province_code);

CREATE INDEX event_result ON mart.event (province_code, at) WHERE kind = 'result';

CREATE INDEX event_report ON mart.event (province_code, report_id);
COMMENT ON TABLE mart.event IS 'One row per event of the store, append-only, without any personal data.';
COMMENT ON COLUMN mart.event.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.event.kind IS 'event kind of the store contract';
COMMENT ON COLUMN mart.event.at IS 'when it happened';
COMMENT ON COLUMN mart.event.recorded_at IS 'when the store was told';
COMMENT ON COLUMN mart.event.acting_unit_code IS 'null = the sender';
COMMENT ON COLUMN mart.event.committed_at IS 'for extended';
COMMENT ON COLUMN mart.event.district_code IS 'row scope';
COMMENT ON COLUMN mart.event.holder_unit_codes IS 'row scope';

CREATE TABLE mart.daily_report (
    province_code TEXT NOT NULL,
    on_date DATE NOT NULL,
    district_code TEXT NOT NULL,
    commune_code TEXT NOT NULL,
    field_code TEXT NOT NULL,
    channel_code TEXT NOT NULL,
    urgency TEXT NOT NULL,
    received_count INTEGER DEFAULT 0 NOT NULL,
    done_on_time_count INTEGER DEFAULT 0 NOT NULL,
    done_late_count INTEGER DEFAULT 0 NOT NULL,
    refused_count INTEGER DEFAULT 0 NOT NULL,
    withdrawn_count INTEGER DEFAULT 0 NOT NULL,
    passed_on_count INTEGER DEFAULT 0 NOT NULL,
    merged_count INTEGER DEFAULT 0 NOT NULL,
    published_count INTEGER DEFAULT 0 NOT NULL,
    fell_due_count INTEGER DEFAULT 0 NOT NULL,
    rating_3_count INTEGER DEFAULT 0 NOT NULL,
    rating_2_count INTEGER DEFAULT 0 NOT NULL,
    rating_1_count INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (province_code, on_date, district_code, commune_code, field_code, channel_code, urgency)
) PARTITION BY LIST (province_code);
COMMENT ON TABLE mart.daily_report IS 'One row per day, district, commune, field, channel and urgency; additive counts of reports.';
COMMENT ON COLUMN mart.daily_report.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.daily_report.on_date IS 'day in Asia/Ho_Chi_Minh';
COMMENT ON COLUMN mart.daily_report.district_code IS 'district of the place on the day it was sent; '''' = not known';
COMMENT ON COLUMN mart.daily_report.commune_code IS 'commune of that day; '''' = not known or secret';
COMMENT ON COLUMN mart.daily_report.field_code IS 'field (lĩnh vực)';
COMMENT ON COLUMN mart.daily_report.channel_code IS 'channel (kênh)';
COMMENT ON COLUMN mart.daily_report.urgency IS 'normal | urgent | instant';
COMMENT ON COLUMN mart.daily_report.received_count IS 'sent_at on this day';
COMMENT ON COLUMN mart.daily_report.done_on_time_count IS 'approved on this day, in time or without a limit';
COMMENT ON COLUMN mart.daily_report.done_late_count IS 'approved on this day, late';
COMMENT ON COLUMN mart.daily_report.refused_count IS 'refused on this day';
COMMENT ON COLUMN mart.daily_report.withdrawn_count IS 'withdrawn by the sender on this day';
COMMENT ON COLUMN mart.daily_report.passed_on_count IS 'passed on for follow-up only on this day';
COMMENT ON COLUMN mart.daily_report.merged_count IS 'merged as duplicate on this day';
COMMENT ON COLUMN mart.daily_report.published_count IS 'published on this day';
COMMENT ON COLUMN mart.daily_report.fell_due_count IS 'due_at on this day';
COMMENT ON COLUMN mart.daily_report.rating_3_count IS 'rated rất hài lòng on this day';
COMMENT ON COLUMN mart.daily_report.rating_2_count IS 'rated hài lòng on this day';
COMMENT ON COLUMN mart.daily_report.rating_1_count IS 'rated không hài lòng on this day';

CREATE TABLE mart.daily_unit (
    province_code TEXT NOT NULL,
    on_date DATE NOT NULL,
    unit_code TEXT NOT NULL,
    district_code TEXT NOT NULL,
    commune_code TEXT NOT NULL,
    field_code TEXT NOT NULL,
    channel_code TEXT NOT NULL,
    urgency TEXT NOT NULL,
    received_count INTEGER DEFAULT 0 NOT NULL,
    done_on_time_count INTEGER DEFAULT 0 NOT NULL,
    done_late_count INTEGER DEFAULT 0 NOT NULL,
    returned_count INTEGER DEFAULT 0 NOT NULL,
    moved_count INTEGER DEFAULT 0 NOT NULL,
    fell_due_count INTEGER DEFAULT 0 NOT NULL,
    extended_count INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (province_code, on_date, unit_code, district_code, commune_code, field_code, channel_code, urgency)
) PARTITION BY LIST (province_code);
COMMENT ON TABLE mart.daily_unit IS 'One row per day, unit and slicers; additive counts of lead assignments.';
COMMENT ON COLUMN mart.daily_unit.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.daily_unit.on_date IS 'day in Asia/Ho_Chi_Minh';
COMMENT ON COLUMN mart.daily_unit.district_code IS 'district of the place on the day it was sent; '''' = not known';
COMMENT ON COLUMN mart.daily_unit.commune_code IS 'commune of that day; '''' = not known or secret';
COMMENT ON COLUMN mart.daily_unit.field_code IS 'field (lĩnh vực)';
COMMENT ON COLUMN mart.daily_unit.channel_code IS 'channel (kênh)';
COMMENT ON COLUMN mart.daily_unit.urgency IS 'normal | urgent | instant';
COMMENT ON COLUMN mart.daily_unit.received_count IS 'lead assignments that began';
COMMENT ON COLUMN mart.daily_unit.done_on_time_count IS 'approved in time or without a limit';
COMMENT ON COLUMN mart.daily_unit.done_late_count IS 'approved late';
COMMENT ON COLUMN mart.daily_unit.returned_count IS 'returned as wrong authority';
COMMENT ON COLUMN mart.daily_unit.moved_count IS 'taken away otherwise: reassigned, withdrawn, refused, passed on, merged';
COMMENT ON COLUMN mart.daily_unit.fell_due_count IS 'due_at on this day';
COMMENT ON COLUMN mart.daily_unit.extended_count IS 'valid extensions, by the day the assignment began';

CREATE TABLE mart.hotline_call (
    province_code TEXT NOT NULL,
    call_id BIGINT NOT NULL,
    unit_code TEXT NOT NULL,
    called_at TIMESTAMP WITH TIME ZONE NOT NULL,
    is_answered BOOLEAN NOT NULL,
    transferred_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (province_code, call_id)
) PARTITION BY LIST (province_code);
COMMENT ON TABLE mart.hotline_call IS 'One row per call of the hotline to a unit.';
COMMENT ON COLUMN mart.hotline_call.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.hotline_call.unit_code IS 'unit that was called';
COMMENT ON COLUMN mart.hotline_call.transferred_at IS 'passed on';

CREATE TABLE mart.directive (
    province_code TEXT NOT NULL,
    directive_id BIGINT NOT NULL,
    unit_code TEXT NOT NULL,
    issued_on DATE NOT NULL,
    number TEXT NOT NULL,
    PRIMARY KEY (province_code, directive_id)
) PARTITION BY LIST (province_code);
COMMENT ON TABLE mart.directive IS 'One row per written directive of UBND tỉnh (soctrang-2022 Đ15.3).';
COMMENT ON COLUMN mart.directive.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.directive.unit_code IS 'unit that was told to correct a breach';
COMMENT ON COLUMN mart.directive.number IS 'document number';

CREATE TABLE mart.run (
    province_code TEXT NOT NULL,
    run_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    status TEXT NOT NULL,
    rules_version TEXT NOT NULL,
    counts JSONB NOT NULL,
    timings_ms JSONB NOT NULL,
    message TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (province_code, run_id)
);
COMMENT ON TABLE mart.run IS 'One row per ETL run that changed something or failed.';
COMMENT ON COLUMN mart.run.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.run.run_id IS 'grows; also the data version that pages and caches carry';
COMMENT ON COLUMN mart.run.kind IS 'backfill | follow | reconcile';
COMMENT ON COLUMN mart.run.source IS 'name of the source';
COMMENT ON COLUMN mart.run.started_at IS 'world''s clock';
COMMENT ON COLUMN mart.run.finished_at IS 'world''s clock';
COMMENT ON COLUMN mart.run.status IS 'ok | failed';
COMMENT ON COLUMN mart.run.rules_version IS 'fingerprint of the regulation data';
COMMENT ON COLUMN mart.run.counts IS 'rows read, written, quarantined by table';
COMMENT ON COLUMN mart.run.timings_ms IS 'by step';
COMMENT ON COLUMN mart.run.message IS 'why it failed, without citizens'' data';

CREATE TABLE mart.source_state (
    province_code TEXT NOT NULL,
    source TEXT NOT NULL,
    watermark TEXT NOT NULL,
    last_event_at TIMESTAMP WITH TIME ZONE,
    last_contact_at TIMESTAMP WITH TIME ZONE,
    run_id BIGINT,
    PRIMARY KEY (province_code, source)
);
COMMENT ON TABLE mart.source_state IS 'One row per source: how far it has been read and how old its news is.';
COMMENT ON COLUMN mart.source_state.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.source_state.watermark IS 'where to read on: opaque to everybody but the source';
COMMENT ON COLUMN mart.source_state.last_event_at IS 'youngest event''s recorded_at, product''s clock';
COMMENT ON COLUMN mart.source_state.last_contact_at IS 'last time that the source answered, product''s clock';
COMMENT ON COLUMN mart.source_state.run_id IS 'last run that changed the mart: the data version';

CREATE TABLE mart.quarantine (
    province_code TEXT NOT NULL,
    source TEXT NOT NULL,
    row_ref TEXT NOT NULL,
    field TEXT NOT NULL,
    reason TEXT NOT NULL,
    report_id BIGINT,
    first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    resolved_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (province_code, source, row_ref, field)
);
COMMENT ON TABLE mart.quarantine IS 'One row per field of a source row that cannot be taken.';
COMMENT ON COLUMN mart.quarantine.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.quarantine.row_ref IS 'table and key in the source, or file and line';
COMMENT ON COLUMN mart.quarantine.field IS 'the offending field';
COMMENT ON COLUMN mart.quarantine.reason IS 'what is wrong and what to do, without citizens'' data';
COMMENT ON COLUMN mart.quarantine.report_id IS 'report to rebuild when the source mends it';
COMMENT ON COLUMN mart.quarantine.resolved_at IS 'the source mended it';

CREATE TABLE mart.reconciliation (
    province_code TEXT NOT NULL,
    on_date DATE NOT NULL,
    store_count INTEGER NOT NULL,
    mart_count INTEGER NOT NULL,
    quarantined_count INTEGER NOT NULL,
    store_checksum BIGINT NOT NULL,
    mart_checksum BIGINT NOT NULL,
    checked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (province_code, on_date)
);
COMMENT ON TABLE mart.reconciliation IS 'One row per day: store against mart, last check.';
COMMENT ON COLUMN mart.reconciliation.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.reconciliation.on_date IS 'day of sent_at in Asia/Ho_Chi_Minh';

CREATE SCHEMA mart_default;

CREATE TABLE mart_default.report PARTITION OF mart.report DEFAULT;
CREATE TABLE mart_default.report_detail PARTITION OF mart.report_detail DEFAULT;
CREATE TABLE mart_default.assignment PARTITION OF mart.assignment DEFAULT;
CREATE TABLE mart_default.hold PARTITION OF mart.hold DEFAULT;
CREATE TABLE mart_default.stage PARTITION OF mart.stage DEFAULT;
CREATE TABLE mart_default.event PARTITION OF mart.event DEFAULT;
CREATE TABLE mart_default.daily_report PARTITION OF mart.daily_report DEFAULT;
CREATE TABLE mart_default.daily_unit PARTITION OF mart.daily_unit DEFAULT;
CREATE TABLE mart_default.hotline_call PARTITION OF mart.hotline_call DEFAULT;
CREATE TABLE mart_default.directive PARTITION OF mart.directive DEFAULT;
