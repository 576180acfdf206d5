"""Rows that cannot be taken: kept by name and reason, counted, and resolved when the source mends them."""

import hashlib
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

SCHEMA = pa.schema(
    [("row_ref", pa.string()), ("field", pa.string()), ("reason", pa.string()), ("report_id", pa.int64())]
)
"""row_ref: table and key in the source, of an event `report_event:<report>/<event>`. reason: what is wrong and what to do, without citizens' data."""

WHOLE = "*"
"""The field of a complaint about a whole row; of a report: its facts could not be built (etl.guard)."""

_REF_MOST_BYTES, _REF_SHOWN, _DIGEST_LENGTH = 400, 40, 8


class Complaints:
    """Collects what is wrong with the rows of one batch."""

    def __init__(self) -> None:
        self._tables: list[pa.Table] = []

    def add(
        self,
        table: str,
        keys: Iterable[int],
        field: str,
        reason: str | Iterable[str],
        report_ids: Iterable[int],
    ) -> None:
        """One complaint for each key of `table`, all about `field`; a row of a report is named with its report.

        A store may give a number to the events of two reports: each has a complaint of its own.
        """
        keys, report_ids = list(keys), list(report_ids)
        reasons = [reason] * len(keys) if isinstance(reason, str) else list(reason)
        whose = ["" if table == "report" else f"{report_id}/" for report_id in report_ids]
        refs = [f"{table}:{of}{key}" for of, key in zip(whose, keys, strict=True)]
        columns = [refs, [field] * len(keys), reasons, report_ids]
        self._tables.append(pa.table(columns, schema=SCHEMA))

    def add_row(self, row_ref: str, field: str, reason: str, report_id: int | None) -> None:
        """A complaint about a row of a file or an answer, named by where it stands there."""
        self._tables.append(pa.table([[row_ref], [field], [reason], [report_id]], schema=SCHEMA))

    def add_table(self, complaints: pa.Table) -> None:
        """Complaints that the source itself had, in SCHEMA."""
        self._tables.append(complaints)

    def add_small(self, table: str, keys: Iterable[object], field: str, reason: str) -> None:
        """One complaint for each key of `table`, whose rows belong to no report."""
        refs = [f"{table}:{_shown(key)}" for key in keys]
        n = len(refs)
        self._tables.append(pa.table([refs, [field] * n, [reason] * n, [None] * n], schema=SCHEMA))

    def table(self) -> pa.Table:
        """All complaints, one row per row_ref and field (the first stands)."""
        found = pa.concat_tables([SCHEMA.empty_table(), *self._tables])
        if found.num_rows < 2:
            return found
        refs, fields = found["row_ref"].to_pylist(), found["field"].to_pylist()
        keys = [f"{ref}|{field}" for ref, field in zip(refs, fields, strict=True)]
        _, first = np.unique(np.array(keys, dtype=object), return_index=True)
        return found.take(pa.array(np.sort(first)))


def _shown(key: object) -> str:
    """A key as the quarantine can hold it: its own if it is a number or a code, else its beginning and a short hash."""
    if key is None:
        return "?"
    text = str(key)
    if len(text.encode()) <= _REF_MOST_BYTES and "\0" not in text:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{text[:_REF_SHOWN]}… ({digest})".replace("\0", "\N{REPLACEMENT CHARACTER}")
