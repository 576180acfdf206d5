-- FixMyStreet as a store of the contract v1: views over its own tables, nothing in them is changed.
-- Schema read: mysociety/fixmystreet, db/schema.sql at 0302be86, Result/Problem.pm at 008fb3f1 (extra is jsonb),
-- Result/Comment.pm at 0161b00c, states of db/fixture.sql at cec5c77a. Run as the owner of its database.
--
-- Decisions written into these views, to be confirmed by whoever adopts them:
--  * A report counts from the moment it was confirmed. Hidden ones are shown as deleted.
--  * The site itself receives and passes on (unit IOC); the first body is the lead, the others are not shown.
--  * A body's "fixed" or "closed" is result, approval and publication in one. A user's "fixed - user" is none of them.
--  * The core knows no limit: due is null. A report that is reopened is sent back: what was fixed before is not published.
DO $$ BEGIN
    CREATE ROLE ioc_reader NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
CREATE SCHEMA IF NOT EXISTS ioc_v1;

-- Yours to set: the province's code in kpi/deployments.yaml, and the zone of the server's clock.
CREATE OR REPLACE FUNCTION ioc_v1.province() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'NYC' $$;
CREATE OR REPLACE FUNCTION ioc_v1.instant(at timestamp) RETURNS timestamptz LANGUAGE sql IMMUTABLE
    AS $$ SELECT at AT TIME ZONE 'Europe/London' $$;

-- The writing transaction out of PostgreSQL's own xmin, so that no table needs a new column. Without an index: every
-- look for changes reads the tables. From about a million rows on add row_xid columns (docs/connect-your-store.md).
CREATE OR REPLACE FUNCTION ioc_v1.full_xid(wrote xid) RETURNS xid8 LANGUAGE sql STABLE AS $$
    SELECT (CASE WHEN x > now_xid THEN x - 4294967296 ELSE x END)::text::xid8
    FROM (SELECT wrote::text::bigint + (now_xid >> 32 << 32) AS x, now_xid
          FROM (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS now_xid) AS a) AS b
    $$;
CREATE OR REPLACE FUNCTION ioc_v1.code(words text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT left(trim('-' FROM regexp_replace(lower(words), '[^a-z0-9]+', '-', 'g')), 30) || '-' || left(md5(words), 4)
    $$;

CREATE OR REPLACE VIEW ioc_v1.unit WITH (security_invoker = true) AS
SELECT ioc_v1.province() AS province_code, 'IOC' AS unit_code, 'FixMyStreet' AS name, 'IOC' AS short_name,
       'ioc' AS level, NULL::text AS parent_unit_code, NULL::text AS district_code, NULL::text AS commune_code,
       NULL::date AS valid_from, NULL::date AS valid_to, '3'::xid8 AS row_xid
UNION ALL
SELECT ioc_v1.province(), 'body-' || id, name, name, 'department', 'body-' || parent, NULL, NULL, NULL, NULL,
       ioc_v1.full_xid(xmin)
FROM body;

-- Fields and channels are the words that reports use; each row is as old as the first report that used it.
CREATE OR REPLACE VIEW ioc_v1.field WITH (security_invoker = true) AS
SELECT ioc_v1.province() AS province_code, ioc_v1.code(category) AS field_code, category AS name_vi,
       category AS name_en, (row_number() OVER (ORDER BY category))::integer AS sort_order,
       min(ioc_v1.full_xid(xmin)::text::bigint)::text::xid8 AS row_xid
FROM problem WHERE confirmed IS NOT NULL GROUP BY category;

CREATE OR REPLACE VIEW ioc_v1.channel WITH (security_invoker = true) AS
SELECT ioc_v1.province() AS province_code, ioc_v1.code(service) AS channel_code,
       coalesce(nullif(service, ''), 'Web') AS name_vi, coalesce(nullif(service, ''), 'Web') AS name_en,
       (row_number() OVER (ORDER BY service))::integer AS sort_order,
       min(ioc_v1.full_xid(xmin)::text::bigint)::text::xid8 AS row_xid
FROM problem WHERE confirmed IS NOT NULL GROUP BY service;

CREATE OR REPLACE VIEW ioc_v1.report WITH (security_invoker = true) AS
SELECT ioc_v1.province() AS province_code, id::bigint AS report_id, id::text AS report_code,
       ioc_v1.code(service) AS channel_code, ioc_v1.code(category) AS field_code, 'normal' AS urgency,
       CASE WHEN non_public THEN 'sender' ELSE 'none' END AS secrecy,  -- words and place of private reports stay outside
       ioc_v1.instant(confirmed) AS sent_at, longitude AS lon, latitude AS lat, NULL::text AS commune_code,
       title, detail AS body, NULL::text AS sender_key,
       CASE WHEN state IN ('hidden', 'partial', 'unconfirmed') THEN ioc_v1.instant(lastupdate) END AS deleted_at,
       ioc_v1.full_xid(xmin) AS row_xid
FROM problem WHERE confirmed IS NOT NULL;

-- What each update did: `did` differs from what the one before it did.
CREATE OR REPLACE VIEW ioc_v1.update WITH (security_invoker = true) AS
SELECT *, lag(did) OVER w AS did_before,
       bool_or(did IN ('reopen', 'work')) OVER (w ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS is_reopened
FROM (
    SELECT c.id, c.problem_id, c.confirmed, c.problem_state, ioc_v1.full_xid(c.xmin) AS row_xid,
           'body-' || split_part(p.bodies_str, ',', 1) AS unit_code,
           (p.extra ->> 'duplicate_of')::bigint AS duplicate_of,
           CASE WHEN c.mark_open OR c.problem_state = 'confirmed' THEN 'reopen'
                WHEN c.problem_state IN ('investigating', 'in progress', 'planned', 'action scheduled') THEN 'work'
                WHEN c.problem_state IN ('fixed', 'fixed - council', 'closed') THEN 'fix'
                WHEN c.problem_state IN ('unable to fix', 'not responsible') THEN 'refuse'
                WHEN c.problem_state = 'internal referral' THEN 'pass_on'
                WHEN c.problem_state = 'duplicate' THEN 'merge' END AS did
    FROM comment AS c JOIN problem AS p ON p.id = c.problem_id
    WHERE c.state = 'confirmed' AND p.bodies_str IS NOT NULL
) AS updates WHERE did IS NOT NULL WINDOW w AS (PARTITION BY problem_id ORDER BY confirmed, id);

-- Within a second events are ordered by their number: the kind's place in a report's life comes first in it.
CREATE OR REPLACE VIEW ioc_v1.report_event WITH (security_invoker = true) AS
WITH happened AS (
    SELECT 1 AS place, id, id AS problem_id, 'sent' AS kind, confirmed AS at, NULL::text AS acting, NULL::text AS target,
           NULL::text AS reason, NULL::bigint AS duplicate_of, ioc_v1.full_xid(xmin) AS row_xid
    FROM problem WHERE confirmed IS NOT NULL
    UNION ALL
    SELECT 2, id, id, 'received', confirmed, 'IOC', NULL, NULL, NULL, ioc_v1.full_xid(xmin)
    FROM problem WHERE confirmed IS NOT NULL
    UNION ALL
    SELECT 3, id, id, 'dispatched', greatest(whensent, confirmed), 'IOC', 'body-' || split_part(bodies_str, ',', 1), NULL,
           NULL, ioc_v1.full_xid(xmin)
    FROM problem WHERE confirmed IS NOT NULL AND whensent IS NOT NULL AND bodies_str IS NOT NULL
    UNION ALL
    SELECT 4, id, problem_id, 'sent_back', confirmed, 'IOC', NULL, 'reopened', NULL, row_xid
    FROM ioc_v1.update WHERE did IN ('reopen', 'work') AND did_before = 'fix'
    UNION ALL
    SELECT 5, id, problem_id, 'accepted', confirmed, unit_code, NULL, NULL, NULL, row_xid
    FROM ioc_v1.update WHERE did = 'work' AND did_before IS NULL
    UNION ALL
    SELECT s.place, id, problem_id, s.kind, confirmed, CASE s.place WHEN 8 THEN 'IOC' ELSE unit_code END, NULL, NULL, NULL,
           row_xid
    FROM ioc_v1.update, (VALUES (6, 'result'), (7, 'approved'), (8, 'published')) AS s (place, kind)
    WHERE did = 'fix' AND did_before IS DISTINCT FROM 'fix' AND (s.place < 8 OR is_reopened IS NOT TRUE)
    UNION ALL
    SELECT 9, id, problem_id, CASE WHEN did = 'merge' AND duplicate_of IS NOT NULL THEN 'merged'
                                   WHEN did = 'pass_on' THEN 'passed_on' ELSE 'refused' END,
           confirmed, 'IOC', NULL, problem_state, CASE WHEN did = 'merge' THEN duplicate_of END, row_xid
    FROM ioc_v1.update WHERE did IN ('refuse', 'pass_on', 'merge') AND did_before IS DISTINCT FROM did
)
SELECT ioc_v1.province() AS province_code, place * 1000000000000000::bigint + id AS event_id,
       problem_id::bigint AS report_id, kind, ioc_v1.instant(at) AS at, ioc_v1.instant(at) AS recorded_at,
       acting AS acting_unit_code, target AS target_unit_code, NULL::timestamptz AS committed_at,
       reason AS reason_code, NULL::smallint AS rating, CASE WHEN kind = 'result' THEN true END AS has_content,
       duplicate_of, NULL::bigint AS replaces_event_id, row_xid
FROM happened;

-- Never name, user_id, e-mail, phone, postcode, photo, nor the words of updates.
GRANT USAGE ON SCHEMA public, ioc_v1 TO ioc_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA ioc_v1 TO ioc_reader;
GRANT SELECT (id, name, parent, xmin) ON body TO ioc_reader;
GRANT SELECT (id, confirmed, state, category, service, title, detail, longitude, latitude, non_public, lastupdate,
              whensent, bodies_str, extra, xmin) ON problem TO ioc_reader;
GRANT SELECT (id, problem_id, confirmed, state, problem_state, mark_open, xmin) ON comment TO ioc_reader;
