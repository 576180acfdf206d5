"""What makes facts has a version: code, law, maps and the IOC's unit count, words about them do not; another one rebuilds."""

import ast
import shutil
from pathlib import Path

import psycopg
import pytest

from etl import follow, version
from etl.facts import Judging
from etl.follow import Follower, build_first
from etl.publish import Publisher
from etl.sources.postgres import PostgresSource
from etl.steps import NotBuiltError
from kpi.clock import Clock
from kpi.rulebook import Rulebook
from tests.etl import worlds

ROOT = Path(version.__file__).parent.parent


@pytest.fixture(scope="module")
def deciding():
    return version.deciding(ROOT)


@pytest.fixture
def copied(tmp_path, deciding):
    """The deciding modules and the maps, to be changed."""
    for name in deciding:
        found = version._file_of(ROOT, name)
        target = tmp_path / found.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(found, target)
    shutil.copytree(ROOT / "geo" / "data", tmp_path / "geo" / "data")
    shutil.copy(ROOT / "geo" / "rules.yaml", tmp_path / "geo")
    return tmp_path


def test_what_decides_is_found_by_its_imports(deciding):
    assert {"etl.staging", "kpi.ledger_state", "kpi.worktime", "geo.locate", "geo.layer_index"} <= set(
        deciding
    )
    assert not {"etl.load", "etl.follow", "kpi.queries.figures", "kpi.explain", "kpi.mart"} & set(deciding)


def test_a_copy_has_the_same_version(copied):
    assert version.code_version(copied) == version.code_version(ROOT)


def _edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "is_same"),
    [
        ("etl/staging.py", '"""From a source', '"""Once upon a time, from a source', True),
        ("etl/facts.py", "COARSE_DEGREES = 0.005", "COARSE_DEGREES = 0.005  # half a kilometre", True),
        ("etl/facts.py", "COARSE_DEGREES = 0.005", "COARSE_DEGREES = 0.004", False),
        ("kpi/ledger_arrays.py", "+ 16", "+ 17", False),
        ("geo/data/units.csv", "\n", "\n\n", False),
        ("geo/rules.yaml", "\n", "\n\n", False),
    ],
)
def test_code_and_maps_count_and_comments_do_not(copied, file, old, new, is_same):
    _edit(copied / file, old, new)
    version.code_version.cache_clear()
    assert (version.code_version(copied) == version.code_version(ROOT)) is is_same
    version.code_version.cache_clear()


def test_law_and_ioc_count():
    law = Rulebook.load(worlds.PROVINCE)
    versions = {
        version.facts_version(Judging(worlds.PROVINCE, rulebook, ioc))
        for rulebook in (law, law.without_base())
        for ioc in ("IOC", "OTHER")
    }
    assert len(versions) == 4


# --------------------------------------------------------------- a real mart


def _rows(mart_url, query):
    with psycopg.connect(mart_url) as conn:
        return conn.execute(query).fetchall()


@pytest.fixture
def follower(store, new_mart, rulebook):
    worlds.fill(store, 6)
    source = PostgresSource(store.reader_url, worlds.PROVINCE)
    yield Follower(source, new_mart(), rulebook, Clock(), Publisher(None, worlds.PROVINCE))
    source.close()


@pytest.mark.server
def test_a_release_that_makes_other_facts_builds_anew(follower, monkeypatch, following, store):
    assert build_first(follower)
    assert not build_first(follower)
    monkeypatch.setattr(version, "FACTS_EPOCH", 2)
    with pytest.raises(NotBuiltError, match="code of today"):
        following(store, follower.mart_url)
    assert build_first(follower)
    ((now, built_at),) = _rows(follower.mart_url, "SELECT facts_version, built_at FROM mart.source_state")
    assert now == version.facts_version(Judging(worlds.PROVINCE, follower.rulebook, worlds.IOC))
    assert built_at is not None


@pytest.mark.server
def test_another_ioc_makes_facts_anew(follower, following, store):
    build_first(follower)
    steps = following(store, follower.mart_url)
    with store.writing() as conn:
        conn.execute("UPDATE paht.unit SET level = 'department' WHERE unit_code = 'IOC'")
        conn.execute("UPDATE paht.unit SET level = 'ioc' WHERE unit_code = 'A'")
    with pytest.raises(NotBuiltError, match="'A'") as changed:
        steps.step()
    assert follow._is_passing(changed.value)  # the follower goes round once more, and builds
    assert build_first(follower)


def test_a_parser_upset_by_another_thread_is_asked_again(monkeypatch):
    """CPython 3.11 raises SystemError then; a worker must not lose its range for it."""
    parse, tries = ast.parse, []

    def upset(code):
        tries.append(code)
        if len(tries) == 1:
            raise SystemError("AST constructor recursion depth mismatch (before=51, after=44)")
        return parse(code)

    monkeypatch.setattr(ast, "parse", upset)
    assert set(version.deciding(ROOT)) >= set(version.ROOTS)
    assert len(tries) > len(version.ROOTS)
