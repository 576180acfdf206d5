"""`ioc geo check` passes on the shipped data and finds what is wrong in spoilt data."""

from dataclasses import replace
from datetime import date

import pytest
import shapely

import geo.boundaries
import geo.check
from geo.check import check_coverage
from geo.places import coverages_of
from geo.units import all_units

SOC_TRANG = coverages_of("94")[0]


def failed(coverage=SOC_TRANG):
    """Names of the checks that do not pass, with their problems."""
    return {f.check: " | ".join(f.problems) for f in check_coverage(coverage) if not f.ok}


@pytest.mark.parametrize("key", ["94", "70", "52"])
def test_shipped_data_pass(key):
    assert [failed(c) for c in coverages_of(key)] == [{}, {}]


@pytest.mark.parametrize(
    ("code", "change", "check", "words"),
    [
        ("31519", {"code": "3151"}, "codes", "has 5 digits"),
        ("31513", {"valid_to": None}, "codes", "both valid"),
        ("31519", {"parent_code": "999"}, "dates and parents", "its parent 999 is no unit"),
        ("31519", {"valid_from": date(2024, 5, 1)}, "polygons", "no polygon 31519@2024-05-01"),
        ("31519", {"label_lon": 0.0}, "polygons", "label point lies outside"),
        ("31519", {"area_km2": 1.0}, "area_km2", "% off"),
    ],
)
def test_spoilt_units_are_named(monkeypatch, code, change, check, words):
    spoilt = [replace(u, **change) if u.code == code else u for u in all_units()]
    if "valid_to" in change:
        spoilt.append(
            replace(next(u for u in spoilt if u.code == code), name="B", valid_from=date(2024, 9, 1))
        )
    monkeypatch.setattr(geo.check, "all_units", lambda: tuple(spoilt))
    assert words in failed()[check]


def test_a_commune_moved_leaves_a_gap_and_an_overlap(monkeypatch):
    real = geo.boundaries.polygon_of

    def moved(u, coverage):
        shape = real(u, coverage)
        return shapely.transform(shape, lambda xy: xy + 0.001) if u.id == "31519@0000" else shape

    monkeypatch.setattr(geo.check, "polygon_of", moved)
    problems = failed()
    assert "Thành phố Sóc Trăng" in problems["tiling: overlap"]
    assert "Thành phố Sóc Trăng" in problems["tiling: gap"]


def test_a_lost_row_of_succession_is_named(monkeypatch):
    kept = [s for s in geo.check.steps() if s.from_code != "31519"]
    monkeypatch.setattr(geo.check, "steps", lambda: tuple(kept))
    assert "31519@0000 Phường 3" in failed()["succession"]
