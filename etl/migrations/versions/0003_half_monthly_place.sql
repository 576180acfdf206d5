-- What the map shows of long periods: additive counts of reports that have left, by half-month and coarse place.

CREATE TABLE mart.half_monthly_place (
    province_code TEXT NOT NULL,
    sent_on DATE NOT NULL,
    on_date DATE NOT NULL,
    district_code TEXT NOT NULL,
    commune_code TEXT NOT NULL,
    lon_coarse DOUBLE PRECISION NOT NULL,
    lat_coarse DOUBLE PRECISION NOT NULL,
    is_secret BOOLEAN NOT NULL,
    on_time_count INTEGER DEFAULT 0 NOT NULL,
    late_count INTEGER DEFAULT 0 NOT NULL,
    without_limit_count INTEGER DEFAULT 0 NOT NULL,
    refused_count INTEGER DEFAULT 0 NOT NULL,
    withdrawn_count INTEGER DEFAULT 0 NOT NULL,
    passed_on_count INTEGER DEFAULT 0 NOT NULL,
    merged_count INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (province_code, sent_on, on_date, district_code, commune_code, lon_coarse, lat_coarse, is_secret)
) PARTITION BY LIST (province_code);
COMMENT ON TABLE mart.half_monthly_place IS 'One row per half-month sent, half-month left and coarse place; additive counts of reports that have left. What the map shows of long periods: legal and calendar months are both made of half-months.';
COMMENT ON COLUMN mart.half_monthly_place.province_code IS 'official province code; in every key, distribution column';
COMMENT ON COLUMN mart.half_monthly_place.sent_on IS 'first day of the half-month of sent_at in Asia/Ho_Chi_Minh: the 1st or the 15th';
COMMENT ON COLUMN mart.half_monthly_place.on_date IS 'first day of the half-month of closed_at';
COMMENT ON COLUMN mart.half_monthly_place.district_code IS 'district of the place on the day it was sent; '''' = not known';
COMMENT ON COLUMN mart.half_monthly_place.commune_code IS 'commune of that day; '''' = not known or secret';
COMMENT ON COLUMN mart.half_monthly_place.lon_coarse IS 'place coarsened to 0.005 degrees; 0 = none, or secret';
COMMENT ON COLUMN mart.half_monthly_place.lat_coarse IS 'place coarsened to 0.005 degrees; 0 = none, or secret';
COMMENT ON COLUMN mart.half_monthly_place.is_secret IS 'secret reports have no place';
COMMENT ON COLUMN mart.half_monthly_place.on_time_count IS 'approved in time';
COMMENT ON COLUMN mart.half_monthly_place.late_count IS 'approved late';
COMMENT ON COLUMN mart.half_monthly_place.without_limit_count IS 'approved, no limit bound';
COMMENT ON COLUMN mart.half_monthly_place.refused_count IS 'refused';
COMMENT ON COLUMN mart.half_monthly_place.withdrawn_count IS 'withdrawn by the sender';
COMMENT ON COLUMN mart.half_monthly_place.passed_on_count IS 'passed on for follow-up only';
COMMENT ON COLUMN mart.half_monthly_place.merged_count IS 'merged as duplicate';
CREATE INDEX half_monthly_place_left ON mart.half_monthly_place (province_code, on_date);
CREATE TABLE mart_default.half_monthly_place PARTITION OF mart.half_monthly_place DEFAULT;

-- Coarse places show to whoever sees the rows of a district; a unit's account counts its own reports instead.
ALTER TABLE mart.half_monthly_place ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON mart.half_monthly_place FOR SELECT TO ioc_web USING (
    province_code = (SELECT mart.scope_province())
    AND ((SELECT mart.scope_sees_province())
         OR district_code = (SELECT mart.scope_district())));
GRANT SELECT ON mart.half_monthly_place TO ioc_web;

-- Marts that hold reports already: the same counts as etl/daily.py makes. The next build moves them to its partition.
INSERT INTO mart.half_monthly_place
    (province_code, sent_on, on_date, district_code, commune_code, lon_coarse, lat_coarse, is_secret,
     on_time_count, late_count, without_limit_count, refused_count, withdrawn_count, passed_on_count, merged_count)
SELECT province_code, sent_on, on_date, district_code, commune_code, lon_coarse, lat_coarse, is_secret,
       count(*) FILTER (WHERE outcome = 'on_time'),
       count(*) FILTER (WHERE outcome = 'late'),
       count(*) FILTER (WHERE outcome = 'none'),
       count(*) FILTER (WHERE status = 'refused'),
       count(*) FILTER (WHERE status = 'withdrawn'),
       count(*) FILTER (WHERE status = 'passed_on'),
       count(*) FILTER (WHERE status = 'merged')
FROM (
    SELECT r.province_code, r.is_secret, r.status, r.outcome,
           coalesce(r.district_code, '') AS district_code, coalesce(r.commune_code, '') AS commune_code,
           coalesce(r.lon_coarse, 0) AS lon_coarse, coalesce(r.lat_coarse, 0) AS lat_coarse,
           (date_trunc('month', l.sent_at) + CASE WHEN extract(day FROM l.sent_at) >= 15 THEN interval '14 days'
            ELSE interval '0' END)::date AS sent_on,
           (date_trunc('month', l.closed_at) + CASE WHEN extract(day FROM l.closed_at) >= 15 THEN interval '14 days'
            ELSE interval '0' END)::date AS on_date
    FROM mart.report AS r CROSS JOIN LATERAL (SELECT r.sent_at AT TIME ZONE 'Asia/Ho_Chi_Minh',
        r.closed_at AT TIME ZONE 'Asia/Ho_Chi_Minh') AS l (sent_at, closed_at)
    WHERE r.closed_at IS NOT NULL) AS left_reports
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
