"""Databases of foreign systems: the columns of their public schemas that the shipped views use, beside some that no view may."""

FIXMYSTREET = """
CREATE TABLE users (id serial PRIMARY KEY, email text, name text, phone text);
CREATE TABLE body (id serial PRIMARY KEY, name text NOT NULL, parent integer REFERENCES body, api_key text);
CREATE TABLE problem (
    id serial PRIMARY KEY, postcode text NOT NULL DEFAULT '', latitude double precision NOT NULL,
    longitude double precision NOT NULL, bodies_str text, category text NOT NULL DEFAULT 'Other', title text NOT NULL,
    detail text NOT NULL, user_id int NOT NULL REFERENCES users, name text NOT NULL, anonymous boolean NOT NULL,
    created timestamp NOT NULL DEFAULT current_timestamp, confirmed timestamp, state text NOT NULL,
    service text NOT NULL DEFAULT '', lastupdate timestamp NOT NULL DEFAULT current_timestamp, whensent timestamp,
    extra jsonb, non_public boolean DEFAULT 'f');
CREATE TABLE comment (
    id serial PRIMARY KEY, problem_id integer NOT NULL REFERENCES problem, user_id int NOT NULL REFERENCES users,
    name text, created timestamp NOT NULL DEFAULT current_timestamp, confirmed timestamp, text text NOT NULL,
    state text NOT NULL, mark_fixed boolean NOT NULL, mark_open boolean NOT NULL DEFAULT 'f', problem_state text);
"""
FIXMYSTREET_ROWS = """
INSERT INTO users (email, name, phone) VALUES ('a@example.org', 'A Citizen', '000');
INSERT INTO body (name, parent) VALUES ('County', NULL), ('Town', 1);
INSERT INTO problem (id, latitude, longitude, bodies_str, category, title, detail, user_id, name, anonymous, confirmed,
                     state, service, whensent, extra, non_public)
SELECT n, 51.75, -1.26, '1,2', 'Potholes', 'Hole ' || n, 'Deep', 1, 'A Citizen', false, t, s, v, w, x, p
FROM (VALUES
    (1, timestamp '2018-06-01 09:00:00', 'fixed - council', '', timestamp '2018-06-01 09:05:00', NULL::jsonb, false),
    (2, '2018-06-01 10:00:00', 'duplicate', 'iPhone', '2018-06-01 10:05:00', '{"duplicate_of": 1}', false),
    (3, '2018-06-01 11:00:00', 'unable to fix', '', '2018-06-01 11:05:00', NULL, false),
    (4, '2018-06-01 12:00:00', 'in progress', '', '2018-06-01 12:05:00', NULL, false),
    (5, '2018-06-01 13:00:00', 'fixed - user', '', '2018-06-01 13:05:00', NULL, true),
    (6, '2018-06-01 14:00:00', 'hidden', '', '2018-06-01 14:05:00', NULL, false),
    (7, NULL, 'unconfirmed', '', NULL, NULL, false)) AS r (n, t, s, v, w, x, p);
INSERT INTO comment (problem_id, user_id, name, confirmed, text, state, mark_fixed, mark_open, problem_state)
SELECT n, 1, 'County', t, 'words', s, u, o, p FROM (VALUES
    (1, timestamp '2018-06-02 09:00:00', 'confirmed', false, false, 'investigating'),
    (1, '2018-06-03 09:00:00', 'confirmed', false, false, 'fixed - council'),
    (1, '2018-06-04 09:00:00', 'confirmed', false, true, NULL),               -- a citizen: not fixed at all
    (1, '2018-06-05 09:00:00', 'confirmed', false, false, 'fixed - council'),
    (1, '2018-06-06 09:00:00', 'confirmed', false, false, 'fixed - council'), -- said twice
    (1, '2018-06-07 09:00:00', 'hidden', false, false, 'confirmed'),
    (2, '2018-06-02 09:00:00', 'confirmed', false, false, 'duplicate'),
    (3, '2018-06-02 09:00:00', 'confirmed', false, false, 'unable to fix'),
    (4, '2018-06-02 09:00:00', 'confirmed', false, false, 'in progress'),
    (4, '2018-06-03 09:00:00', 'confirmed', false, false, 'planned'),
    (5, '2018-06-02 09:00:00', 'confirmed', true, false, 'fixed - user')) AS c (n, t, s, u, o, p);
"""

# PostGIS is not needed to try the views: a point that answers to the two functions they use.
SIGNALEN = """
CREATE TYPE geometry AS (x double precision, y double precision);
CREATE FUNCTION st_x(geometry) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$ SELECT $1.x $$;
CREATE FUNCTION st_y(geometry) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$ SELECT $1.y $$;
CREATE TABLE signals_department (id serial PRIMARY KEY, code varchar(3) NOT NULL, name varchar(255) NOT NULL);
CREATE TABLE signals_category (id serial PRIMARY KEY, parent_id integer, slug varchar(50), name varchar(255) NOT NULL);
CREATE TABLE signals_categorydepartment (
    id serial PRIMARY KEY, category_id integer NOT NULL, department_id integer NOT NULL, is_responsible boolean NOT NULL,
    can_view boolean NOT NULL DEFAULT true);
CREATE TABLE signals_signal (
    id serial PRIMARY KEY, source varchar(128) NOT NULL, text varchar(3000) NOT NULL, text_extra varchar(10000) DEFAULT '',
    created_at timestamptz NOT NULL, updated_at timestamptz, location_id integer, category_assignment_id integer,
    status_id integer, reporter_id integer, parent_id integer);
CREATE TABLE signals_location (id serial PRIMARY KEY, _signal_id integer NOT NULL, geometrie geometry, address jsonb);
CREATE TABLE signals_reporter (id serial PRIMARY KEY, _signal_id integer NOT NULL, email varchar(254), phone varchar(17));
CREATE TABLE signals_categoryassignment (
    id serial PRIMARY KEY, _signal_id integer NOT NULL, category_id integer NOT NULL, created_by varchar(254),
    created_at timestamptz NOT NULL, deadline timestamptz, deadline_factor_3 timestamptz);
CREATE TABLE signals_status (
    id serial PRIMARY KEY, _signal_id integer NOT NULL, text varchar(10000), "user" varchar(254), state varchar(20) NOT NULL,
    created_at timestamptz NOT NULL);
CREATE TABLE signals_deletedsignal (
    id serial PRIMARY KEY, signal_id bigint NOT NULL, category_id integer NOT NULL, signal_created_at timestamptz NOT NULL,
    deleted_by varchar(254), deleted_at timestamptz NOT NULL);
CREATE TABLE feedback_feedback (
    token varchar(120) PRIMARY KEY, _signal_id integer NOT NULL, created_at timestamptz NOT NULL, submitted_at timestamptz,
    is_satisfied boolean, text text);
"""
SIGNALEN_ROWS = """
INSERT INTO signals_department (code, name) VALUES ('STW', 'Stadswerken'), ('AEG', 'Afval en Grondstoffen');
INSERT INTO signals_category (slug, name) VALUES ('straatverlichting', 'Straatverlichting'), ('grofvuil', 'Grofvuil'),
    ('container', 'Container');
INSERT INTO signals_categorydepartment (category_id, department_id, is_responsible) VALUES
    (1, 1, true), (1, 2, false), (2, 2, true), (3, 2, true);
INSERT INTO signals_signal (id, source, text, created_at, location_id, category_assignment_id)
SELECT n, 'online', 'Melding ' || n, timestamptz '2018-06-01 08:00:00.25+00' + n * interval '1 hour', n, a
FROM (VALUES (1, 1), (2, 4), (3, 5), (4, 6)) AS r (n, a);
INSERT INTO signals_location (_signal_id, geometrie) SELECT n, (4.9, 52.37)::geometry FROM generate_series(1, 4) AS n;
INSERT INTO signals_reporter (_signal_id, email) SELECT n, 'a@example.org' FROM generate_series(1, 4) AS n;
-- in the order in which a report is made: the assignments' numbers are no clock, and all fall within one second
INSERT INTO signals_categoryassignment (_signal_id, category_id, created_at, deadline) VALUES
    (1, 1, '2018-06-01 09:00:00.9+00', '2018-06-04 09:00+00'),
    (2, 1, '2018-06-01 10:00:00.9+00', '2018-06-04 10:00+00'),
    (2, 2, '2018-06-02 10:00:00+00', '2018-06-05 10:00+00'),
    (2, 3, '2018-06-02 11:00:00+00', '2018-06-06 10:00+00'),   -- another category of the same department
    (3, 1, '2018-06-01 11:00:00.9+00', NULL),
    (4, 1, '2018-06-01 12:00:00.9+00', NULL);
INSERT INTO signals_status (_signal_id, state, created_at, text, "user") VALUES
    (1, 'm', '2018-06-01 09:00:00.5+00', NULL, NULL), (2, 'm', '2018-06-01 10:00:00.5+00', NULL, NULL),
    (3, 'm', '2018-06-01 11:00:00.5+00', NULL, NULL), (4, 'm', '2018-06-01 12:00:00.5+00', NULL, NULL),
    (1, 'b', '2018-06-02 09:00:00+00', NULL, 'officer@example.org'), (1, 'o', '2018-06-03 09:00:00+00', 'words', NULL),
    (1, 'reopen requested', '2018-06-03 10:00:00+00', NULL, NULL), (1, 'reopened', '2018-06-03 11:00:00+00', 'words', NULL),
    (1, 'o', '2018-06-05 09:00:00+00', 'words', NULL),
    (2, 'reaction requested', '2018-06-03 10:00:00+00', NULL, NULL), (2, 'reaction received', '2018-06-04 10:00:00+00', NULL, NULL),
    (2, 'o', '2018-06-05 09:00:00+00', 'words', NULL),
    (3, 'a', '2018-06-02 11:00:00+00', NULL, NULL), (4, 'i', '2018-06-02 11:00:00+00', NULL, NULL);
INSERT INTO signals_deletedsignal (signal_id, category_id, signal_created_at, deleted_at)
    VALUES (9, 1, '2018-06-01 08:00+00', '2018-07-01 08:00+00');
INSERT INTO feedback_feedback VALUES ('secret-1', 1, '2018-06-03 09:01+00', '2018-06-05 10:00+00', true, 'words'),
    ('secret-2', 2, '2018-06-05 09:01+00', NULL, NULL, NULL);
"""
