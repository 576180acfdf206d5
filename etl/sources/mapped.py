"""From a foreign source's rows, under its mapping, to rows of the store contract and complaints about the rest. Pure."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from etl.quarantine import SCHEMA as COMPLAINT
from etl.quarantine import WHOLE
from etl.sources import instants
from etl.sources.codes import code_of, id_of
from etl.sources.mapping import EVENTS_MOST, Milestone, SourceMapping
from etl.sources.record import EVENT, Batch
from etl.sources.spool import REPORT_WITH_DISTRICT

REF, PROBLEM, NOTE = "\0ref", "\0problem", "\0note"
"""Columns that a reader adds: where the row stands ("file.csv:12"), why it cannot be read at all ('' = it can), and
what else is to be told of it though it is taken."""
CHANNEL = "\0channel"
"""The channel of each row: its column, or the one that the mapping gives those without."""
_NUL = "\x00"
_SWAPPED = str.maketrans({",": ".", ".": ","})


class Mapped:
    """Rows of one piece: columns of the mapping as text or typed dates (None = empty), and REF, PROBLEM, NOTE."""

    def __init__(self, rows: pd.DataFrame, mapping: SourceMapping) -> None:
        self.mapping = mapping
        self._told: list[pa.Table] = []
        self._instants: dict[str, pd.Series] = {}
        self.rows = self._cleaned(rows.reset_index(drop=True))
        self._refuse_unusable()
        self._unit = self._coded(mapping.report.unit)

    def _cleaned(self, rows: pd.DataFrame) -> pd.DataFrame:
        empty = {*self.mapping.empty, ""}
        with_nul = {}
        for name in self.mapping.columns:
            values = [v.strip() if isinstance(v, str) else v for v in rows[name]]
            nul = [isinstance(v, str) and _NUL in v for v in values]
            if any(nul):
                with_nul[name] = nul
                values = [v.replace(_NUL, "�") if n else v for v, n in zip(values, nul, strict=True)]
            values = [None if v is None or (isinstance(v, str) and v in empty) else v for v in values]
            rows[name] = pd.Series(values, index=rows.index, dtype=object)
        c = self.mapping.report
        rows[CHANNEL] = rows[c.channel] if c.channel else pd.Series(None, index=rows.index, dtype=object)
        for name, otherwise in ((c.unit, c.unit_if_empty), (CHANNEL, c.channel_if_empty)):
            if otherwise is not None:
                rows[name] = rows[name].where(rows[name].notna(), otherwise)
        rows["report_id"] = pd.array(
            [None if code is None else id_of(str(code)) for code in rows[c.code]], "Int64"
        )
        for name, wrong in with_nul.items():
            self._complain(rows, wrong, name, "có ký tự NUL; ký tự đó được thay bằng “�”. Sửa tệp nguồn.")
        return rows

    def _refuse_unusable(self) -> None:
        """Rows without what a report cannot be without go to the quarantine whole."""
        rows, columns = self.rows, self.mapping.report
        for column in (PROBLEM, NOTE):
            for reason in sorted(set(rows[column]) - {""}):
                self._complain(rows, rows[column] == reason, WHOLE, reason)
        bad = (rows[PROBLEM] != "").to_numpy()
        for name in (columns.code, columns.sent_at, columns.unit):
            empty = rows[name].isna().to_numpy() & ~bad
            self._complain(rows, empty, name, "để trống; cả dòng không được tính. Điền tại nguồn.")
            bad = bad | empty
        bad = bad | self._instant(columns.sent_at).isna().to_numpy()
        self.rows = rows[~bad].reset_index(drop=True)
        self._instants = {
            name: series[~bad].reset_index(drop=True) for name, series in self._instants.items()
        }

    def _complain(self, rows: pd.DataFrame, wrong: Any, field: str, reason: str) -> None:
        is_wrong = np.asarray(wrong, dtype=bool)
        if not is_wrong.any():
            return
        found = rows.loc[is_wrong, [REF, "report_id"]]
        columns = [
            pa.array(found[REF], pa.string()),
            pa.array([field] * len(found), pa.string()),
            pa.array([f"{field}: {reason}"] * len(found), pa.string()),
            pa.array(found["report_id"], pa.int64(), from_pandas=True),
        ]
        self._told.append(pa.table(columns, schema=COMPLAINT))

    def _instant(self, name: str) -> pd.Series:
        """A column as UTC instants; complains once of what is none of the declared styles and zone."""
        if name not in self._instants:
            raw = self.rows[name]
            found = instants.read(raw, self.mapping.instants, self.mapping.zone)
            wrong = raw.notna() & found.isna() & (self.rows[PROBLEM] == "")
            styles = ", ".join(self.mapping.instants)
            self._complain(
                self.rows, wrong, name,
                f"không phải thời điểm theo mẫu {styles} ở {self.mapping.zone} (hoặc giờ không tồn tại khi đổi giờ"
                " mùa hè). Sửa tại nguồn.",
            )  # fmt: skip
            self._instants[name] = found
        return self._instants[name]

    # ------------------------------------------------------------- the contract's rows

    def batch(self) -> Batch:
        """REPORT with district_code, EVENT, and what was complained of: one complaint of each row and field."""
        reports = self._reports()
        events = pa.concat_tables([self._events(place, m) for place, m in enumerate(self.mapping.events)])
        told = pa.concat_tables([COMPLAINT.empty_table(), *self._told]).to_pandas()
        told = told.drop_duplicates(["row_ref", "field"])
        return Batch(reports, events, _table(told, COMPLAINT))

    def _reports(self) -> pa.Table:
        rows, c = self.rows, self.mapping.report
        none = pd.Series(None, index=rows.index, dtype=object)
        values = {
            "report_id": rows["report_id"].astype("int64"),
            "report_code": rows[c.code].astype(str),
            "channel_code": self._coded(CHANNEL),
            "field_code": self._coded(c.field),
            "urgency": "normal",
            "secrecy": "none",
            "sent_at": self._instant(c.sent_at),
            "lon": self._number(c.lon),
            "lat": self._number(c.lat),
            "commune_code": self._coded(c.commune),
            "title": rows[c.title] if c.title else none,
            "body": rows[c.body] if c.body else none,
            "district_code": self._coded(c.district),
        }
        return _table(pd.DataFrame(values, index=rows.index), REPORT_WITH_DISTRICT)

    def _coded(self, name: str | None) -> pd.Series:
        rows = self.rows
        if name is None:
            return pd.Series(None, index=rows.index, dtype=object)
        return rows[name].map(code_of, na_action="ignore")

    def _number(self, name: str | None) -> pd.Series:
        if name is None:
            return pd.Series(np.nan, index=self.rows.index)
        raw = self.rows[name]
        if self.mapping.file is not None and self.mapping.file.decimal == ",":
            # 105,97 is a number then, and 105.97 is none: what a point would mean there, nobody said.
            raw = raw.map(lambda v: v.translate(_SWAPPED), na_action="ignore")
        found = pd.to_numeric(raw, errors="coerce").astype(float)
        found = found.where(np.isfinite(found))
        wrong = raw.notna() & found.isna()
        self._complain(self.rows, wrong, name, "không phải số; phản ánh vẫn được tính, không có vị trí.")
        return found

    def _events(self, place: int, event: Milestone) -> pa.Table:
        rows = self.rows
        at = self._when(event)
        unit = self._unit
        part = pd.DataFrame(
            {
                "event_id": rows["report_id"].astype("int64") * EVENTS_MOST + place,
                "report_id": rows["report_id"].astype("int64"),
                "kind": event.kind,
                "at": at,
                "recorded_at": at,
                "acting_unit_code": {"ioc": self.mapping.ioc.code, "sender": None}.get(event.by, unit),
                "target_unit_code": unit if event.kind == "dispatched" else None,
                "committed_at": self._due(event),
                "has_content": True if event.kind == "result" else None,
            },
            index=rows.index,
        )
        return _table(part[at.notna()], EVENT)

    def _when(self, event: Milestone) -> pd.Series:
        """The event's instants, NaT where it did not happen; complains of what contradicts itself."""
        rows, at = self.rows, self._instant(event.at)
        allowed = at >= self._instant(self.mapping.report.sent_at)
        self._complain(
            rows, at.notna() & ~allowed, event.at, "đứng trước lúc phản ánh được gửi; không tính. Sửa tại nguồn."
        )  # fmt: skip
        if event.only_if:
            holds = pd.Series(True, index=rows.index)
            for name, values in event.only_if.items():
                holds &= rows[name].isin(values)
            names = ", ".join(event.only_if)
            self._complain(
                rows, at.notna() & ~holds, event.at,
                f"có thời điểm nhưng {names} không cho phép; không tính là đã xong. Sửa tại nguồn.",
            )  # fmt: skip
            self._complain(
                rows, rows[event.at].isna() & holds, event.at,
                f"để trống trong khi {names} nói việc này đã xong; vẫn tính là chưa xong. Điền tại nguồn.",
            )  # fmt: skip
            allowed &= holds
        return at.where(allowed)

    def _due(self, event: Milestone) -> pd.Series:
        if event.due is None:
            return pd.Series(pd.NaT, index=self.rows.index, dtype=instants.UTC_US)
        due = self._instant(event.due)
        allowed = due >= self._instant(self.mapping.report.sent_at)
        self._complain(
            self.rows, due.notna() & ~allowed, event.due,
            "là hạn trước lúc phản ánh được gửi; tính như không quy định hạn. Sửa tại nguồn.",
        )  # fmt: skip
        return due.where(allowed)


def _table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    columns = [
        pa.array(frame[field.name], type=field.type, from_pandas=True)
        if field.name in frame
        else pa.nulls(len(frame), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
