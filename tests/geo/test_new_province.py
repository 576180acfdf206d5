"""Adding a province as docs/geo.md says: a made-up one in its own folder passes, and every defect planted in it is named."""

import csv
import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyproj import Geod
from shapely.geometry import box, mapping

import geo
from geo import places
from geo.check import check_all

GEOD = Geod(ellps="WGS84")
Folder = dict[str, Any]


def _unit(
    code: str, name: str, level: str, parent: str, bounds: tuple[float, ...], *days: str
) -> dict[str, str]:
    west, south, east, north = bounds
    area = abs(GEOD.geometry_area_perimeter(box(*bounds))[0]) / 1e6
    return {
        "province_code": "89", "code": code, "name": name, "full_name": f"Xã {name}", "level": level, "kind": "xã", "parent_code": parent,
        "valid_from": days[0] if days else "", "valid_to": days[1] if len(days) > 1 else "", "former_province_codes": "",
        "label_lon": str((west + east) / 2), "label_lat": str((south + north) / 2), "area_km2": f"{area:.6f}", "decision": "",
    }  # fmt: skip


LEFT, RIGHT = (105.0, 10.0, 105.1, 10.2), (105.1, 10.0, 105.2, 10.2)
WHOLE = (105.0, 10.0, 105.2, 10.2)


def good() -> Folder:
    """A province of two districts: left with communes 10001 and 10002 (merged into 10001 in 2024), right with 10003."""
    units = [
        _unit("89", "Thử", "province", "VN", WHOLE),
        _unit("891", "Trái", "district", "89", LEFT),
        _unit("892", "Phải", "district", "89", RIGHT),
        _unit("10001", "Bắc", "commune", "891", (105.0, 10.1, 105.1, 10.2), "", "2024-07-01"),
        _unit("10002", "Nam", "commune", "891", (105.0, 10.0, 105.1, 10.1), "", "2024-07-01"),
        _unit("10001", "Bắc Nam", "commune", "891", LEFT, "2024-07-01"),
        _unit("10003", "Đông", "commune", "892", RIGHT),
    ]
    bounds = [WHOLE, LEFT, RIGHT, (105.0, 10.1, 105.1, 10.2), (105.0, 10.0, 105.1, 10.1), LEFT, RIGHT]
    steps = [
        {"from_code": code, "changed_on": "2024-07-01", "to_code": "10001", "relation": "full", "area_share": "1.0",
         "decision": "", "clause": ""}
        for code in ("10001", "10002")
    ]  # fmt: skip
    polygons = {
        f"{u['code']}@{u['valid_from'] or '0000'}": mapping(box(*b))
        for u, b in zip(units, bounds, strict=True)
    }
    coverage = {"province_code": "89", "name": "Thử", "valid_from": "2021-01-01", "boundaries": "p.geojson"}
    country = {"name": "Việt Nam", "boundaries": "p.geojson", "valid_from": "2025-07-01"}
    return {
        "places": {"credit": "made up", "coverages": [coverage], "country": country},
        "units": units, "steps": steps, "polygons": polygons,
    }  # fmt: skip


def write(folder: Path, data: Folder) -> None:
    """The folder as docs/geo.md lays it out."""
    (folder / "boundaries").mkdir(parents=True)
    (folder / "places.yaml").write_text(yaml.safe_dump(data["places"], allow_unicode=True), "utf-8")
    for name in ("units", "steps"):
        file = {"units": "units.csv", "steps": "succession.csv"}[name]
        with (folder / file).open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(good()[name][0]))
            writer.writeheader()
            writer.writerows(data[name])
    features = [
        {"type": "Feature", "properties": {"id": each}, "geometry": geometry}
        for each, geometry in data["polygons"].items()
    ]
    (folder / "boundaries" / "p.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), "utf-8"
    )


def forget() -> None:
    """Empty every cache of the package: the folder has changed under it."""
    for module in pkgutil.iter_modules(geo.__path__):
        for value in vars(importlib.import_module(f"geo.{module.name}")).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


@pytest.fixture
def checked(tmp_path: Path) -> Iterator[Callable[[Folder], dict[str, str]]]:
    """`checked(data)` writes and checks a folder: the problems of each check that fails."""

    def check(data: Folder) -> dict[str, str]:
        write(tmp_path / "data", data)
        forget()
        places.use_folder(tmp_path / "data")
        return {found.check: " | ".join(found.problems) for found in check_all() if not found.ok}

    yield check
    places.use_folder(places.SHIPPED)
    forget()


def test_a_province_made_as_the_docs_say_passes(checked) -> None:
    assert checked(good()) == {}


def unit_of(data: Folder, code: str, valid_from: str = "") -> dict[str, str]:
    return next(u for u in data["units"] if (u["code"], u["valid_from"]) == (code, valid_from))


def doubled(data: Folder) -> None:
    data["units"].append({**unit_of(data, "10003"), "name": "Trùng", "valid_from": "2024-01-01"})
    data["polygons"]["10003@2024-01-01"] = data["polygons"]["10003@0000"]


def dates_overlap(data: Folder) -> None:
    unit_of(data, "10001")["valid_to"] = "2024-08-01"


def ends_before(data: Folder) -> None:
    unit_of(data, "10001", "2024-07-01")["valid_to"] = "2024-06-01"


def no_parent(data: Folder) -> None:
    unit_of(data, "10003")["parent_code"] = "899"


def parent_ends(data: Folder) -> None:
    unit_of(data, "892")["valid_to"] = "2023-01-01"


def crosses_itself(data: Folder) -> None:
    bow_tie = [[105.1, 10.0], [105.2, 10.2], [105.2, 10.0], [105.1, 10.2], [105.1, 10.0]]
    data["polygons"]["10003@0000"] = {"type": "Polygon", "coordinates": [bow_tie]}


def gap(data: Folder) -> None:
    narrow = box(105.1, 10.0, 105.19, 10.2)
    data["polygons"]["10003@0000"] = mapping(narrow)
    unit_of(data, "10003")["area_km2"] = str(abs(GEOD.geometry_area_perimeter(narrow)[0]) / 1e6)


def overlap(data: Folder) -> None:
    tall = box(105.0, 10.08, 105.1, 10.2)
    data["polygons"]["10001@0000"] = mapping(tall)
    unit_of(data, "10001")["area_km2"] = str(abs(GEOD.geometry_area_perimeter(tall)[0]) / 1e6)


def no_polygon(data: Folder) -> None:
    del data["polygons"]["10003@0000"]


def spare_polygon(data: Folder) -> None:
    data["polygons"]["19999@0000"] = data["polygons"]["10003@0000"]


def wrong_area(data: Folder) -> None:
    unit_of(data, "10003")["area_km2"] = "1.0"


def label_outside(data: Folder) -> None:
    unit_of(data, "10003")["label_lon"] = "105.05"


def shares_short(data: Folder) -> None:
    data["steps"][1]["area_share"] = "0.7"


def wrong_successor(data: Folder) -> None:
    data["steps"][1]["to_code"] = "10003"


def no_successor(data: Folder) -> None:
    del data["steps"][1]


def stray_step(data: Folder) -> None:
    data["steps"].append({**data["steps"][0], "changed_on": "2023-07-01"})


def stray_unit(data: Folder) -> None:
    data["units"].append({**unit_of(data, "10003"), "province_code": "98", "code": "10009"})


def no_communes(data: Folder) -> None:
    data["units"] = [u for u in data["units"] if u["level"] != "commune"]


@pytest.mark.parametrize(
    ("defect", "check", "words"),
    [
        (doubled, "codes", "10003: Xã Đông and Xã Đông are both valid"),
        (dates_overlap, "codes", "10001: Xã Bắc and Xã Bắc Nam are both valid"),
        (ends_before, "dates and parents", "10001@2024-07-01 Xã Bắc Nam: ends 2024-06-01 before"),
        (no_parent, "dates and parents", "10003@0000 Xã Đông: its parent 899 is no unit"),
        (parent_ends, "dates and parents", "10003@0000 Xã Đông: its parent 892 is no unit"),
        (crosses_itself, "polygons", "10003@0000 Xã Đông: Self-intersection"),
        (gap, "tiling: gap", "Xã Phải on 2021-01-01: overlap 0.0000 %, gap 10.0000 %"),
        (overlap, "tiling: overlap", "Xã Trái on 2021-01-01: overlap 10.0000 %"),
        (no_polygon, "polygons", "no polygon 10003@0000 (Xã Đông)"),
        (spare_polygon, "polygons", "polygon 19999@0000 has no row in units.csv"),
        (wrong_area, "area_km2", "10003@0000 Xã Đông: area_km2 is"),
        (label_outside, "polygons", "10003@0000 Xã Đông: its label point lies outside it"),
        (shares_short, "succession", "10002@0000 Xã Nam: its shares add up to 0.700"),
        (wrong_successor, "succession", "10002@0000 Xã Nam -> Xã Đông: 0.000 of its area lies there"),
        (no_successor, "succession", "10002@0000 Xã Nam: ended on 2024-07-01 without a row"),
        (stray_step, "rows without a place", "no unit 10001 ends on 2023-07-01"),
        (stray_unit, "rows without a place", "10009@0000 Xã Đông of province 98 belongs to no coverage"),
        (no_communes, "units", "no commune of province 89"),
    ],
)
def test_a_planted_defect_is_named(checked, defect: Callable[[Folder], None], check: str, words: str) -> None:
    data = good()
    defect(data)
    assert words in checked(data).get(check, "")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "units.csv").unlink(), "units.csv: cannot be read"),
        (lambda folder: (folder / "places.yaml").write_text("coverages: [", "utf-8"), "places.yaml: "),
        (
            lambda folder: (folder / "succession.csv").write_text("from_code\n10001\n"),
            "succession.csv line 2: 'changed_on'",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(
    tmp_path: Path, spoil: Callable[[Path], object], words: str
) -> None:
    folder = tmp_path / "data"
    write(folder, good())
    spoil(folder)
    command = [str(Path(sys.executable).with_name("ioc")), "geo", "check", "--data", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_the_shipped_data_are_back() -> None:
    assert places.places().coverages[0].province_code == "94"
