-- Store contract v1: what a province's PAHT store shows the dashboard's ETL, and nothing else.
-- The store's owner runs this file on their own database after adapting the right-hand side of each view
-- (the left-hand side, names and types, is the contract). docs/connect-your-store.md walks through it.
--
-- Rules of the contract
--  * Instants are timestamptz. report_event is append-only: a correction is a new row whose replaces_event_id
--    names the row it replaces; a deletion is a row of kind 'voided' with replaces_event_id.
--  * row_xid is the transaction that last wrote the row (pg_current_xact_id()): increments follow commits, not ids.
--  * sender_key is a pseudonym (same person, same key; not reversible). Name, address, CCCD, phone, e-mail of the
--    sender are in no view and not granted.
--  * The views run with the reader's rights (security_invoker), so the column grants below are what protects.
--  * Behind each column: its type, whether it may be null, what it means. etl/store/contract.py reads this file, so
--    the check of a store and the data dictionary cannot differ from it. "Grain:" opens each view.

DO $$ BEGIN
    CREATE ROLE ioc_reader NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- the role belongs to the whole server
END $$;

CREATE SCHEMA IF NOT EXISTS ioc_v1;

-- Grain: one row per unit that receives, handles or coordinates reports.
CREATE OR REPLACE VIEW ioc_v1.unit WITH (security_invoker = true) AS
SELECT province_code,      -- text: official province code, e.g. '94'
       unit_code,          -- text: unique in the province for all time
       name,               -- text: full official name
       short_name,         -- text: what a table or wall shows
       level,              -- text: ioc | department | district | commune | central | utility
       parent_unit_code,   -- text, null: superior unit; null at the top
       district_code,      -- text, null: official code of the district it serves; null if the whole province
       commune_code,       -- text, null: official code of the commune it serves
       valid_from,         -- date, null: first day; null = always so far
       valid_to,           -- date, null: first day on which it is no more (half-open); null = still
       row_xid             -- xid8: transaction that last wrote the row
FROM paht.unit;

-- Grain: one row per field (lĩnh vực) of reports.
CREATE OR REPLACE VIEW ioc_v1.field WITH (security_invoker = true) AS
SELECT province_code,      -- text: official province code
       field_code,         -- text: unique in the province
       name_vi,            -- text: name on the screen
       name_en,            -- text: name in English
       sort_order,         -- integer: order in lists
       row_xid             -- xid8: transaction that last wrote the row
FROM paht.field;

-- Grain: one row per channel (kênh) by which reports come.
CREATE OR REPLACE VIEW ioc_v1.channel WITH (security_invoker = true) AS
SELECT province_code,      -- text: official province code
       channel_code,       -- text: unique in the province
       name_vi,            -- text: name on the screen
       name_en,            -- text: name in English
       sort_order,         -- integer: order in lists
       row_xid             -- xid8: transaction that last wrote the row
FROM paht.channel;

-- Grain: one row per report, as it stands now.
CREATE OR REPLACE VIEW ioc_v1.report WITH (security_invoker = true) AS
SELECT province_code,      -- text: official province code
       report_id,          -- bigint: unique in the province
       report_code,        -- text: what people quote, e.g. 'PA-2024-11-00123'; unique in the province
       channel_code,       -- text: a channel_code of view channel
       field_code,         -- text: a field_code of view field
       urgency,            -- text: normal | urgent (khẩn cấp) | instant (tức thời)
       secrecy,            -- text: none | sender (the sender asked) | state (touches state secrets)
       sent_at,            -- timestamptz: the report reached the system
       lon,                -- double precision, null: WGS 84; null if not geotagged
       lat,                -- double precision, null: WGS 84; null if not geotagged
       commune_code,       -- text, null: commune as the store has it; may be wrong
       title,              -- text, null: the citizen's words
       body,               -- text, null: the citizen's words
       sender_key,         -- text, null: pseudonym; the same person has the same key; not reversible
       deleted_at,         -- timestamptz, null: deleted in the store; null = alive
       row_xid             -- xid8: transaction that last wrote the row
FROM paht.report;

-- Grain: one row per event of a report's life; append-only.
CREATE OR REPLACE VIEW ioc_v1.report_event WITH (security_invoker = true) AS
SELECT province_code,      -- text: official province code
       event_id,           -- bigint: unique in the province
       report_id,          -- bigint: a report_id of view report
       kind,               -- text: see docs/architecture.md, "Event kinds"
       at,                 -- timestamptz: when it happened
       recorded_at,        -- timestamptz: when the store was told
       acting_unit_code,   -- text, null: unit that acted; null for the sender
       target_unit_code,   -- text, null: for dispatched, forwarded, designated, passed_on
       committed_at,       -- timestamptz, null: for extended: the promised instant
       reason_code,        -- text, null: for refused, returned_wrong, extended, …
       rating,             -- smallint, null: for rated: 3 rất hài lòng, 2 hài lòng, 1 không hài lòng
       has_content,        -- boolean, null: for result: false = without proper content
       duplicate_of,       -- bigint, null: for merged: the report_id it repeats
       replaces_event_id,  -- bigint, null: for a correction or kind 'voided': the event_id it replaces
       row_xid             -- xid8: transaction that last wrote the row
FROM paht.report_event;

-- Grain: one row per hotline call that had to be passed on to a unit.
CREATE OR REPLACE VIEW ioc_v1.hotline_call WITH (security_invoker = true) AS
SELECT province_code,      -- text: official province code
       call_id,            -- bigint: unique in the province
       unit_code,          -- text: unit that was called
       called_at,          -- timestamptz: the citizen's call began
       is_answered,        -- boolean: the unit took the call
       transferred_at,     -- timestamptz, null: passed on to the unit; null = not passed on
       row_xid             -- xid8: transaction that last wrote the row
FROM paht.hotline_call;

-- Grain: one row per written directive of UBND tỉnh that tells a unit to correct a breach.
CREATE OR REPLACE VIEW ioc_v1.directive WITH (security_invoker = true) AS
SELECT province_code,      -- text: official province code
       directive_id,       -- bigint: unique in the province
       unit_code,          -- text: unit that it is addressed to
       issued_on,          -- date: date of the document
       number,             -- text: number and symbol of the document
       row_xid             -- xid8: transaction that last wrote the row
FROM paht.directive;

-- Column grants: the reader never gets paht.citizen, nor report.sender_id.
GRANT USAGE ON SCHEMA paht, ioc_v1 TO ioc_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA ioc_v1 TO ioc_reader;
GRANT SELECT ON paht.unit, paht.field, paht.channel, paht.hotline_call, paht.directive, paht.report_event TO ioc_reader;
GRANT SELECT (province_code, report_id, report_code, channel_code, field_code, urgency, secrecy, sent_at, lon, lat,
              commune_code, title, body, sender_key, deleted_at, row_xid) ON paht.report TO ioc_reader;
