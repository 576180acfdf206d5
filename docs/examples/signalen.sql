-- Signalen as a store of the contract v1: views over its Django tables, nothing in them is changed.
-- Models read: Amsterdam/signals, app/signals/apps/signals/models (signal.py 43dc1ef7, status.py 528017b5,
-- category_assignment.py 1dd9b038, category_departments.py 98838e79, department.py ff974f22, location.py 3958574b,
-- deleted_signal.py 5d9c4a46), workflow.py 9ee486a1, apps/feedback/models.py 089bffa0. Run as the database's owner.
--
-- Decisions written into these views, to be confirmed by whoever adopts them:
--  * The lead is the department that is responsible for the category (of several the lowest number).
--  * A new category is a new dispatch only if it brings another department; its deadline is the due instant.
--  * Afgehandeld (o) is result, approval and publication in one; heropend (reopened) sends it back: what was
--    handled before that is not published.
--  * In afwachting, on hold, verzoek tot heropenen, and the states of external systems are no milestones.
DO $$ BEGIN
    CREATE ROLE ioc_reader NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
CREATE SCHEMA IF NOT EXISTS ioc_v1;

-- Yours to set: the province's code in kpi/deployments.yaml, and SIGNAL_ID_DISPLAY_PREFIX of your settings.
CREATE OR REPLACE FUNCTION ioc_v1.province() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'NYC' $$;
CREATE OR REPLACE FUNCTION ioc_v1.display(id bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'SIG-' || id $$;

-- The writing transaction out of PostgreSQL's own xmin; see fixmystreet.sql.
CREATE OR REPLACE FUNCTION ioc_v1.full_xid(wrote xid) RETURNS xid8 LANGUAGE sql STABLE AS $$
    SELECT (CASE WHEN x > now_xid THEN x - 4294967296 ELSE x END)::text::xid8
    FROM (SELECT wrote::text::bigint + (now_xid >> 32 << 32) AS x, now_xid
          FROM (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS now_xid) AS a) AS b
    $$;

CREATE OR REPLACE VIEW ioc_v1.unit WITH (security_invoker = true) AS
SELECT ioc_v1.province() AS province_code, 'IOC' AS unit_code, 'Signalen' AS name, 'IOC' AS short_name,
       'ioc' AS level, NULL::text AS parent_unit_code, NULL::text AS district_code, NULL::text AS commune_code,
       NULL::date AS valid_from, NULL::date AS valid_to, '3'::xid8 AS row_xid
UNION ALL
SELECT ioc_v1.province(), 'dep-' || id, name::text, code::text, 'department', NULL, NULL, NULL, NULL, NULL,
       ioc_v1.full_xid(xmin)
FROM signals_department;

CREATE OR REPLACE VIEW ioc_v1.field WITH (security_invoker = true) AS
SELECT ioc_v1.province() AS province_code, 'cat-' || id AS field_code, name::text AS name_vi, name::text AS name_en,
       (row_number() OVER (ORDER BY name, id))::integer AS sort_order, ioc_v1.full_xid(xmin) AS row_xid
FROM signals_category;

CREATE OR REPLACE VIEW ioc_v1.channel WITH (security_invoker = true) AS
SELECT ioc_v1.province() AS province_code, source::text AS channel_code, source::text AS name_vi,
       source::text AS name_en, (row_number() OVER (ORDER BY source))::integer AS sort_order,
       min(ioc_v1.full_xid(xmin)::text::bigint)::text::xid8 AS row_xid
FROM signals_signal GROUP BY source;

-- Words and place change in rows of their own: the report is as new as the newest of them.
CREATE OR REPLACE VIEW ioc_v1.report WITH (security_invoker = true) AS
SELECT ioc_v1.province() AS province_code, s.id::bigint AS report_id, ioc_v1.display(s.id) AS report_code,
       s.source::text AS channel_code, 'cat-' || a.category_id AS field_code, 'normal' AS urgency,
       'none' AS secrecy, s.created_at AS sent_at, st_x(l.geometrie) AS lon, st_y(l.geometrie) AS lat,
       NULL::text AS commune_code, NULL::text AS title, s.text::text AS body, NULL::text AS sender_key,
       NULL::timestamptz AS deleted_at,
       greatest(ioc_v1.full_xid(s.xmin)::text::bigint, ioc_v1.full_xid(l.xmin)::text::bigint)::text::xid8 AS row_xid
FROM signals_signal AS s
LEFT JOIN signals_location AS l ON l.id = s.location_id
LEFT JOIN signals_categoryassignment AS a ON a.id = s.category_assignment_id
UNION ALL
SELECT ioc_v1.province(), signal_id, ioc_v1.display(signal_id), 'unknown', 'cat-' || category_id, 'normal', 'none',
       signal_created_at, NULL, NULL, NULL, NULL, NULL, NULL, deleted_at, ioc_v1.full_xid(xmin)
FROM signals_deletedsignal;

-- Every assignment to another department than the one before it.
CREATE OR REPLACE VIEW ioc_v1.lead WITH (security_invoker = true) AS
SELECT * FROM (
    SELECT a.id, a._signal_id, a.created_at, a.deadline, 'dep-' || d.department_id AS unit_code,
           ioc_v1.full_xid(a.xmin) AS row_xid,
           lag(d.department_id) OVER w IS DISTINCT FROM d.department_id AS is_other
    FROM signals_categoryassignment AS a
    JOIN LATERAL (SELECT min(department_id) AS department_id FROM signals_categorydepartment AS c
                  WHERE c.category_id = a.category_id AND c.is_responsible) AS d ON d.department_id IS NOT NULL
    WINDOW w AS (PARTITION BY a._signal_id ORDER BY a.created_at, a.id)
) AS assigned WHERE is_other;

CREATE OR REPLACE VIEW ioc_v1.state WITH (security_invoker = true) AS
SELECT t.id, t._signal_id, t.state::text AS state, t.created_at, ioc_v1.full_xid(t.xmin) AS row_xid,
       lag(t.state) OVER w AS state_before,
       bool_or(t.state = 'reopened') OVER (w ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS is_reopened,
       row_number() OVER (PARTITION BY t._signal_id, t.state ORDER BY t.created_at, t.id) AS nth,
       (SELECT l.unit_code FROM ioc_v1.lead AS l WHERE l._signal_id = t._signal_id AND l.created_at <= t.created_at
        ORDER BY l.created_at DESC, l.id DESC LIMIT 1) AS unit_code
FROM signals_status AS t WINDOW w AS (PARTITION BY t._signal_id ORDER BY t.created_at, t.id);

-- Within a second events are ordered by their number: the kind's place in a report's life comes first in it.
CREATE OR REPLACE VIEW ioc_v1.report_event WITH (security_invoker = true) AS
WITH happened AS (
    SELECT 1 AS place, id, id AS signal_id, 'sent' AS kind, created_at AS at, NULL::text AS acting, NULL::text AS target,
           NULL::timestamptz AS due, NULL::smallint AS rating, ioc_v1.full_xid(xmin) AS row_xid
    FROM signals_signal
    UNION ALL
    SELECT 2, id, _signal_id, 'received', created_at, 'IOC', NULL, NULL, NULL, row_xid
    FROM ioc_v1.state WHERE state = 'm' AND nth = 1
    UNION ALL
    SELECT 3, id, _signal_id, 'dispatched', created_at, 'IOC', unit_code, deadline, NULL, row_xid FROM ioc_v1.lead
    UNION ALL
    SELECT 4, id, _signal_id, 'sent_back', created_at, 'IOC', NULL, NULL, NULL, row_xid
    FROM ioc_v1.state WHERE state = 'reopened' AND state_before IN ('o', 'reopen requested')
    UNION ALL
    SELECT 5, id, _signal_id, 'accepted', created_at, unit_code, NULL, NULL, NULL, row_xid
    FROM ioc_v1.state WHERE state = 'b' AND nth = 1 AND unit_code IS NOT NULL
    UNION ALL
    SELECT 6, id, _signal_id, 'info_requested', created_at, unit_code, NULL, NULL, NULL, row_xid
    FROM ioc_v1.state WHERE state = 'reaction requested' AND state_before <> 'reaction requested'
    UNION ALL
    SELECT 7, id, _signal_id, 'info_supplied', created_at, NULL, NULL, NULL, NULL, row_xid
    FROM ioc_v1.state WHERE state = 'reaction received' AND state_before = 'reaction requested'
    UNION ALL
    SELECT s.place, id, _signal_id, s.kind, created_at, CASE s.place WHEN 10 THEN 'IOC' ELSE unit_code END, NULL, NULL, NULL,
           row_xid
    FROM ioc_v1.state, (VALUES (8, 'result'), (9, 'approved'), (10, 'published')) AS s (place, kind)
    WHERE state = 'o' AND state_before NOT IN ('o', 'reopen requested') AND (s.place < 10 OR is_reopened IS NOT TRUE)
    UNION ALL
    SELECT 11, id, _signal_id, 'refused', created_at, 'IOC', NULL, NULL, NULL, row_xid
    FROM ioc_v1.state WHERE state = 'a' AND state_before <> 'a'
    UNION ALL
    -- The last one of a report. Its key is a secret (who holds it may give feedback), so the report's number stands for it.
    (SELECT DISTINCT ON (_signal_id) 12, _signal_id, _signal_id, 'rated', submitted_at, NULL, NULL, NULL::timestamptz,
            CASE WHEN is_satisfied THEN 3 ELSE 1 END, ioc_v1.full_xid(xmin)
     FROM feedback_feedback WHERE submitted_at IS NOT NULL AND is_satisfied IS NOT NULL
     ORDER BY _signal_id, submitted_at DESC)
)
SELECT ioc_v1.province() AS province_code, place * 1000000000000000::bigint + id AS event_id,
       signal_id::bigint AS report_id, kind, at, at AS recorded_at, acting AS acting_unit_code,
       target AS target_unit_code, due AS committed_at, NULL::text AS reason_code, rating::smallint AS rating,
       CASE WHEN kind = 'result' THEN true END AS has_content, NULL::bigint AS duplicate_of,
       NULL::bigint AS replaces_event_id, row_xid
FROM happened;

-- Never signals_reporter, e-mail addresses of officers (status.user, created_by), nor the words of states and feedback.
GRANT USAGE ON SCHEMA public, ioc_v1 TO ioc_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA ioc_v1 TO ioc_reader;
GRANT SELECT (id, name, code, xmin) ON signals_department TO ioc_reader;
GRANT SELECT (id, name, xmin) ON signals_category TO ioc_reader;
GRANT SELECT (category_id, department_id, is_responsible) ON signals_categorydepartment TO ioc_reader;
GRANT SELECT (id, source, text, created_at, location_id, category_assignment_id, xmin) ON signals_signal TO ioc_reader;
GRANT SELECT (id, geometrie, xmin) ON signals_location TO ioc_reader;
GRANT SELECT (id, _signal_id, category_id, created_at, deadline, xmin) ON signals_categoryassignment TO ioc_reader;
GRANT SELECT (id, _signal_id, state, created_at, xmin) ON signals_status TO ioc_reader;
GRANT SELECT (signal_id, category_id, signal_created_at, deleted_at, xmin) ON signals_deletedsignal TO ioc_reader;
GRANT SELECT (_signal_id, submitted_at, is_satisfied, xmin) ON feedback_feedback TO ioc_reader;
