"""The migrated schema is the one that the contract declares, and its policies show each role its own rows."""

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from etl import migrate, repeats, scheduled
from kpi import accounts, mart
from kpi.accounts import ROLES
from kpi.scope import Scope, enter_role, enter_scope

pytestmark = pytest.mark.server
SCHEMAS = {"mart", "auth", "etl"}


@pytest.fixture(scope="module")
def mart_engine(new_database):
    url = new_database("migrate")
    migrate.upgrade(url)
    engine = migrate.engine_of(url)
    yield engine
    engine.dispose()


def _differences(engine):
    def of_ours(name, type_, parents):
        return type_ != "schema" or name in SCHEMAS

    def comment_is_empty(op):
        return op[0] == "modify_comment" and not op[5] and not op[6]

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_schemas": True, "include_name": of_ours}
        )
        found = compare_metadata(
            context, [mart.metadata, accounts.metadata, repeats.metadata, scheduled.metadata]
        )
    flat = [op for entry in found for op in (entry if isinstance(entry, list) else [entry])]
    return [op for op in flat if not comment_is_empty(op)]


def test_the_schema_is_what_the_contract_declares(mart_engine):
    assert _differences(mart_engine) == []


def test_a_missing_column_would_be_seen(new_database):
    url = new_database("drift")
    migrate.upgrade(url)
    with psycopg.connect(url) as conn:
        conn.execute("ALTER TABLE mart.report DROP COLUMN rating")
    engine = migrate.engine_of(url)
    assert [op[0] for op in _differences(engine)] == ["add_column"]
    engine.dispose()


def test_upgrade_twice_changes_nothing(new_database):
    url = new_database("twice")
    migrate.upgrade(url)
    migrate.upgrade(url)
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


def test_every_table_of_the_mart_has_row_level_security(mart_engine):
    with mart_engine.connect() as connection:
        bare = connection.scalars(
            sa.text(
                "SELECT relname FROM pg_class WHERE relnamespace = 'mart'::regnamespace"
                " AND relkind IN ('r', 'p') AND NOT relrowsecurity"
            )
        ).all()
    assert bare == []


AT = "2024-11-04 08:00+07"
# report 1 lies in district 941, held by the IOC and unit A; report 2 in 942, held by the IOC and unit B
ROWS = [
    (1, "941", ["IOC", "A"], "A"),
    (2, "942", ["IOC", "B"], "B"),
]


@pytest.fixture(scope="module")
def filled(mart_engine):
    with mart_engine.begin() as connection:
        for report_id, district, holders, unit in ROWS:
            row = {"id": report_id, "d": district, "h": holders, "u": unit, "at": AT}
            connection.execute(
                sa.text(
                    "INSERT INTO mart.report (province_code, report_id, report_code, district_code, is_secret, place_flag,"
                    " status, stage, lead_unit_code, holder_unit_codes, sent_at, outcome, last_event_at, last_recorded_at)"
                    " VALUES ('94', :id, 'PA', :d, false, 'inside', 'open', '', :u, :h, :at, '', :at, :at)"
                ),
                row,
            )
            connection.execute(
                sa.text(
                    "INSERT INTO mart.report_detail (province_code, report_id, title, body, district_code,"
                    " holder_unit_codes) VALUES ('94', :id, 't', 'b', :d, :h)"
                ),
                row,
            )
            connection.execute(
                sa.text(
                    "INSERT INTO mart.assignment (province_code, report_id, seq, unit_code, part, district_code, from_at,"
                    " ended_by, outcome) VALUES ('94', :id, 1, :u, 'lead', :d, :at, '', '')"
                ),
                row,
            )
            connection.execute(
                sa.text(
                    "INSERT INTO mart.hold (province_code, report_id, seq, holder_kind, unit_code, from_at, district_code)"
                    " VALUES ('94', :id, 1, 'lead', :u, :at, :d)"
                ),
                row,
            )
    return mart_engine


def _ids(engine, table, scope):
    with engine.begin() as connection:
        connection.execute(enter_role())
        if scope:
            connection.execute(enter_scope(scope))
        return sorted(connection.scalars(sa.text(f"SELECT report_id FROM mart.{table}")))


PROVINCIAL = {"leader", "analyst", "home_affairs", "wall", "admin"}
SEES_WORDS = {"analyst", "admin"}


@pytest.mark.parametrize("role", sorted(PROVINCIAL))
@pytest.mark.parametrize("table", ["report", "report_detail", "assignment", "hold"])
def test_roles_of_the_province_see_it_all_but_only_some_see_words(filled, role, table):
    expected = [1, 2] if table != "report_detail" or role in SEES_WORDS else []
    assert _ids(filled, table, Scope("94", role)) == expected
    assert _ids(filled, table, Scope("52", role)) == []


@pytest.mark.parametrize("table", ["report", "report_detail", "assignment", "hold"])
@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (None, []),
        (Scope("94", ""), []),
        (Scope("94", "district", district_code="941"), [1]),
        (Scope("94", "district", district_code=""), []),
        (Scope("94", "district", unit_code="A"), []),
        (Scope("94", "unit", unit_code="B"), [2]),
        (Scope("94", "unit", unit_code=""), []),
        (Scope("94", "unit", district_code="941"), []),
    ],
)
def test_a_bound_role_sees_its_own_rows_only(filled, table, scope, expected):
    assert _ids(filled, table, scope) == expected


def test_every_role_is_covered_here():
    assert set(ROLES) == PROVINCIAL | {"district", "unit"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE mart.report SET status = 'done'",
        "DELETE FROM mart.report",
        "SELECT * FROM mart_default.report",
        "SELECT * FROM etl.report_group",
        "SELECT * FROM auth.audit_log",
        "UPDATE auth.audit_log SET username = 'x'",
        "DELETE FROM auth.audit_log",
        "UPDATE auth.account SET role = 'admin'",
        "UPDATE auth.account SET password_hash = 'x'",
        "INSERT INTO auth.account (username, password_hash, display_name, role, province_code) VALUES ('x','x','x','x','x')",
    ],
)
def test_the_web_role_cannot(filled, statement):
    with filled.connect() as connection:
        connection.execute(enter_role())
        connection.execute(enter_scope(Scope("94", "admin")))
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            connection.execute(sa.text(statement))


def test_a_login_that_may_not_create_the_role_is_told_what_to_do(postgres_url, new_database, monkeypatch):
    url = sa.make_url(new_database("poor"))
    with psycopg.connect(url.render_as_string(False), autocommit=True) as conn:
        name = "poor_" + url.database[-8:]
        conn.execute(f"CREATE ROLE {name} LOGIN")
        conn.execute(f"GRANT CREATE ON DATABASE {url.database} TO {name}")
        conn.execute(f"GRANT CREATE ON SCHEMA public TO {name}")
    engine = sa.create_engine(url.set(drivername="postgresql+psycopg"))
    sa.event.listen(engine, "connect", lambda dbapi, _: dbapi.execute(f"SET SESSION AUTHORIZATION {name}"))
    monkeypatch.setattr(migrate, "engine_of", lambda _url: engine)
    try:
        with pytest.raises(migrate.MigrationError, match="CREATE ROLE ioc_web"):
            migrate.upgrade("postgresql://unused")
    finally:
        engine.dispose()
        with psycopg.connect(url.render_as_string(False), autocommit=True) as conn:
            conn.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")
