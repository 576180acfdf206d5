"""The shipped data say what their source says."""

import csv
import json

from geo.places import SHIPPED
from geo.succession import successors_of
from geo.units import all_units, day_or_none


def test_boundary_files_are_the_sources_own(shared_dir):
    for path in (SHIPPED / "boundaries").glob("*.geojson"):
        assert path.read_bytes() == (shared_dir / "geo" / path.name).read_bytes(), path.name


def test_every_polygon_agrees_with_its_row():
    rows = {(u.id, u.province_code): u for u in all_units()}
    for path in (SHIPPED / "boundaries").glob("p*.geojson"):
        features = [
            {"id": f["id"], **f["properties"]} for f in json.loads(path.read_text("utf-8"))["features"]
        ]
        province = next(p["code"] for p in features if p["level"] == "province")
        for p in features:
            u = rows[p["id"], province]
            assert (u.name, u.full_name, u.kind, u.parent_code) == (
                p["name"],
                p["full_name"],
                p["kind"],
                p["parent_code"],
            )
            assert (str(u.valid_from or ""), str(u.valid_to or "")) == (
                p["valid_from"] or "",
                p["valid_to"] or "",
            )


def test_succession_is_the_sources_mapping(shared_dir):
    with (shared_dir / "geo" / "commune_mapping_2025.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    after = day_or_none("2025-07-01")
    for row in rows:
        day = max(
            u.valid_from or day_or_none("2021-01-01")
            for u in all_units()
            if u.code == row["old_code"] and str(u.valid_to) == row["old_valid_to"]
        )
        found = {s.code: round(s.area_share, 3) for s in successors_of(row["old_code"], day, after)}
        assert found[row["new_code"]] == float(row["area_share_est"]), row
