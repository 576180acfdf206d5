"""Small stores for the ETL's tests: a demo store in PostgreSQL, and lives of reports written into it by hand or dice."""

import random
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg

from etl.store import demo

PROVINCE = "94"
IOC = "IOC"
UNITS = ("A", "B", "C")
FIRST = datetime(2024, 3, 4, 1, 0, tzinfo=UTC)  # Monday 08:00 in Vietnam
# A point in the ward that the store names, one swapped, one at 0,0, one missing.
PLACES = [(105.9735, 9.6025), (105.80, 9.75), (9.6025, 105.9735), (0.0, 0.0), (None, None)]
FIELDS = ("traffic", "waste")


class Store:
    """A demo store and the hand that writes it, as its owner."""

    def __init__(self, owner_url: str, *, is_made: bool = False) -> None:
        """is_made: the database is a copy of another one's."""
        self.owner_url = owner_url
        # The contract's reader, with its grants and nothing more.
        self.reader_url = f"{owner_url}{'&' if '?' in owner_url else '?'}options=-c%20role%3D{demo.READER}"
        self.next_event_id = 1
        if not is_made:
            demo.init(owner_url)
            self._begin()

    def _begin(self) -> None:
        """Units, fields, channels and a citizen."""
        with self.writing() as conn:
            rows = [(IOC, "ioc", None), *[(u, "department", IOC) for u in UNITS]]
            for code, level, parent in rows:
                conn.execute(
                    "INSERT INTO paht.unit (province_code, unit_code, name, short_name, level, parent_unit_code)"
                    " VALUES (%s, %s, %s, %s, %s, %s)",
                    [PROVINCE, code, code, code, level, parent],
                )
            for table, codes in (("field", FIELDS), ("channel", ("app", "hotline"))):
                for i, code in enumerate(codes):
                    conn.execute(
                        f"INSERT INTO paht.{table} (province_code, {table}_code, name_vi, name_en, sort_order)"
                        " VALUES (%s, %s, %s, %s, %s)",
                        [PROVINCE, code, code, code, i],
                    )
            conn.execute(
                "INSERT INTO paht.citizen (citizen_id, full_name, phone, cccd, address)"
                " VALUES (1, 'Nguyễn Văn Thử', '0900000000', '094000000000', 'Sóc Trăng')"
            )

    @contextmanager
    def writing(self):
        """A connection of the owner; commits at the end."""
        with psycopg.connect(self.owner_url) as conn:
            yield conn

    def report(self, conn, report_id, sent_at=FIRST, **columns):
        """Insert or replace one report."""
        row = {
            "province_code": PROVINCE,
            "report_id": report_id,
            "report_code": f"PA-{report_id}",
            "channel_code": "app",
            "field_code": "traffic",
            "urgency": "normal",
            "secrecy": "none",
            "sent_at": sent_at,
            "lon": PLACES[0][0],
            "lat": PLACES[0][1],
            "commune_code": None,
            "title": "ổ gà",
            "body": "ổ gà trước nhà",
            "sender_id": 1,
            "sender_key": "k1",
            **columns,
        }
        names = ", ".join(row)
        conn.execute(
            f"INSERT INTO paht.report ({names}) VALUES ({', '.join(['%s'] * len(row))})"
            f" ON CONFLICT (report_id) DO UPDATE SET ({names}) = ROW ({', '.join(f'excluded.{n}' for n in row)})",
            list(row.values()),
        )

    def event(self, conn, report_id, kind, at, **columns):
        """Append one event; returns its id."""
        event_id = columns.pop("event_id", None) or self.next_event_id
        self.next_event_id = max(self.next_event_id, event_id) + 1
        row = {
            "province_code": PROVINCE,
            "event_id": event_id,
            "report_id": report_id,
            "kind": kind,
            "at": at,
            "recorded_at": columns.pop("recorded_at", at),
            **columns,
        }
        conn.execute(
            f"INSERT INTO paht.report_event ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})",
            list(row.values()),
        )
        return event_id


def life(dice: random.Random, report_id: int) -> list[tuple[str, dict]]:
    """One report's rows in the order in which they happen: ('report', columns) and (kind, event columns)."""
    lon, lat = dice.choice(PLACES)
    at = FIRST + timedelta(minutes=dice.randrange(60 * 24 * 200))
    report = {
        "sent_at": at,
        "lon": lon,
        "lat": lat,
        "field_code": dice.choice(FIELDS),
        "channel_code": dice.choice(("app", "hotline")),
        "urgency": dice.choice(("normal", "normal", "normal", "urgent", "instant")),
        "secrecy": dice.choice(("none", "none", "none", "sender", "state")),
        "sender_key": f"k{dice.randrange(3)}",
    }
    unit = dice.choice(UNITS)
    other = dice.choice([u for u in UNITS if u != unit])
    steps: list[tuple[str, dict]] = [("sent", {}), ("received", {"acting_unit_code": IOC})]
    ending = dice.random()
    if ending < 0.1:
        steps += [("refused", {"acting_unit_code": IOC, "reason_code": "thin"})]
    elif ending < 0.15:
        steps += [("withdrawn", {})]
    else:
        steps += [("dispatched", {"acting_unit_code": IOC, "target_unit_code": unit})]
        if dice.random() < 0.2:
            steps += [
                ("returned_wrong", {"acting_unit_code": unit, "reason_code": "wrong"}),
                ("dispatched", {"acting_unit_code": IOC, "target_unit_code": other}),
            ]
            unit = other
        steps += [("accepted", {"acting_unit_code": unit})]
        if dice.random() < 0.2:
            steps += [("extended", {"acting_unit_code": unit, "committed_at": at + timedelta(days=20)})]
        steps += [
            ("result", {"acting_unit_code": unit, "has_content": True}),
            ("approved", {"acting_unit_code": unit}),
            ("published", {"acting_unit_code": IOC}),
        ]
        if dice.random() < 0.4:
            steps += [("rated", {"rating": dice.choice((1, 2, 3))})]
    steps = steps[: dice.randrange(1, len(steps) + 1)] if dice.random() < 0.4 else steps
    rows: list[tuple[str, dict]] = [("report", report)]
    for kind, columns in steps:
        rows.append((kind, {"at": at, **columns}))
        at += timedelta(seconds=dice.randrange(60, 3 * 86_400))
    return rows


def write(store: Store, conn, report_id: int, row: tuple[str, dict]) -> None:
    """Write one row of a life."""
    kind, columns = row
    if kind == "report":
        store.report(conn, report_id, **columns)
    else:
        store.event(conn, report_id, kind, **columns)


def fill(store: Store, reports: int, seed: int = 1) -> None:
    """Whole lives of some reports, in one transaction."""
    dice = random.Random(seed)
    with store.writing() as conn:
        for report_id in range(1, reports + 1):
            for row in life(dice, report_id):
                write(store, conn, report_id, row)


def told(lines):
    """Lines of an inventory in one order; what says nothing is left out."""
    rows = [
        tuple(line.values())
        for line in lines.to_pylist()
        if line["report_id"] is not None or line["unit_code"] is not None
    ]
    return sorted(rows, key=repr)
