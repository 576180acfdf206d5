"""What bench_pixel commits in the store: reports in hand that are copies of one that is there, and ratings of one of them."""

import time
from dataclasses import dataclass

import psycopg

CODE = "BENCH-"
OWN_IDS = 1_000_000
"""Ids between the probes' and what others commit beside them."""
PATIENCE_S = 60.0
LOOK_S = 0.01
FIRST_STEPS = ("sent", "received", "dispatched", "accepted")
_REPORT = """
    INSERT INTO paht.report (province_code, report_id, report_code, channel_code, field_code, urgency, secrecy, sent_at,
        lon, lat, commune_code, title, body, sender_id, sender_key)
    SELECT province_code, %(new)s, %(code)s, channel_code, field_code, urgency, secrecy, sent_at,
        lon, lat, commune_code, title, body, sender_id, NULL FROM paht.report
    WHERE province_code = %(province)s AND report_id = %(model)s
"""
_EVENTS = """
    INSERT INTO paht.report_event (province_code, event_id, report_id, kind, at, recorded_at, acting_unit_code,
        target_unit_code, committed_at, reason_code, rating, has_content)
    SELECT province_code, %(event)s + row_number() OVER (ORDER BY at, event_id) - 1, %(new)s, kind, at,
        now() - interval '104 weeks', acting_unit_code, target_unit_code, committed_at, reason_code, rating, has_content
    FROM paht.report_event WHERE province_code = %(province)s AND report_id = %(model)s AND kind = ANY (%(kinds)s)
"""
_RATED = """
    INSERT INTO paht.report_event (province_code, event_id, report_id, kind, at, recorded_at, rating)
    VALUES (%s, %s, %s, 'rated', now() - interval '104 weeks', now() - interval '104 weeks', 2)
"""
_MODELS = """
    SELECT report_id FROM mart.report WHERE province_code = %s AND NOT is_secret AND urgency = 'normal'
    AND outcome = 'on_time' AND published_at IS NOT NULL AND due_at IS NOT NULL LIMIT 500
"""
_IS_PLAIN = """
    SELECT report_id FROM paht.report_event WHERE province_code = %s AND report_id = ANY (%s) GROUP BY report_id
    HAVING bool_and(kind = ANY (%s)) AND count(*) = count(DISTINCT kind) AND bool_or(kind = 'published')
    AND bool_or(kind = 'accepted') LIMIT 1
"""


@dataclass(frozen=True)
class Seen:
    """A probe's commit in the store and in the mart, Unix seconds; the mart's is NaN where it never came."""

    committed_at_s: float
    in_mart_at_s: float


class Probes:
    """Commits probes one by one and waits for the mart to have them; `remove` leaves both sides as they were."""

    def __init__(self, store: psycopg.Connection, mart: psycopg.Connection, province: str) -> None:
        self._store, self._mart, self._province = store, mart, province
        events = "SELECT max(event_id) + 1 FROM"
        (in_store,) = store.execute(f"{events} paht.report_event").fetchone()
        (in_mart,) = mart.execute(f"{events} mart.event WHERE province_code = %s", [province]).fetchone()
        self._event_id = max(in_store, in_mart)
        (self._report_id,) = store.execute("SELECT max(report_id) + 1 FROM paht.report").fetchone()
        self._model = self._plain_report()
        self._rated_id = self._report_id
        self._commit_copy(self._event_id + OWN_IDS, (*FIRST_STEPS, "result", "approved", "published"))
        self._until("report", "report_id", self._rated_id)

    @property
    def rated_code(self) -> str:
        """Code of the published report that `rate` rates."""
        return f"{CODE}{self._rated_id}"

    def new_report(self) -> Seen:
        """One more report in hand, overdue since long."""
        report_id = self._report_id
        committed_at_s = self._commit_copy(self._event_id, FIRST_STEPS)
        self._event_id += len(FIRST_STEPS)
        return Seen(committed_at_s, self._until("report", "report_id", report_id))

    def rate(self) -> Seen:
        """One more rating of the published report."""
        event_id, self._event_id = self._event_id, self._event_id + 1
        with self._store.transaction():
            self._store.execute(_RATED, [self._province, event_id, self._rated_id])
        return Seen(time.time(), self._until("event", "event_id", event_id))

    def remove(self) -> None:
        """Delete the probes in the store as its users do; when the mart has followed, take the rows away."""
        named = "report_code LIKE %s AND report_id >= %s"
        which = [f"{CODE}%", self._rated_id]
        self._store.execute(
            f"UPDATE paht.report SET deleted_at = now() - interval '104 weeks' WHERE {named}", which
        )
        until_s = time.monotonic() + PATIENCE_S
        while self._mart.execute(f"SELECT 1 FROM mart.report WHERE {named} LIMIT 1", which).fetchone():
            if time.monotonic() > until_s:
                raise TimeoutError(f"the mart still holds {CODE}… reports after {PATIENCE_S:.0f} s")
            time.sleep(0.2)
        with self._store.transaction():
            self._store.execute(
                "DELETE FROM paht.report_event WHERE report_id >= %s AND province_code = %s",
                [self._rated_id, self._province],
            )
            self._store.execute(f"DELETE FROM paht.report WHERE {named}", which)

    def _plain_report(self) -> int:
        """A published report that met every step once and nothing else."""
        models = [row[0] for row in self._mart.execute(_MODELS, [self._province]).fetchall()]
        kinds = [*FIRST_STEPS, "result", "approved", "published", "rated", "completed"]
        found = self._store.execute(_IS_PLAIN, [self._province, models, kinds]).fetchone()
        if found is None:
            raise LookupError("the store has no report that simply went through: use another store")
        return int(found[0])

    def _commit_copy(self, event_id: int, kinds: tuple[str, ...]) -> float:
        new, self._report_id = self._report_id, self._report_id + 1
        values = {
            "new": new,
            "code": f"{CODE}{new}",
            "model": self._model,
            "province": self._province,
            "event": event_id,
            "kinds": list(kinds),
        }
        with self._store.transaction():
            self._store.execute(_REPORT, values)
            self._store.execute(_EVENTS, values)
        return time.time()

    def _until(self, table: str, column: str, value: int) -> float:
        """When the mart showed the row."""
        query = f"SELECT 1 FROM mart.{table} WHERE province_code = %s AND {column} = %s"
        until_s = time.monotonic() + PATIENCE_S
        while self._mart.execute(query, [self._province, value]).fetchone() is None:
            if time.monotonic() > until_s:
                return float("nan")
            time.sleep(LOOK_S)
        return time.time()
