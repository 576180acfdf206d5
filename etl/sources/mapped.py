"""From a foreign source's rows, under its mapping, to rows of the store contract and complaints about the rest. Pure."""

import hashlib
import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from etl.quarantine import Complaints
from etl.sources.mapping import EVENTS_MOST, SourceMapping
from etl.sources.record import CATEGORY, EVENT, PLACE, REPORT, UNIT, Batch, Side
from geo.text import fold

ID_BITS = 53
CODE_LENGTH = 40
REF, PROBLEM = "\0ref", "\0problem"
"""Columns that a reader adds: where the row stands ("file.csv:12"), and why it cannot be read at all ('' = it can)."""
CHANNEL = "\0channel"
"""The channel of each row: its column, or the one that the mapping gives those without."""
_REPORT_WITH_DISTRICT = REPORT.append(pa.field("district_code", pa.string()))
_NUL = "\x00"


def code_of(value: str) -> str:
    """A value as a code that addresses and filters take: "Noise - Residential" -> "noise-residential"."""
    code = re.sub(r"[^a-z0-9]+", "-", fold(value)).strip("-")
    if code and len(code) <= CODE_LENGTH:
        return code
    digest = hashlib.blake2b(value.encode(), digest_size=4).hexdigest()
    return f"{code[: CODE_LENGTH - 9]}-{digest}".strip("-")


def id_of(code: str) -> int:
    """The report's number: the code itself where it is a number, else its hash; below 2^53 either way."""
    if code.isascii() and code.isdigit() and int(code) < 2**ID_BITS:
        return int(code)
    return int.from_bytes(hashlib.blake2b(code.encode(), digest_size=8).digest(), "big") >> (64 - ID_BITS)


class Mapped:
    """Rows of one reading: columns of the mapping as text (None = empty) or instants, and REF, PROBLEM."""

    def __init__(self, rows: pd.DataFrame, mapping: SourceMapping) -> None:
        self.mapping = mapping
        self.complaints = Complaints()
        self._rows = self._cleaned(rows)
        self._instants: dict[str, pd.Series] = {}
        self._refuse_unusable()

    def _cleaned(self, rows: pd.DataFrame) -> pd.DataFrame:
        rows = rows.reset_index(drop=True)
        with_nul = {}
        for name in self.mapping.columns:
            text = rows[name].map(lambda v: v.strip() if isinstance(v, str) else v)
            with_nul[name] = text.map(lambda v: isinstance(v, str) and _NUL in v).astype(bool)
            text = text.map(lambda v: v.replace(_NUL, "�") if isinstance(v, str) else v)
            rows[name] = text.where(~text.isin(self.mapping.empty) & text.notna(), None).astype(object)
        c = self.mapping.report
        rows[CHANNEL] = rows[c.channel] if c.channel else None
        for name, otherwise in ((c.unit, c.unit_if_empty), (CHANNEL, c.channel_if_empty)):
            if otherwise is not None:
                rows[name] = rows[name].where(rows[name].notna(), otherwise)
        codes = rows[self.mapping.report.code]
        rows["report_id"] = pd.array(
            [id_of(str(code)) if pd.notna(code) else None for code in codes], "Int64"
        )
        for name, wrong in with_nul.items():
            self._complain(rows, wrong, name, "có ký tự NUL; ký tự đó được thay bằng “�”. Sửa tệp nguồn.")
        return rows

    def _refuse_unusable(self) -> None:
        """Rows without what a report cannot be without go to the quarantine whole."""
        rows, columns = self._rows, self.mapping.report
        bad = rows[PROBLEM] != ""
        for problem, some in rows[bad].groupby(PROBLEM):
            self._complain(rows, rows.index.isin(some.index), "*", str(problem))
        for name in (columns.code, columns.sent_at, columns.unit):
            empty = rows[name].isna() & ~bad
            self._complain(rows, empty, name, "để trống; cả dòng không được tính. Điền tại nguồn.")
            bad |= empty
        bad |= self.instant(columns.sent_at).isna()
        self._rows = rows[~bad].reset_index(drop=True)
        self._instants = {
            name: series[~bad].reset_index(drop=True) for name, series in self._instants.items()
        }

    def _complain(self, rows: pd.DataFrame, wrong: Any, field: str, reason: str) -> None:
        for ref, report_id in rows.loc[np.asarray(wrong, dtype=bool), [REF, "report_id"]].itertuples(
            index=False
        ):
            self.complaints.add_row(
                ref, field, f"{field}: {reason}", None if pd.isna(report_id) else report_id
            )

    def instant(self, name: str) -> pd.Series:
        """A column as UTC instants; complains once of what is no instant of the declared formats and zone."""
        if name not in self._instants:
            self._instants[name] = self._read_instant(name)
        return self._instants[name]

    def _read_instant(self, name: str) -> pd.Series:
        raw = self._rows[name]
        found = pd.Series(pd.NaT, index=raw.index, dtype="datetime64[us, UTC]")
        for style in self.mapping.instants:
            todo = raw[found.isna() & raw.notna()]
            if len(todo):
                found[todo.index] = _parsed(todo, style, self.mapping.zone)
        wrong = raw.notna() & found.isna() & (self._rows[PROBLEM] == "")
        styles = ", ".join(self.mapping.instants)
        reason = f"không phải thời điểm theo mẫu {styles} ở {self.mapping.zone} (hoặc giờ không tồn tại khi đổi giờ mùa hè). Sửa tại nguồn."
        self._complain(self._rows, wrong, name, reason)
        return found

    # ------------------------------------------------------------- the contract's rows

    def batch(self) -> Batch:
        """REPORT with district_code, EVENT, and what was complained of."""
        reports = self._reports()
        events = self._events()
        return Batch(reports, events, self.complaints.table())

    def _reports(self) -> pa.Table:
        rows, c = self._rows, self.mapping.report
        none = pd.Series(None, index=rows.index, dtype=object)

        def coded(name: str | None) -> pd.Series:
            return rows[name].map(code_of, na_action="ignore") if name else none

        values = {
            "report_id": rows["report_id"].astype("int64"),
            "report_code": rows[c.code].astype(str),
            "channel_code": coded(CHANNEL),
            "field_code": coded(c.field),
            "urgency": "normal",
            "secrecy": "none",
            "sent_at": self.instant(c.sent_at),
            "lon": self._number(c.lon),
            "lat": self._number(c.lat),
            "commune_code": coded(c.commune),
            "title": rows[c.title] if c.title else none,
            "body": rows[c.body] if c.body else none,
            "sender_key": none,
            "deleted_at": pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us, UTC]"),
            "district_code": coded(c.district),
        }
        return _table(pd.DataFrame(values, index=rows.index), _REPORT_WITH_DISTRICT)

    def _number(self, name: str | None) -> pd.Series:
        if name is None:
            return pd.Series(np.nan, index=self._rows.index)
        raw = self._rows[name]
        found = pd.to_numeric(raw, errors="coerce").astype(float)
        self._complain(
            self._rows,
            raw.notna() & found.isna(),
            name,
            "không phải số; phản ánh vẫn được tính, không có vị trí.",
        )
        return found

    def _events(self) -> pa.Table:
        rows, ioc = self._rows, self.mapping.ioc.code
        unit = rows[self.mapping.report.unit].map(code_of, na_action="ignore")
        parts = []
        for place, event in enumerate(self.mapping.events):
            at = self.instant(event.at)
            allowed = at >= self.instant(self.mapping.report.sent_at)
            self._complain(
                rows, at.notna() & ~allowed, event.at, "đứng trước lúc phản ánh được gửi; không tính. Sửa tại nguồn."
            )  # fmt: skip
            for name, values in event.only_if.items():
                allowed &= rows[name].isin(values)
            self._complain(
                rows, at.notna() & ~allowed, event.at,
                f"có thời điểm nhưng {', '.join(event.only_if)} không cho phép; không tính là đã xong. Sửa tại nguồn.",
            )  # fmt: skip
            due = (
                self.instant(event.due) if event.due else pd.Series(pd.NaT, index=rows.index, dtype=at.dtype)
            )
            part = pd.DataFrame(
                {
                    "event_id": rows["report_id"].astype("int64") * EVENTS_MOST + place,
                    "report_id": rows["report_id"].astype("int64"),
                    "kind": event.kind,
                    "at": at,
                    "recorded_at": at,
                    "acting_unit_code": {"ioc": ioc, "sender": None}.get(event.by, unit),
                    "target_unit_code": unit if event.kind == "dispatched" else None,
                    "committed_at": due,
                    "has_content": True if event.kind == "result" else None,
                },
                index=rows.index,
            )
            parts.append(_table(part[at.notna() & allowed], EVENT))
        return pa.concat_tables(parts)

    def side(self) -> Side:
        """Units, fields, channels and districts that occur in the rows, by the names that the source gives them."""
        c = self.mapping.report
        units = [{"unit_code": self.mapping.ioc.code, "name": self.mapping.ioc.name, "short_name": self.mapping.ioc.code, "level": "ioc"}]  # fmt: skip
        for code, value, name in self._named(c.unit, c.unit_name):
            units.append({"unit_code": code, "name": name, "short_name": value, "level": "department"})
        categories = []
        for kind, column, names in (
            ("field", c.field, {}),
            ("channel", CHANNEL, self.mapping.channel_names),
        ):
            for order, (code, value, _) in enumerate(self._named(column, None)):
                categories.append({"kind": kind, "code": code, "name_vi": names.get(value, value), "name_en": value, "sort_order": order})  # fmt: skip
        places = [
            {"place_code": code, "name": value.title(), "full_name": value.title()}
            for code, value, _ in self._named(c.district, None)
        ]
        return Side(
            pa.Table.from_pylist(units, schema=UNIT),
            pa.Table.from_pylist(categories, schema=CATEGORY),
            places=pa.Table.from_pylist(places, schema=PLACE),
        )

    def _named(self, column: str | None, name_column: str | None) -> list[tuple[str, str, str]]:
        """(code, value, name) of every value of a column, the name being the one that most rows give it."""
        if column is None:
            return []
        rows = self._rows[self._rows[column].notna()]
        found = []
        for value, some in rows.groupby(column, sort=True):
            names = some[name_column].dropna() if name_column else pd.Series(dtype=object)
            name = str(names.mode().iloc[0]) if len(names) else str(value)
            found.append((code_of(str(value)), str(value), name))
        return found


def _parsed(raw: pd.Series, style: str, zone: str) -> pd.Series:
    """UTC instants, NaT where it is none. The hour that comes twice in autumn is taken the first time."""
    if style == "iso":
        return raw.map(lambda value: _iso(value, zone)).astype("datetime64[us, UTC]")
    naive = pd.to_datetime(raw.where(raw.map(lambda v: isinstance(v, str))), format=style, errors="coerce")
    first = np.ones(len(naive), dtype=bool)
    local = naive.astype("datetime64[us]").dt.tz_localize(zone, ambiguous=first, nonexistent="NaT")
    return local.dt.tz_convert("UTC")


def _iso(value: Any, zone: str) -> Any:
    """One ISO 8601 instant; without an offset it is of the zone."""
    try:
        at: Any = pd.Timestamp(value)
        at = at.tz_localize(zone, ambiguous=True, nonexistent="NaT") if at.tzinfo is None else at
        return at.tz_convert("UTC")
    except (ValueError, TypeError, OverflowError):
        return pd.NaT


def _table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    columns = [
        pa.array(frame[field.name], type=field.type, from_pandas=True)
        if field.name in frame
        else pa.nulls(len(frame), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
