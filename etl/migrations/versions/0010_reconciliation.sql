-- Kinds of differences by day; store against mart by unit.

ALTER TABLE mart.reconciliation
    ADD COLUMN missing_count INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN doubled_count INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN orphaned_count INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN changed_count INTEGER DEFAULT 0 NOT NULL;
COMMENT ON TABLE mart.reconciliation IS
    'One row per day: store against mart, last check; checksums without reports in quarantine.';
COMMENT ON COLUMN mart.reconciliation.missing_count IS 'reports of the store that the mart has not';
COMMENT ON COLUMN mart.reconciliation.doubled_count IS 'reports of which the store shows several rows';
COMMENT ON COLUMN mart.reconciliation.orphaned_count IS 'reports of the mart that the store has not';
COMMENT ON COLUMN mart.reconciliation.changed_count IS 'reports whose events are not the same';

CREATE TABLE mart.reconciliation_unit (
    province_code TEXT NOT NULL,
    unit_code TEXT NOT NULL,
    store_count BIGINT NOT NULL,
    mart_count BIGINT NOT NULL,
    store_checksum BIGINT NOT NULL,
    mart_checksum BIGINT NOT NULL,
    checked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (province_code, unit_code)
);
COMMENT ON TABLE mart.reconciliation_unit IS
    'One row per unit: its events in store and mart, last check; without reports in quarantine.';
COMMENT ON COLUMN mart.reconciliation_unit.province_code IS
    'official province code; in every key, distribution column';
COMMENT ON COLUMN mart.reconciliation_unit.unit_code IS
    'unit that an event names as target, else the acting one; '''' = the sender';
COMMENT ON COLUMN mart.reconciliation_unit.store_count IS 'events of living reports';
COMMENT ON COLUMN mart.reconciliation_unit.mart_count IS 'events';

ALTER TABLE mart.reconciliation_unit ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON mart.reconciliation_unit FOR SELECT TO ioc_web
    USING (province_code = (SELECT mart.scope_province()) AND (SELECT mart.scope_sees_province()));
GRANT SELECT ON mart.reconciliation_unit TO ioc_web;
