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

CREATE SCHEMA IF NOT EXISTS ioc_v1;

CREATE VIEW ioc_v1.unit WITH (security_invoker = true) AS
SELECT province_code,      -- text, official province code, e.g. '94'
       unit_code,          -- text, unique in the province for all time
       name,               -- text, full official name
       short_name,         -- text, what a table or wall shows
       level,              -- text: ioc | department | district | commune | central | utility
       parent_unit_code,   -- text, null at the top
       district_code,      -- text, official code of the district it serves, null if the whole province
       commune_code,       -- text, official code of the commune it serves, null otherwise
       valid_from,         -- date, null = always so far
       valid_to,           -- date, half-open, null = still
       row_xid             -- xid8
FROM paht.unit;

CREATE VIEW ioc_v1.field WITH (security_invoker = true) AS
SELECT province_code, field_code, name_vi, name_en, sort_order, row_xid FROM paht.field;

CREATE VIEW ioc_v1.channel WITH (security_invoker = true) AS
SELECT province_code, channel_code, name_vi, name_en, sort_order, row_xid FROM paht.channel;

CREATE VIEW ioc_v1.report WITH (security_invoker = true) AS
SELECT province_code,
       report_id,          -- bigint, unique in the province
       report_code,        -- text, what people quote, e.g. 'PA-2024-11-00123'
       channel_code,       -- text
       field_code,         -- text
       urgency,            -- text: normal | urgent (khẩn cấp) | instant (tức thời)
       secrecy,            -- text: none | sender (the sender asked) | state (touches state secrets)
       sent_at,            -- timestamptz
       lon, lat,           -- double precision, WGS 84, null if not geotagged
       commune_code,       -- text, as the store has it, may be null or wrong
       title, body,        -- text, the citizen's words
       sender_key,         -- text, pseudonym
       deleted_at,         -- timestamptz, null = alive
       row_xid             -- xid8
FROM paht.report;

CREATE VIEW ioc_v1.report_event WITH (security_invoker = true) AS
SELECT province_code,
       event_id,           -- bigint, unique in the province
       report_id,          -- bigint
       kind,               -- text, see docs/architecture.md "Event kinds"
       at,                 -- timestamptz, when it happened
       recorded_at,        -- timestamptz, when the store was told
       acting_unit_code,   -- text, null for the sender
       target_unit_code,   -- text, for dispatched, forwarded, designated
       committed_at,       -- timestamptz, for extended: the promised instant
       reason_code,        -- text, for refused, returned_wrong, extended, …
       rating,             -- smallint, for rated: 3 rất hài lòng, 2 hài lòng, 1 không hài lòng
       has_content,        -- boolean, for result: false = without proper content
       duplicate_of,       -- bigint report_id, for merged
       replaces_event_id,  -- bigint, for a correction or kind 'voided'
       row_xid             -- xid8
FROM paht.report_event;

CREATE VIEW ioc_v1.hotline_call WITH (security_invoker = true) AS
SELECT province_code, call_id, unit_code, called_at, is_answered, transferred_at, row_xid FROM paht.hotline_call;

CREATE VIEW ioc_v1.directive WITH (security_invoker = true) AS
SELECT province_code, directive_id, unit_code, issued_on, number, row_xid FROM paht.directive;

-- Column grants: the reader never gets paht.citizen, nor report.sender_id.
GRANT USAGE ON SCHEMA paht, ioc_v1 TO ioc_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA ioc_v1 TO ioc_reader;
GRANT SELECT ON paht.unit, paht.field, paht.channel, paht.hotline_call, paht.directive, paht.report_event TO ioc_reader;
GRANT SELECT (province_code, report_id, report_code, channel_code, field_code, urgency, secrecy, sent_at, lon, lat,
              commune_code, title, body, sender_key, deleted_at, row_xid) ON paht.report TO ioc_reader;
