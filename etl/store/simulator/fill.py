"""Fills an empty demo store with a world's past, by binary COPY, with keys and indexes built at the end."""

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pyarrow as pa
from adbc_driver_postgresql import dbapi

from etl.store import demo
from etl.store.simulator import registers, world
from etl.store.simulator.setting import Setting, instant

CHUNK = 25_000
Progress = Callable[[int, int], None]
"""Told (reports written, reports in all)."""


class NotEmptyError(Exception):
    """The store is filled already."""


def fill(owner_url: str, setting: Setting, now: int, progress: Progress) -> int:
    """Write everything that the store was told until `now` (Unix seconds). Returns the number of reports.

    A fill that was interrupted starts anew: only a finished one leaves a row in paht.simulation. Raises NotEmptyError.
    """
    reports = setting.arrivals.sent_until(now)
    units = registers.unit_rows(
        setting, registers.local_date(now)
    )  # a world that cannot be fails before anything is lost
    with psycopg.connect(owner_url) as conn:
        if conn.execute("SELECT 1 FROM paht.simulation").fetchone():
            raise NotEmptyError(
                "the store is filled already: continue it with --follow, or use `ioc store init --recreate`"
            )
        conn.execute(
            "TRUNCATE paht.unit, paht.field, paht.channel, paht.citizen, paht.report, paht.report_event,"
            " paht.hotline_call, paht.directive"
        )
        demo.drop_keys(conn)
    _bulk(owner_url, setting, reports, now, progress)
    with psycopg.connect(owner_url) as conn:
        conn.execute("SET maintenance_work_mem = '512MB'")
        demo.add_keys(conn)
        write_small_tables(conn, setting, units)
        save(conn, setting, now)
    with psycopg.connect(owner_url, autocommit=True) as conn:
        conn.execute(
            "VACUUM (ANALYZE) paht.report, paht.report_event, paht.citizen, paht.unit, paht.hotline_call"
        )
    return reports


def _bulk(owner_url: str, setting: Setting, reports: int, now: int, progress: Progress) -> None:
    """One chunk is made while the one before is on its way to the database."""
    with dbapi.connect(owner_url) as conn, ThreadPoolExecutor(1) as writer:
        pending: list[Future[None]] = []

        def send(table: str, rows: pa.Table) -> None:
            pending.append(writer.submit(_ingest, conn, table, rows))

        for first in range(1, registers.citizens_at(setting, reports) + 1, CHUNK):
            last = min(first + CHUNK - 1, registers.citizens_at(setting, reports))
            send("citizen", registers.citizen_table(setting, first, last))
        for first in range(1, reports + 1, CHUNK):
            last = min(first + CHUNK - 1, reports)
            block = world.make_block(setting, first, last)
            send("report", block.report_table(block.new_reports(0, now), now))
            send("report_event", block.event_table(block.new_events(0, now)))
            send("hotline_call", registers.call_table(setting, first, last, 0, now))
            while len(pending) > 6:  # bounded memory
                pending.pop(0).result()
            progress(last, reports)
        send("directive", registers.directive_table(setting, 0, now))
        for future in pending:
            future.result()
        conn.commit()


def _ingest(conn: dbapi.Connection, table: str, rows: pa.Table) -> None:
    with conn.cursor() as cursor:
        cursor.adbc_ingest(table, rows, mode="append", db_schema_name="paht")


def write_small_tables(conn: psycopg.Connection, setting: Setting, units: list[tuple[object, ...]]) -> None:
    """Units (rows of registers.unit_rows), fields and channels; rows that did not change are left alone."""
    _upsert(conn, "unit", "unit_code", units)
    _upsert(conn, "field", "field_code", registers.category_rows(setting, "fields"))
    _upsert(conn, "channel", "channel_code", registers.category_rows(setting, "channels"))


_COLUMNS = {
    "unit": "province_code unit_code name short_name level parent_unit_code district_code commune_code valid_from valid_to",
    "field": "province_code field_code name_vi name_en sort_order",
    "channel": "province_code channel_code name_vi name_en sort_order",
}


def _upsert(conn: psycopg.Connection, table: str, key: str, rows: list[tuple[object, ...]]) -> None:
    columns = _COLUMNS[table].split()
    values = ", ".join(["%s"] * len(columns))
    updates = ", ".join(f"{c} = EXCLUDED.{c}" for c in columns if c != key)
    with conn.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO paht.{table} AS old ({', '.join(columns)}) VALUES ({values})"
            f" ON CONFLICT ({key}) DO UPDATE SET {updates}"
            f" WHERE ({', '.join(f'old.{c}' for c in columns)})"
            f" IS DISTINCT FROM ({', '.join(f'EXCLUDED.{c}' for c in columns)})",
            rows,
        )


def save(conn: psycopg.Connection, setting: Setting, revealed_until: int) -> None:
    """Remember in the store itself which world it shows and until when."""
    conn.execute(
        "INSERT INTO paht.simulation (world, revealed_until) VALUES (%s, %s) ON CONFLICT (only_one)"
        " DO UPDATE SET world = EXCLUDED.world, revealed_until = EXCLUDED.revealed_until",
        [json.dumps(setting.to_json()), instant(revealed_until)],
    )
