"""Random facts that keep the mart's invariants, written straight into a migrated mart: what the queries are tested on.

Not a model of the law: only reports, lead assignments, stages, ratings and places that agree with each other.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert

from kpi import mart
from kpi.clock import LOCAL

PROVINCE = "94"
NOW = datetime(2024, 11, 20, 7, 35, tzinfo=UTC)  # Wednesday 20/11/2024 14:35 at +07:00
FIRST = datetime(2023, 9, 1, tzinfo=UTC)
DISTRICTS = ("941", "942", "943", "")
FIELDS = ("giao-thong", "moi-truong", "dien")
CHANNELS = ("app", "phone")
UNITS = {
    "IOC": "ioc",
    "SGTVT": "department",
    "STNMT": "department",
    "TPST": "district",
    "MX": "district",
    "DL": "utility",
}
LEADS = tuple(code for code in UNITS if code != "IOC")
Row = dict[str, Any]


class Facts:
    """Rows by table name, built from one seed."""

    def __init__(self, seed: int, reports: int, now: datetime = NOW) -> None:
        self.random = random.Random(seed)
        self.now = now
        self.rows: dict[str, list[Row]] = {
            name: [] for name in ("report", "assignment", "stage", "hold", "event")
        }
        self.rows |= {"report_detail": [], "hotline_call": [], "directive": []}
        for report_id in range(1, reports + 1):
            self._report(report_id)
        self._calls_and_directives()

    def write(self, engine: Engine) -> None:
        """Insert everything, dimensions too."""
        with engine.begin() as conn:
            conn.execute(insert(mart.unit), [_unit(code, level) for code, level in UNITS.items()])
            conn.execute(insert(mart.category), _categories())
            conn.execute(insert(mart.place), _places())
            for name, rows in self.rows.items():
                if rows:
                    conn.execute(insert(mart.metadata.tables[f"mart.{name}"]), rows)

    def _at_an_edge(self, at: datetime) -> datetime:
        """Now and then exactly the instant at which a period ends and the next begins: the 15th, 00:00 at +07:00."""
        if self.random.random() > 0.05:
            return at
        edge = at.astimezone(LOCAL).replace(day=15, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        return edge if FIRST <= edge < self.now else at

    # One report --------------------------------------------------------------------------------------------------

    def _report(self, report_id: int) -> None:
        pick = self.random
        district = pick.choices(DISTRICTS, (5, 3, 2, 1))[0]
        cut: Row = {
            "district_code": district,
            "commune_code": f"{district}0{pick.randint(1, 2)}" if district else "",
            "field_code": pick.choice(FIELDS),
            "channel_code": pick.choice(CHANNELS),
            "urgency": pick.choices(("normal", "urgent", "instant"), (20, 2, 1))[0],
        }
        span_s = int((self.now - FIRST).total_seconds())
        sent_at = self._at_an_edge(FIRST + timedelta(seconds=pick.randrange(span_s)))
        row: Row = {
            "province_code": PROVINCE, "report_id": report_id, "report_code": f"PA-{report_id:06}", **cut,
            "is_secret": pick.random() < 0.03, "place_flag": "point" if district else "none", "regulation_id": "soctrang-2024",
            "sent_at": sent_at, "lead_unit_code": "", "status": "open", "stage": "receive", "outcome": "", "closed_at": None,
            "due_at": None, "base_due_at": None, "holder_kind": "ioc", "holder_unit_code": "IOC", "dispatched_at": None,
            "last_dispatched_at": None, "approved_at": None, "published_at": None, "is_extended": False, "late_s": None,
            "handled_s": None, "rating": None, "rated_at": None, "refused_reason": None, "repeats_report_id": None,
            "received_at": None, "lon_coarse": None, "lat_coarse": None, "last_event_at": sent_at, "last_recorded_at": sent_at,
        }  # fmt: skip
        if district and not row["is_secret"]:
            row["lon_coarse"], row["lat_coarse"] = (
                105.9 + pick.randint(0, 60) * 0.005,
                9.4 + pick.randint(0, 60) * 0.005,
            )
        leads = self._life(row, cut)
        row["holder_unit_codes"] = sorted({"IOC", *leads})
        self.rows["report"].append(row)
        if not row["is_secret"]:
            self._detail(row)

    def _life(self, row: Row, cut: Row) -> list[str]:
        """Fill the milestones of one report; returns every lead unit that it had."""
        pick, at = self.random, row["sent_at"]
        if pick.random() < 0.04 and at < self.now - timedelta(days=1):
            return self._withdrawn_before_dispatch(row, cut)
        early_end = pick.choices(("", "refused", "withdrawn", "merged", "passed_on"), (80, 6, 2, 2, 2))[0]
        dispatch_at = self._stage(
            row, cut, "dispatch", "IOC", at, timedelta(hours=4), timedelta(hours=pick.uniform(0, 5))
        )
        if dispatch_at is None:
            return []
        if early_end:
            row.update(status=early_end, closed_at=dispatch_at, stage="", holder_kind="", holder_unit_code="")
            row["refused_reason"] = "out_of_scope" if early_end == "refused" else None
            return []
        leads: list[str] = []
        self._hold(row, "ioc", "IOC", at, dispatch_at)
        at = dispatch_at
        while True:
            unit = pick.choices(LEADS, (6, 4, 5, 2, 1))[0]
            leads.append(unit)
            at_back = self._assignment(row, cut, unit, len(leads), at)
            if at_back is None:
                return leads
            row.update(
                holder_kind="ioc", holder_unit_code="IOC", due_at=None, base_due_at=None, is_extended=False
            )
            at = at_back + timedelta(hours=pick.uniform(0.1, 30))
            if at >= self.now:
                return leads

    def _withdrawn_before_dispatch(self, row: Row, cut: Row) -> list[str]:
        """The dispatch that never was fell due when the report was withdrawn, a second before, or a second after."""
        at = row["sent_at"]
        self._stage(row, cut, "dispatch", "IOC", at, timedelta(hours=4), timedelta(days=10_000))
        stage = self.rows["stage"][-1] | {"done_at": None, "is_on_time": None, "worked_s": None}
        self.rows["stage"][-1] = stage
        closed_at = at + timedelta(hours=4, seconds=self.random.choice((-1, 0, 1)))
        row.update(status="withdrawn", closed_at=closed_at, stage="", holder_kind="", holder_unit_code="")
        return []

    def _assignment(self, row: Row, cut: Row, unit: str, seq: int, from_at: datetime) -> datetime | None:
        """One lead assignment; when it comes back as wrong authority, the instant of that, else None."""
        pick = self.random
        limit = timedelta(days=8) if pick.random() > 0.05 else None
        is_extended = limit is not None and pick.random() < 0.1
        due_at = from_at + limit * (2 if is_extended else 1) if limit else None
        if due_at:
            due_at = max(self._at_an_edge(due_at), from_at)
        is_returned = seq < 3 and pick.random() < 0.1
        took = (
            timedelta(days=pick.uniform(0.2, 2)) if is_returned else timedelta(days=pick.gammavariate(4, 1.9))
        )
        ended_at = (from_at + took).replace(microsecond=0)
        if due_at and pick.random() < 0.02:
            ended_at = due_at
        ended_at = max(self._at_an_edge(ended_at), from_at + timedelta(seconds=1))
        if due_at and ended_at >= self.now and pick.random() < 0.15:
            due_at = self.now
        row.update(
            lead_unit_code=unit, due_at=due_at, base_due_at=due_at, is_extended=is_extended, holder_kind="lead",
            holder_unit_code=unit, last_dispatched_at=from_at, dispatched_at=row["dispatched_at"] or from_at, stage="handle",
        )  # fmt: skip
        outcome = (
            ("none" if due_at is None else "on_time" if ended_at <= due_at else "late")
            if not is_returned
            else ""
        )
        is_open = ended_at >= self.now
        self._hold(row, "lead", unit, from_at, None if is_open else ended_at)
        self.rows["assignment"].append(
            {
                "province_code": PROVINCE, "report_id": row["report_id"], "seq": seq, "unit_code": unit, "part": "lead", **cut,
                "from_at": from_at, "ended_at": None if is_open else ended_at, "due_at": due_at, "base_due_at": due_at,
                "ended_by": "" if is_open else "returned_wrong" if is_returned else "approved", "is_extended": is_extended,
                "outcome": "" if is_open else outcome, "held_s": None if is_open else int(took.total_seconds() / 3),
                "late_s": int((ended_at - due_at).total_seconds() / 3) if outcome == "late" and not is_open and due_at else None,
            }
        )  # fmt: skip
        if is_returned:
            self._stage(row, cut, "return_wrong", unit, from_at, timedelta(days=1), took)
            return None if is_open else ended_at
        if not is_open:
            self._done(row, cut, unit, ended_at, outcome)
        return None

    def _done(self, row: Row, cut: Row, unit: str, at: datetime, outcome: str) -> None:
        pick = self.random
        row.update(
            status="done",
            closed_at=at,
            approved_at=at,
            outcome=outcome,
            stage="",
            holder_kind="",
            holder_unit_code="",
        )
        row["handled_s"] = 3600
        self._event(row, "result", at, unit, has_content=pick.random() > 0.1)
        published_at = at + timedelta(hours=pick.uniform(0.1, 6))
        if published_at < self.now:
            row["published_at"] = published_at
            rated_at = published_at + timedelta(days=pick.uniform(0, 20))
            if pick.random() < 0.35 and rated_at < self.now:
                row.update(rating=pick.choices((3, 2, 1), (6, 2, 2))[0], rated_at=rated_at)
            if pick.random() < 0.2:
                self._stage(
                    row,
                    cut,
                    "clarify",
                    unit,
                    published_at,
                    timedelta(days=2),
                    timedelta(days=pick.uniform(0.1, 90)),
                )
        if pick.random() < 0.05 and row["report_id"] > 1:
            row["repeats_report_id"] = pick.randrange(1, row["report_id"])

    def _stage(
        self, row: Row, cut: Row, stage: str, unit: str, start_at: datetime, limit: timedelta, took: timedelta
    ) -> datetime | None:
        took = limit if self.random.random() < 0.05 else took
        done_at = (start_at + took).replace(microsecond=0)
        is_done = done_at < self.now
        if start_at >= self.now:
            return None
        number = sum(s["report_id"] == row["report_id"] for s in self.rows["stage"][-9:]) + 1
        due_at = start_at + limit
        self.rows["stage"].append(
            {
                "province_code": PROVINCE, "report_id": row["report_id"], "seq": number, "stage": stage, "unit_code": unit, **cut,
                "start_at": start_at, "due_at": due_at, "done_at": done_at if is_done else None,
                "is_on_time": done_at <= due_at if is_done else None, "worked_s": int(took.total_seconds() / 3) if is_done else None,
                "article": "Đ7.3", "borrowed_from": "",
            }
        )  # fmt: skip
        return done_at if is_done else None

    def _hold(self, row: Row, holder: str, unit: str, from_at: datetime, to_at: datetime | None) -> None:
        number = sum(h["report_id"] == row["report_id"] for h in self.rows["hold"][-9:]) + 1
        self.rows["hold"].append(
            {
                "province_code": PROVINCE, "report_id": row["report_id"], "seq": number, "holder_kind": holder, "unit_code": unit,
                "from_at": from_at, "to_at": to_at, "district_code": row["district_code"],
                "working_s": int((to_at - from_at).total_seconds() / 3) if to_at else None,
            }
        )  # fmt: skip

    def _event(self, row: Row, kind: str, at: datetime, unit: str, **columns: object) -> None:
        self.rows["event"].append(
            {
                "province_code": PROVINCE, "event_id": len(self.rows["event"]) + 1, "report_id": row["report_id"], "kind": kind,
                "at": at, "recorded_at": at, "acting_unit_code": unit, "district_code": row["district_code"],
                **columns,
            }
        )  # fmt: skip

    def _detail(self, row: Row) -> None:
        has_point = row["lon_coarse"] is not None
        self.rows["report_detail"].append(
            {
                "province_code": PROVINCE, "report_id": row["report_id"], "title": f"Tiêu đề {row['report_id']}", "body": "=1+1",
                "lon": row["lon_coarse"] + 0.001 if has_point else None, "lat": row["lat_coarse"] + 0.001 if has_point else None,
                "district_code": row["district_code"], "holder_unit_codes": row["holder_unit_codes"],
            }
        )  # fmt: skip

    def _calls_and_directives(self) -> None:
        pick, days = self.random, (self.now - FIRST).days
        for call_id in range(1, 200):
            at = FIRST + timedelta(days=pick.uniform(0, days - 1))
            self.rows["hotline_call"].append(
                {"province_code": PROVINCE, "call_id": call_id, "unit_code": pick.choice(LEADS), "called_at": at,
                 "is_answered": pick.random() < 0.8, "transferred_at": None}
            )  # fmt: skip
        for number in range(1, 12):
            on = (FIRST + timedelta(days=pick.randrange(days))).date()
            self.rows["directive"].append(
                {"province_code": PROVINCE, "directive_id": number, "unit_code": pick.choice(LEADS), "issued_on": on,
                 "number": f"{number}/UBND"}
            )  # fmt: skip


def _unit(code: str, level: str) -> Row:
    name = f"Đơn vị {code}"
    return {
        "province_code": PROVINCE,
        "unit_code": code,
        "name": name,
        "short_name": code,
        "level": level,
        "sort_key": code,
    }


def _categories() -> list[Row]:
    kinds = [("field", code) for code in FIELDS] + [("channel", code) for code in CHANNELS]
    return [
        {
            "province_code": PROVINCE,
            "kind": kind,
            "code": code,
            "name_vi": f"Tên {code}",
            "name_en": code,
            "sort_order": place,
        }
        for place, (kind, code) in enumerate(kinds)
    ]


def _places() -> list[Row]:
    districts = [code for code in DISTRICTS if code]
    return [
        {"province_code": PROVINCE, "place_code": code, "valid_from": FIRST.date(), "name": code, "full_name": f"Huyện {code}",
         "level": "district", "kind": "huyện", "parent_code": PROVINCE, "sort_key": code}
        for code in districts
    ]  # fmt: skip
