-- Who may see what. The ETL's login owns the tables and is not bound by the policies; the web process drops to the
-- role ioc_web in every transaction and says who is asking (kpi/scope.py). No scope, no row.

CREATE FUNCTION mart.scope_province() RETURNS text STABLE LANGUAGE sql
AS $$ SELECT nullif(current_setting('ioc.province', true), '') $$;
CREATE FUNCTION mart.scope_sees_province() RETURNS boolean STABLE LANGUAGE sql
AS $$ SELECT coalesce(current_setting('ioc.role', true) IN ('leader', 'analyst', 'home_affairs', 'wall', 'admin'), false) $$;
CREATE FUNCTION mart.scope_handles_province() RETURNS boolean STABLE LANGUAGE sql
AS $$ SELECT coalesce(current_setting('ioc.role', true) IN ('analyst', 'admin'), false) $$;
CREATE FUNCTION mart.scope_district() RETURNS text STABLE LANGUAGE sql
AS $$ SELECT nullif(current_setting('ioc.district', true), '') WHERE current_setting('ioc.role', true) = 'district' $$;
CREATE FUNCTION mart.scope_unit() RETURNS text STABLE LANGUAGE sql
AS $$ SELECT nullif(current_setting('ioc.unit', true), '') WHERE current_setting('ioc.role', true) = 'unit' $$;
COMMENT ON FUNCTION mart.scope_province() IS 'province of the asking session, null = none: no row';
COMMENT ON FUNCTION mart.scope_sees_province() IS 'whether the role sees every row of its province';
COMMENT ON FUNCTION mart.scope_handles_province() IS 'whether the role sees citizens'' words in its whole province';
COMMENT ON FUNCTION mart.scope_district() IS 'district of a district IOC, null for every other role';
COMMENT ON FUNCTION mart.scope_unit() IS 'unit of a unit''s account, null for every other role';

-- The functions stand in sub-selects: the planner asks them once per query, not once per row.

-- Dimensions and the state of the data: everybody of the province.
ALTER TABLE mart.unit ENABLE ROW LEVEL SECURITY;
ALTER TABLE mart.place ENABLE ROW LEVEL SECURITY;
ALTER TABLE mart.category ENABLE ROW LEVEL SECURITY;
ALTER TABLE mart.run ENABLE ROW LEVEL SECURITY;
ALTER TABLE mart.source_state ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON mart.unit FOR SELECT TO ioc_web USING (province_code = (SELECT mart.scope_province()));
CREATE POLICY scope ON mart.place FOR SELECT TO ioc_web USING (province_code = (SELECT mart.scope_province()));
CREATE POLICY scope ON mart.category FOR SELECT TO ioc_web USING (province_code = (SELECT mart.scope_province()));
CREATE POLICY scope ON mart.run FOR SELECT TO ioc_web USING (province_code = (SELECT mart.scope_province()));
CREATE POLICY scope ON mart.source_state FOR SELECT TO ioc_web USING (province_code = (SELECT mart.scope_province()));

-- Operations: roles that see the province.
ALTER TABLE mart.quarantine ENABLE ROW LEVEL SECURITY;
ALTER TABLE mart.reconciliation ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON mart.quarantine FOR SELECT TO ioc_web
    USING (province_code = (SELECT mart.scope_province()) AND (SELECT mart.scope_sees_province()));
CREATE POLICY scope ON mart.reconciliation FOR SELECT TO ioc_web
    USING (province_code = (SELECT mart.scope_province()) AND (SELECT mart.scope_sees_province()));

-- Facts of a report: the province, the district it lies in, every unit that ever held it.
ALTER TABLE mart.report ENABLE ROW LEVEL SECURITY;
ALTER TABLE mart.event ENABLE ROW LEVEL SECURITY;
ALTER TABLE mart.report_detail ENABLE ROW LEVEL SECURITY;
ALTER TABLE mart.hold ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON mart.report FOR SELECT TO ioc_web USING (
    province_code = (SELECT mart.scope_province())
    AND ((SELECT mart.scope_sees_province())
         OR district_code = (SELECT mart.scope_district())
         OR (SELECT mart.scope_unit()) = ANY (holder_unit_codes)));
CREATE POLICY scope ON mart.event FOR SELECT TO ioc_web USING (
    province_code = (SELECT mart.scope_province())
    AND ((SELECT mart.scope_sees_province())
         OR district_code = (SELECT mart.scope_district())
         OR (SELECT mart.scope_unit()) = ANY (holder_unit_codes)));
-- Citizens' words and exact places: only roles that handle reports, within their own rows.
CREATE POLICY scope ON mart.report_detail FOR SELECT TO ioc_web USING (
    province_code = (SELECT mart.scope_province())
    AND ((SELECT mart.scope_handles_province())
         OR district_code = (SELECT mart.scope_district())
         OR (SELECT mart.scope_unit()) = ANY (holder_unit_codes)));
-- A hold carries no list of units: a unit sees the holds of the reports that it sees.
CREATE POLICY scope ON mart.hold FOR SELECT TO ioc_web USING (
    province_code = (SELECT mart.scope_province())
    AND ((SELECT mart.scope_sees_province())
         OR district_code = (SELECT mart.scope_district())
         OR ((SELECT mart.scope_unit()) IS NOT NULL
             AND EXISTS (SELECT FROM mart.report AS r
                         WHERE r.province_code = hold.province_code AND r.report_id = hold.report_id))));

-- Facts of a unit: the province, the district of the place, the unit itself.
ALTER TABLE mart.assignment ENABLE ROW LEVEL SECURITY;
ALTER TABLE mart.stage ENABLE ROW LEVEL SECURITY;
ALTER TABLE mart.daily_unit ENABLE ROW LEVEL SECURITY;
ALTER TABLE mart.daily_report ENABLE ROW LEVEL SECURITY;
ALTER TABLE mart.hotline_call ENABLE ROW LEVEL SECURITY;
ALTER TABLE mart.directive ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON mart.assignment FOR SELECT TO ioc_web USING (
    province_code = (SELECT mart.scope_province())
    AND ((SELECT mart.scope_sees_province())
         OR district_code = (SELECT mart.scope_district())
         OR unit_code = (SELECT mart.scope_unit())));
CREATE POLICY scope ON mart.stage FOR SELECT TO ioc_web USING (
    province_code = (SELECT mart.scope_province())
    AND ((SELECT mart.scope_sees_province())
         OR district_code = (SELECT mart.scope_district())
         OR unit_code = (SELECT mart.scope_unit())));
CREATE POLICY scope ON mart.daily_unit FOR SELECT TO ioc_web USING (
    province_code = (SELECT mart.scope_province())
    AND ((SELECT mart.scope_sees_province())
         OR district_code = (SELECT mart.scope_district())
         OR unit_code = (SELECT mart.scope_unit())));
CREATE POLICY scope ON mart.daily_report FOR SELECT TO ioc_web USING (
    province_code = (SELECT mart.scope_province())
    AND ((SELECT mart.scope_sees_province())
         OR district_code = (SELECT mart.scope_district())));
CREATE POLICY scope ON mart.hotline_call FOR SELECT TO ioc_web USING (
    province_code = (SELECT mart.scope_province())
    AND ((SELECT mart.scope_sees_province()) OR unit_code = (SELECT mart.scope_unit())));
CREATE POLICY scope ON mart.directive FOR SELECT TO ioc_web USING (
    province_code = (SELECT mart.scope_province())
    AND ((SELECT mart.scope_sees_province()) OR unit_code = (SELECT mart.scope_unit())));

-- Grants. The web reads the mart, keeps sign-ins, and can only add to the audit log.
GRANT USAGE ON SCHEMA mart, auth TO ioc_web;
GRANT SELECT ON mart.unit, mart.place, mart.category, mart.report, mart.report_detail, mart.assignment, mart.hold,
    mart.stage, mart.event, mart.daily_report, mart.daily_unit, mart.hotline_call, mart.directive, mart.run,
    mart.source_state, mart.quarantine, mart.reconciliation TO ioc_web;
GRANT SELECT, UPDATE (failed_count, locked_until, last_sign_in_at) ON auth.account TO ioc_web;
GRANT SELECT, UPDATE (last_seen_at) ON auth.wall_device TO ioc_web;
GRANT INSERT ON auth.audit_log TO ioc_web;
