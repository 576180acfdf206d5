-- Schema etl: what only the ETL reads (etl/repeats.py). No grant to the web role.

CREATE SCHEMA etl;

CREATE TABLE etl.report_group (
    province_code TEXT NOT NULL,
    report_id BIGINT NOT NULL,
    group_hash BIGINT NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (province_code, report_id)
) PARTITION BY LIST (province_code);
CREATE INDEX report_group_hash ON etl.report_group (province_code, group_hash);
COMMENT ON TABLE etl.report_group IS 'One row per report with a known sender and commune: which reports may repeat each other.';
COMMENT ON COLUMN etl.report_group.group_hash IS 'keyed hash of sender pseudonym, field and commune; not reversible';
COMMENT ON COLUMN etl.report_group.sent_at IS 'as mart.report';
COMMENT ON COLUMN etl.report_group.published_at IS 'as mart.report';

CREATE TABLE mart_default.report_group PARTITION OF etl.report_group DEFAULT;
