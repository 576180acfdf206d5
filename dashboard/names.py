"""Names behind codes for one request: units, districts, communes, fields, channels. A code without a name shows itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dashboard.text import language, t
from kpi.clock import LOCAL

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Names:
    """Rows of kpi.queries.dimensions by code, in the order in which they are shown."""

    units: dict[str, Row]
    districts: dict[str, Row]
    communes: dict[str, Row]
    fields: dict[str, Row]
    channels: dict[str, Row]
    ended: dict[str, Row] = field(default_factory=dict)
    """Districts and communes of other days: their last names."""
    ended_units: dict[str, Row] = field(default_factory=dict)
    versions: dict[str, list[Row]] = field(default_factory=dict)
    """Every version of a district or commune by code: a code is used again, so a report's place is named of its day."""

    @classmethod
    def of(cls, rows: Mapping[str, Iterable[Row]]) -> "Names":
        """From the rows of dimensions.units, .places, .categories."""

        def places(level: str) -> dict[str, Row]:
            return {row["place_code"]: row for row in rows["places"] if row["level"] == level}

        def categories(kind: str) -> dict[str, Row]:
            return {row["code"]: row for row in rows["categories"] if row["kind"] == kind}

        units: dict[str, Row] = {row["unit_code"]: row for row in rows["units"]}
        ended: dict[str, Row] = {row["place_code"]: row for row in rows.get("ended", ())}
        kinds = (categories("field"), categories("channel"))
        ended_units: dict[str, Row] = {row["unit_code"]: row for row in rows.get("ended_units", ())}
        versions: dict[str, list[Row]] = {}
        for row in (*rows["places"], *rows.get("ended", ())):
            versions.setdefault(row["place_code"], []).append(row)
        return cls(units, places("district"), places("commune"), *kinds, ended, ended_units, versions)

    def unit(self, code: str | None) -> str:
        """Short name; '' is 'Chưa phân đơn vị'."""
        row = self.units.get(code or "") or self.ended_units.get(code or "")
        return row["short_name"] if row else code or t("name.no_unit")

    def district(self, code: str | None) -> str:
        """Name as tables show it: 'Mỹ Xuyên', 'TP Sóc Trăng'; '' is 'Chưa rõ địa bàn'."""
        row = self.districts.get(code or "") or self.ended.get(code or "")
        return _place(row) if row else code or t("name.no_place")

    def commune(self, code: str | None) -> str:
        """Name with its kind: 'Phường 2'."""
        row = self.communes.get(code or "") or self.ended.get(code or "")
        return row["full_name"] if row else code or t("name.no_place")

    def place(self, column: str, code: str | None) -> str:
        """Name of a district or commune, as `column` says."""
        return self.district(code) if column == "district" else self.commune(code)

    def where(self, row: Row) -> str:
        """A report's place as a list shows it: its district, or its commune where it has none (since 1/7/2025)."""
        has_commune_only = row["commune_code"] and not row["district_code"]
        return self._commune_of(row) if has_commune_only else self.district(row["district_code"])

    def address(self, row: Row) -> str:
        """'Phường 2, TP Sóc Trăng'; only the level that is known (secret: the district; since 1/7/2025: the commune)."""
        if not row["commune_code"]:
            return self.district(row["district_code"])
        above = [self.district(row["district_code"])] if row["district_code"] else []
        return ", ".join([self._commune_of(row), *above])

    def _commune_of(self, row: Row) -> str:
        """A report's commune by the name that its code had on the day it was sent (sent_at, where the row has it)."""
        sent_at, code = row.get("sent_at"), row["commune_code"]
        if sent_at is None:
            return self.commune(code)
        day = sent_at.astimezone(LOCAL).date()
        then = [each for each in self.versions.get(code, ()) if _was_valid(each, day)]
        return then[0]["full_name"] if then else self.commune(code)

    def field(self, code: str | None) -> str:
        """Name of a field in the language of the request."""
        return _category(self.fields, code)

    def channel(self, code: str | None) -> str:
        """Name of a channel in the language of the request."""
        return _category(self.channels, code)


def _was_valid(row: Row, day: date) -> bool:
    return (row.get("valid_from") or date.min) <= day < (row.get("valid_to") or date.max)


def _place(row: Row) -> str:
    short = {"thành phố": "TP", "thị xã": "TX"}.get((row["kind"] or "").lower())
    return f"{short} {row['name']}" if short else row["name"]


def _category(rows: Mapping[str, Row], code: str | None) -> str:
    if code is None or code not in rows:
        return code or t("name.none")
    return rows[code]["name_vi" if language.get() == "vi" else "name_en"]
