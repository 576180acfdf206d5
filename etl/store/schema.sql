-- The demo's own PAHT store. It holds invented identities, so that the contract's grants have something to protect.
-- Keys, indexes and triggers are in keys.sql: a bulk fill takes them away and puts them back.

CREATE SCHEMA paht;

CREATE TABLE paht.unit (
    province_code text NOT NULL, unit_code text NOT NULL, name text NOT NULL, short_name text NOT NULL,
    level text NOT NULL, parent_unit_code text, district_code text, commune_code text,
    valid_from date, valid_to date, row_xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE TABLE paht.field (
    province_code text NOT NULL, field_code text NOT NULL, name_vi text NOT NULL, name_en text NOT NULL,
    sort_order integer NOT NULL, row_xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE TABLE paht.channel (
    province_code text NOT NULL, channel_code text NOT NULL, name_vi text NOT NULL, name_en text NOT NULL,
    sort_order integer NOT NULL, row_xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE TABLE paht.citizen (
    citizen_id bigint NOT NULL, full_name text NOT NULL, phone text NOT NULL, cccd text NOT NULL,
    address text NOT NULL, email text, row_xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE TABLE paht.report (
    province_code text NOT NULL, report_id bigint NOT NULL, report_code text NOT NULL, channel_code text NOT NULL,
    field_code text NOT NULL, urgency text NOT NULL, secrecy text NOT NULL, sent_at timestamptz NOT NULL,
    lon double precision, lat double precision, commune_code text, title text, body text,
    sender_id bigint NOT NULL, sender_key text, deleted_at timestamptz,
    row_xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE TABLE paht.report_event (
    province_code text NOT NULL, event_id bigint NOT NULL, report_id bigint NOT NULL, kind text NOT NULL,
    at timestamptz NOT NULL, recorded_at timestamptz NOT NULL, acting_unit_code text, target_unit_code text,
    committed_at timestamptz, reason_code text, rating smallint, has_content boolean, duplicate_of bigint,
    replaces_event_id bigint, row_xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE TABLE paht.hotline_call (
    province_code text NOT NULL, call_id bigint NOT NULL, unit_code text NOT NULL, called_at timestamptz NOT NULL,
    is_answered boolean NOT NULL, transferred_at timestamptz, row_xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE TABLE paht.directive (
    province_code text NOT NULL, directive_id bigint NOT NULL, unit_code text NOT NULL, issued_on date NOT NULL,
    number text NOT NULL, row_xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);

-- What makes the simulated world repeatable, and how far it has been revealed; one row. Not part of the contract.
CREATE TABLE paht.simulation (
    world jsonb NOT NULL, revealed_until timestamptz NOT NULL,
    only_one boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (only_one)
);

CREATE FUNCTION paht.stamp_row_xid() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.row_xid := pg_current_xact_id(); RETURN NEW; END $$;
