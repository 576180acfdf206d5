"""A look for changes is bounded, whatever waits, and look by look nothing is lost: late commits, huge transactions, kills."""

import random

import psycopg
import pytest

from etl.sources.pages import Position
from etl.sources.postgres import PostgresSource
from tests.etl import worlds

pytestmark = pytest.mark.server
CALL = (
    "INSERT INTO paht.hotline_call (province_code, call_id, unit_code, called_at, is_answered)"
    " VALUES ('94', %s, 'A', now(), true)"
)
EVENTS = (
    "INSERT INTO paht.report_event (province_code, event_id, report_id, kind, at, recorded_at)"
    " SELECT '94', event_id, report_id, 'feedback', now(), now()"
    " FROM unnest(%s::bigint[], %s::bigint[]) AS new (event_id, report_id)"
)
COUNTS = "SELECT report_id, count(*) FROM paht.report_event GROUP BY 1"
STATE = "SELECT watermark, waiting_count, behind_since_at IS NOT NULL FROM mart.source_state"


def _rows(url, query):
    with psycopg.connect(url) as conn:
        return conn.execute(query).fetchall()


def _drain(steps):
    while steps.step():
        pass


class Follower:
    """What a mart would hold: of each report how many events were visible when it was applied; dies at any piece."""

    def __init__(self, store, most: int, dice: random.Random) -> None:
        self._store, self._most, self._dice = store, most, dice
        self.held: dict[int, int] = {}
        self.calls: set[int] = set()
        self.largest = self.looks = 0
        self._open("0")

    def _open(self, watermark: str) -> None:
        self.stored = watermark
        self._source = PostgresSource(self._store.reader_url, worlds.PROVINCE, rows_per_page=self._most)

    def look(self, deaths: float = 0.0) -> bool:
        """One look, applied in pieces of three; whether there was anything."""
        changes = self._source.changes(self.stored_in_memory)
        self.looks += 1
        self.largest = max(self.largest, len(changes.report_ids), len(changes.call_ids))
        for at in range(0, len(changes.report_ids), 3):
            if self._dice.random() < deaths:
                self._die()
                return True
            self._apply(changes.report_ids[at : at + 3])
            if at + 3 < len(changes.report_ids):
                self.stored = changes.floor(at + 3)
        self.calls.update(changes.call_ids)
        self.stored = self.stored_in_memory = changes.watermark
        self._source.written(changes)
        return bool(changes)

    def _apply(self, ids) -> None:
        now = dict(_rows(self._store.owner_url, COUNTS))
        self.held.update((int(i), now.get(int(i), 0)) for i in ids)

    def _die(self) -> None:
        self._source.close()
        self._open(self.stored)

    @property
    def stored(self) -> str:
        return self._stored

    @stored.setter
    def stored(self, watermark: str) -> None:
        before = Position.of(getattr(self, "_stored", "0"))
        assert Position.of(watermark).order >= before.order, "the watermark went back"
        self._stored = self.stored_in_memory = watermark

    def close(self) -> None:
        self._source.close()


@pytest.mark.parametrize("seed", range(4))
def test_look_by_look_nothing_is_lost_and_nothing_is_large(seed, store):
    dice = random.Random(seed)
    most = dice.choice((1, 2, 5))
    follower = Follower(store, most, dice)
    late = [psycopg.connect(store.owner_url) for _ in range(2)]
    numbers = iter(range(1, 10_000))
    calls = iter(range(1, 10_000))

    def write(conn) -> None:
        events = [next(numbers) for _ in range(dice.choice((1, 1, 2, 3, 30)))]
        conn.execute(EVENTS, [events, [dice.randrange(1, 40) for _ in events]])
        for _ in range(dice.choice((0, 0, 1, 12))):
            conn.execute(CALL, [next(calls)])

    for _ in range(25):
        if dice.random() < 0.6:
            with store.writing() as conn:
                write(conn)
        else:
            conn = dice.choice(late)
            write(conn)
            if dice.random() < 0.4:
                conn.commit()
        if dice.random() < 0.5:
            follower.look(deaths=0.2)
    for conn in late:
        conn.commit()
        conn.close()
    for look in range(2_000):
        # Where a transaction of another database holds the watermark back, each death begins the backlog anew.
        if not follower.look(deaths=0.02 if look < 500 else 0):
            break
    else:
        pytest.fail("it does not come to an end")
    assert follower.held == dict(_rows(store.owner_url, COUNTS))
    assert follower.calls == {i for (i,) in _rows(store.owner_url, "SELECT call_id FROM paht.hotline_call")}
    assert follower.largest <= 2 * most
    follower.close()


def test_a_transaction_larger_than_a_look_gets_on_while_an_older_one_is_open(store):
    dice = random.Random(1)
    follower = Follower(store, 4, dice)
    while follower.look():
        pass
    with psycopg.connect(store.owner_url) as slow:
        store.report(slow, 1_000)
        with store.writing() as conn:
            conn.execute(EVENTS, [list(range(1, 101)), list(range(1, 101))])
        before = follower.looks
        while follower.look():
            pass
        assert set(follower.held) == set(range(1, 101))
        assert follower.looks - before < 100 / 4 + 5  # no page twice
        follower.look()
        assert follower.looks - before < 100 / 4 + 6  # and nothing of it again
        slow.commit()
    while follower.look():
        pass
    assert 1_000 in follower.held
    follower.close()


def test_units_that_change_in_a_huge_transaction_are_told_with_its_last_part(store):
    source = PostgresSource(store.reader_url, worlds.PROVINCE, rows_per_page=5)
    since = source.mark()
    while changes := source.changes(since):  # whatever another database's transaction held back
        source.written(changes)
        since = changes.watermark
    with store.writing() as conn:
        conn.execute("UPDATE paht.unit SET name = name || '.'")
        conn.execute(EVENTS, [list(range(1, 31)), list(range(1, 31))])
    told = []
    while changes := source.changes(since):
        told.append(changes.side_changed)
        source.written(changes)
        since = changes.watermark
    assert told[-1] is True
    assert not any(told[:-1])
    assert len(told) > 5
    source.close()


def test_a_backlog_is_taken_through_the_index(store):
    """Without it every look at a store of ten million would read all of them."""
    with store.writing() as conn:
        conn.execute(EVENTS, [list(range(1, 20_001)), list(range(1, 20_001))])
        conn.execute("UPDATE paht.report_event SET kind = kind WHERE event_id > 19000")
    with psycopg.connect(store.owner_url, autocommit=True) as conn:
        conn.execute("ANALYZE paht.report_event")
        plan = conn.execute(
            "EXPLAIN SELECT report_id FROM ioc_v1.report_event WHERE province_code = '94' AND row_xid >= '0'::xid8"
            " ORDER BY row_xid LIMIT 1000"
        ).fetchall()
    said = " ".join(line for (line,) in plan)
    assert "report_event_xid" in said
    assert "Sort" not in said


def test_a_mart_that_follows_in_small_looks_equals_a_clean_rebuild(
    store, new_mart, backfill, following, fingerprint_of
):
    dice = random.Random(3)
    worlds.fill(store, 8)
    mart_url = new_mart()
    backfill(store, mart_url)
    steps = following(store, mart_url, rows_per_page=20, reports_per_step=4)
    _drain(steps)
    with store.writing() as conn:  # one transaction of some 350 rows, with everything in it
        for report_id in range(100, 150):
            for row in worlds.life(dice, report_id):
                worlds.write(store, conn, report_id, row)
        for call_id in range(1, 31):
            conn.execute(CALL, [call_id])
        conn.execute("UPDATE paht.unit SET short_name = 'Sở A' WHERE unit_code = 'A'")
    for report_id in range(200, 230):  # and many small ones
        with store.writing() as conn:
            for row in worlds.life(dice, report_id):
                worlds.write(store, conn, report_id, row)
    apply, pieces = steps._apply, []

    def killed_in_the_huge_one(changes, ids, waiting):
        pieces.append(len(ids))
        if len(pieces) == 9:
            raise KeyboardInterrupt
        apply(changes, ids, waiting)

    steps._apply = killed_in_the_huge_one
    with pytest.raises(KeyboardInterrupt):
        _drain(steps)
    ((watermark, waiting, is_behind),) = _rows(mart_url, STATE)
    assert waiting > 0
    assert is_behind
    held = {i for (i,) in _rows(mart_url, "SELECT report_id FROM mart.report WHERE report_id >= 100")}
    assert held
    steps._connection.close()
    again = following(store, mart_url, rows_per_page=20, reports_per_step=4)
    first = again._source.changes(again._since).report_ids
    if ":" in watermark:  # no transaction of another database holds the counter back
        assert not held & set(first.tolist())  # what is done of the huge transaction is not read again
    _drain(again)
    again.step()
    assert _rows(mart_url, STATE)[0][1:] == (0, False)
    clean = new_mart()
    backfill(store, clean)
    assert fingerprint_of(mart_url) == fingerprint_of(clean)
