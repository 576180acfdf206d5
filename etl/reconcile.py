"""Reconciles store and mart: compares them (etl/comparison.py, differences.py), writes down what was found, and mends what differs."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import text

from etl import daily, increment, load, operations, side
from etl.comparison import Comparison
from etl.differences import Found
from etl.facts import Judging
from etl.guard import build
from etl.migrate import engine_of
from etl.quarantine import SCHEMA as COMPLAINT
from etl.quarantine import Complaints
from etl.sources.record import Source
from kpi.clock import Clock
from kpi.rulebook import Rulebook

PATIENCE_S = 5.0
"""Differences are looked at again for so long: the follower may just be writing them."""


def reconcile(
    source: Source,
    mart_url: str,
    rulebook: Rulebook,
    clock: Clock,
    *,
    repair: bool = False,
    patience_s: float = PATIENCE_S,
) -> Found:
    """Compare everything; write mart.reconciliation, reconciliation_unit, the run log. `repair` reads the differing reports again.

    Raises SourceError; LoadError when repairing while another ETL process leads.
    """
    engine = engine_of(mart_url)
    try:
        run = operations.Run(
            source.province_code, "reconcile", source.name, rulebook.version, operations.WORLD.now()
        )
        with engine.connect() as connection:
            comparison = Comparison(source, connection, patience_s)
            found = comparison.run()
            if repair and not found.is_equal:
                _repair(source, connection, rulebook, clock, found.differing)
                repaired = len(found.differing)
                comparison = Comparison(source, connection, patience_s)
                found = comparison.run()
                found.repaired = repaired
            with connection.begin():
                comparison.write(clock.now())
                run.counts = {k: v for k, v in found.as_dict().items() if type(v) is int}
                run.write(connection, operations.WORLD.now())
        return found
    finally:
        engine.dispose()


def _repair(
    source: Source, connection: sa.Connection, rulebook: Rulebook, clock: Clock, report_ids: Iterable[int]
) -> None:
    """Read the reports again and write what differs; leaves the watermark alone."""
    code = source.province_code
    if not load.take_lead(connection, code):
        raise load.BusyError("another ETL process leads: stop `ioc etl follow` before repairing")
    connection.commit()
    ids = sorted(report_ids)
    with connection.begin():
        increment.prepare(connection)
        watermark = operations.watermark_of(connection, code, source.name) or ""
    whole, complaints = source.read_side(), Complaints()
    tables = side.tables(whole, code, complaints)
    judging = Judging(code, rulebook, side.ioc_unit(whole))
    for at in range(0, max(len(ids), 1), 2_000):
        piece, is_first = ids[at : at + 2_000], at == 0
        run = operations.Run(code, "follow", source.name, rulebook.version, operations.WORLD.now())
        step = increment.Increment(
            report_ids=piece,
            facts=build(source.read_ids(piece), judging),
            side=tables if is_first else None,
            side_ids=dict.fromkeys(side.KEYS),
            side_complaints=complaints.table() if is_first else COMPLAINT.empty_table(),
            old_watermark=watermark,
            watermark=watermark,
            now=clock.now(),
            last_event_at=None,
            knows_unnumbered=is_first and whole.unnumbered is not None,
        )
        with connection.begin():
            increment.apply(connection, step, run)
    # Whoever changed the mart behind the ETL's back did not keep the daily counts: they are counted anew.
    with connection.begin():
        for name in daily.TABLES:
            connection.execute(text(f"DELETE FROM mart.{name} WHERE province_code = :code"), {"code": code})
            recount = daily.insert(
                name, f"mart.{name}", f"mart.{daily.facts_of(name)}", condition="f.province_code = :code"
            )
            connection.execute(text(recount), {"code": code})
