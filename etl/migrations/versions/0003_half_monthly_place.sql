-- What the map shows of long periods: additive counts of reports that have left, by half-month and coarse place.

CREATE TABLE mart.half_monthly_place (
    province_code TEXT NOT NULL,
    on_date DATE NOT NULL,
    district_code TEXT NOT NULL,
    commune_code TEXT NOT NULL,
    lon_coarse DOUBLE PRECISION NOT NULL,
    lat_coarse DOUBLE PRECISION NOT NULL,
    is_secret BOOLEAN NOT NULL,
    sent_on_time_count INTEGER DEFAULT 0 NOT NULL,
    sent_late_count INTEGER DEFAULT 0 NOT NULL,
    sent_without_limit_count INTEGER DEFAULT 0 NOT NULL,
    sent_refused_count INTEGER DEFAULT 0 NOT NULL,
    sent_withdrawn_count INTEGER DEFAULT 0 NOT NULL,
    sent_passed_on_count INTEGER DEFAULT 0 NOT NULL,
    sent_merged_count INTEGER DEFAULT 0 NOT NULL,
    closed_on_time_count INTEGER DEFAULT 0 NOT NULL,
    closed_late_count INTEGER DEFAULT 0 NOT NULL,
    closed_without_limit_count INTEGER DEFAULT 0 NOT NULL,
    closed_refused_count INTEGER DEFAULT 0 NOT NULL,
    closed_withdrawn_count INTEGER DEFAULT 0 NOT NULL,
    closed_passed_on_count INTEGER DEFAULT 0 NOT NULL,
    closed_merged_count INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (province_code, on_date, district_code, commune_code, lon_coarse, lat_coarse, is_secret)
) PARTITION BY LIST (province_code);
COMMENT ON TABLE mart.half_monthly_place IS 'One row per half-month and coarse place; additive counts of reports that have left. What the map shows of long periods: legal and calendar months are both made of half-months.';
COMMENT ON COLUMN mart.half_monthly_place.province_code IS 'official province code; first in every key, distribution column';
COMMENT ON COLUMN mart.half_monthly_place.on_date IS 'first day of a half-month in Asia/Ho_Chi_Minh: the 1st or the 15th';
COMMENT ON COLUMN mart.half_monthly_place.district_code IS 'district of the place on the day it was sent; '''' = not known';
COMMENT ON COLUMN mart.half_monthly_place.commune_code IS 'commune of that day; '''' = not known or secret';
COMMENT ON COLUMN mart.half_monthly_place.lon_coarse IS 'place coarsened to 0.005 degrees; 0 = none, or secret';
COMMENT ON COLUMN mart.half_monthly_place.lat_coarse IS 'place coarsened to 0.005 degrees; 0 = none, or secret';
COMMENT ON COLUMN mart.half_monthly_place.is_secret IS 'secret reports have no place';
COMMENT ON COLUMN mart.half_monthly_place.sent_on_time_count IS 'sent in this half-month, left as on_time';
COMMENT ON COLUMN mart.half_monthly_place.sent_late_count IS 'sent in this half-month, left as late';
COMMENT ON COLUMN mart.half_monthly_place.sent_without_limit_count IS 'sent in this half-month, left as without_limit';
COMMENT ON COLUMN mart.half_monthly_place.sent_refused_count IS 'sent in this half-month, left as refused';
COMMENT ON COLUMN mart.half_monthly_place.sent_withdrawn_count IS 'sent in this half-month, left as withdrawn';
COMMENT ON COLUMN mart.half_monthly_place.sent_passed_on_count IS 'sent in this half-month, left as passed_on';
COMMENT ON COLUMN mart.half_monthly_place.sent_merged_count IS 'sent in this half-month, left as merged';
COMMENT ON COLUMN mart.half_monthly_place.closed_on_time_count IS 'left in this half-month, left as on_time';
COMMENT ON COLUMN mart.half_monthly_place.closed_late_count IS 'left in this half-month, left as late';
COMMENT ON COLUMN mart.half_monthly_place.closed_without_limit_count IS 'left in this half-month, left as without_limit';
COMMENT ON COLUMN mart.half_monthly_place.closed_refused_count IS 'left in this half-month, left as refused';
COMMENT ON COLUMN mart.half_monthly_place.closed_withdrawn_count IS 'left in this half-month, left as withdrawn';
COMMENT ON COLUMN mart.half_monthly_place.closed_passed_on_count IS 'left in this half-month, left as passed_on';
COMMENT ON COLUMN mart.half_monthly_place.closed_merged_count IS 'left in this half-month, left as merged';
CREATE TABLE mart_default.half_monthly_place PARTITION OF mart.half_monthly_place DEFAULT;

-- Coarse places show to whoever sees the rows of a district; a unit's account counts its own reports instead.
ALTER TABLE mart.half_monthly_place ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON mart.half_monthly_place FOR SELECT TO ioc_web USING (
    province_code = (SELECT mart.scope_province())
    AND ((SELECT mart.scope_sees_province())
         OR district_code = (SELECT mart.scope_district())));
GRANT SELECT ON mart.half_monthly_place TO ioc_web;

-- Marts that hold reports already: the same counts as etl/daily.py makes. The next build moves them to its partition.
INSERT INTO mart.half_monthly_place (province_code, on_date, district_code, commune_code, lon_coarse, lat_coarse, is_secret,
    sent_on_time_count, sent_late_count, sent_without_limit_count, sent_refused_count,
    sent_withdrawn_count, sent_passed_on_count, sent_merged_count, closed_on_time_count,
    closed_late_count, closed_without_limit_count, closed_refused_count, closed_withdrawn_count,
    closed_passed_on_count, closed_merged_count)
SELECT province_code, on_date, district_code, commune_code, lon_coarse, lat_coarse, is_secret,
    count(*) FILTER (WHERE what = 'sent_on_time'),
    count(*) FILTER (WHERE what = 'sent_late'),
    count(*) FILTER (WHERE what = 'sent_without_limit'),
    count(*) FILTER (WHERE what = 'sent_refused'),
    count(*) FILTER (WHERE what = 'sent_withdrawn'),
    count(*) FILTER (WHERE what = 'sent_passed_on'),
    count(*) FILTER (WHERE what = 'sent_merged'),
    count(*) FILTER (WHERE what = 'closed_on_time'),
    count(*) FILTER (WHERE what = 'closed_late'),
    count(*) FILTER (WHERE what = 'closed_without_limit'),
    count(*) FILTER (WHERE what = 'closed_refused'),
    count(*) FILTER (WHERE what = 'closed_withdrawn'),
    count(*) FILTER (WHERE what = 'closed_passed_on'),
    count(*) FILTER (WHERE what = 'closed_merged')
FROM (
    SELECT f.province_code, coalesce(f.district_code, '') AS district_code, coalesce(f.commune_code, '') AS commune_code,
           coalesce(f.lon_coarse, 0) AS lon_coarse, coalesce(f.lat_coarse, 0) AS lat_coarse, f.is_secret, m.what,
           (date_trunc('month', m.at AT TIME ZONE 'Asia/Ho_Chi_Minh')
            + CASE WHEN extract(day FROM m.at AT TIME ZONE 'Asia/Ho_Chi_Minh') >= 15 THEN interval '14 days'
              ELSE interval '0' END)::date AS on_date
    FROM mart.report AS f CROSS JOIN LATERAL (SELECT
        CASE f.status WHEN 'done' THEN CASE f.outcome WHEN 'none' THEN 'without_limit' ELSE f.outcome END
        ELSE f.status END) AS l (left_as)
    CROSS JOIN LATERAL (VALUES (f.sent_at, 'sent_' || left_as), (f.closed_at, 'closed_' || left_as)) AS m (at, what)
    WHERE f.closed_at IS NOT NULL) AS moments
GROUP BY 1, 2, 3, 4, 5, 6, 7;
