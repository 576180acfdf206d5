"""Units, fields, channels and districts that occur in a foreign source's rows, counted over all its pieces. Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa

from etl.sources.codes import code_of
from etl.sources.mapping import SourceMapping
from etl.sources.record import CATEGORY, PLACE, UNIT, Side


class SideCount:
    """How often each value, and each name of it, occurs. Grows with the number of values, not of rows."""

    def __init__(self, mapping: SourceMapping, channel: str) -> None:
        c = mapping.report
        self._mapping = mapping
        self._columns = {
            "unit": (c.unit, c.unit_name),
            "field": (c.field, None),
            "channel": (channel, None),
            "district": (c.district, None),
        }
        self._seen: dict[str, Counter[tuple[str, str]]] = {kind: Counter() for kind in self._columns}

    def add(self, rows: pd.DataFrame) -> None:
        """Count the rows of a piece."""
        for kind, (column, names) in self._columns.items():
            if column is None:
                continue
            values = rows[column]
            pairs = zip(values, rows[names] if names else values, strict=True)
            self._seen[kind].update((v, n if n is not None else "") for v, n in pairs if v is not None)

    def side(self) -> Side:
        """The small tables, by the name that most rows give each value."""
        ioc = self._mapping.ioc
        units: list[dict[str, Any]] = [
            {"unit_code": ioc.code, "name": ioc.name, "short_name": ioc.code, "level": "ioc"}
        ]
        for code, value, name in self._named("unit"):
            units.append({"unit_code": code, "name": name, "short_name": value, "level": "department"})
        categories = [
            {"kind": kind, "code": code, "name_vi": names.get(value, value), "name_en": value, "sort_order": order}
            for kind, names in (("field", {}), ("channel", self._mapping.channel_names))
            for order, (code, value, _) in enumerate(self._named(kind))
        ]  # fmt: skip
        places = [
            {"place_code": code, "name": value.title(), "full_name": value.title()}
            for code, value, _ in self._named("district")
        ]
        return Side(
            pa.Table.from_pylist(units, schema=UNIT),
            pa.Table.from_pylist(categories, schema=CATEGORY),
            places=pa.Table.from_pylist(places, schema=PLACE),
        )

    def _named(self, kind: str) -> Iterator[tuple[str, str, str]]:
        """(code, value, name), one of each code: of values that only case or accents tell apart the most frequent."""
        counts: dict[str, Counter[str]] = {}
        for (value, _), count in self._seen[kind].items():
            counts.setdefault(code_of(value), Counter())[value] += count
        found = {code: min(values, key=lambda v: (-values[v], v)) for code, values in counts.items()}
        for code, value in sorted(found.items(), key=lambda pair: pair[1]):
            names = {n: c for (v, n), c in self._seen[kind].items() if v == value and n}
            yield code, value, min(names, key=lambda n: (-names[n], n)) if names else value
