"""Proof that units, boundaries and succession agree: what `ioc geo check` runs over the data files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from geo.boundaries import CommuneLayer, layer_on, layer_starts, polygon_of, polygons
from geo.places import Coverage, PlaceDataError, coverage_on, places
from geo.succession import Step, steps
from geo.units import AdminUnit, Level, UnknownUnitError, all_units, unit, units_on

LIMIT_PCT = 0.01  # overlap and gap of a tiling, ground that a successor lacks
AREA_LIMIT_PCT = 0.1  # area_km2 in units.csv against the polygon
SHARE_LIMIT_PCT = 0.5  # area_share in succession.csv against the polygons
_CODE_LENGTH = {Level.PROVINCE: 2, Level.DISTRICT: 3, Level.COMMUNE: 5}
_GEOD = Geod(ellps="WGS84")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Finding:
    """One check of one place. `worst` is in `measure`'s unit; `problems` name what to mend, and it is ok without any."""

    place: str
    check: str
    measure: str
    worst: float
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the check passed."""
        return not self.problems


def check_all() -> list[Finding]:
    """Every check of every coverage in places.yaml, and of rows that belong to none."""
    found = [finding for coverage in places().coverages for finding in check_coverage(coverage)]
    return [*found, _count("all places", "rows without a place", [*_stray_units(), *_stray_steps()])]


def _stray_units() -> list[str]:
    """Units that no coverage holds: nothing would ever read them."""
    held = {u.id for coverage in places().coverages for u in _units_of(coverage)}
    return [
        f"units.csv: {u.id} {u.full_name} of province {u.province_code} belongs to no coverage of places.yaml"
        for u in all_units()
        if u.id not in held
    ]


def _stray_steps() -> list[str]:
    """Rows of succession that begin at no unit that ends on that day."""
    ends = {(u.code, u.valid_to) for u in all_units()}
    return [
        f"succession.csv: {step.from_code} -> {step.to_code}: no unit {step.from_code} ends on {step.changed_on}"
        for step in steps()
        if (step.from_code, step.changed_on) not in ends
    ]


def check_coverage(coverage: Coverage) -> Iterator[Finding]:
    """All checks of one coverage. A broken date, parent, polygon or file stops the geometric ones."""
    where = f"{coverage.province_code} {coverage.name} {coverage.valid_from}–{coverage.valid_to or '…'}"
    units = _units_of(coverage)
    missing = [f"units.csv: no {level} of province {coverage.province_code}" for level in _missing(units)]
    yield _count(where, "units", missing)
    if missing:
        return
    yield _count(where, "codes", _code_problems(units))
    dates = _date_problems(units, coverage)
    yield _count(where, "dates and parents", dates)
    broken = _polygon_problems(units, coverage)
    yield _count(where, "polygons", broken)
    if broken or dates:
        return
    yield _areas(where, units, coverage)
    yield from _tiling(where, coverage)
    yield _succession(where, units, coverage)


def _units_of(coverage: Coverage) -> list[AdminUnit]:
    last = (coverage.valid_to or date.max) - _ONE_DAY
    return [
        u
        for u in all_units()
        if u.province_code == coverage.province_code
        and (u.valid_from is None or u.valid_from <= last)
        and (u.valid_to is None or u.valid_to > coverage.valid_from)
    ]


def _missing(units: list[AdminUnit]) -> list[Level]:
    return [level for level in (Level.PROVINCE, Level.COMMUNE) if not any(u.level == level for u in units)]


def _count(where: str, check: str, problems: list[str]) -> Finding:
    return Finding(where, check, "problems", float(len(problems)), tuple(problems))


def _code_problems(units: list[AdminUnit]) -> list[str]:
    problems = [
        f"{u.code} {u.full_name}: a {u.level} code has {_CODE_LENGTH[u.level]} digits"
        for u in units
        if not (u.code.isdigit() and len(u.code) == _CODE_LENGTH[u.level])
    ]
    by_code = pd.Series(units, index=[u.code for u in units]).groupby(level=0)
    for code, versions in by_code:
        ordered = sorted(versions, key=lambda u: u.valid_from or date.min)
        for before, after in pairwise(ordered):
            if before.valid_to is None or (after.valid_from or date.min) < before.valid_to:
                problems.append(
                    f"{code}: {before.full_name} and {after.full_name} are both valid on some day"
                )
    return problems


def _date_problems(units: list[AdminUnit], coverage: Coverage) -> list[str]:
    problems = []
    for u in units:
        first = max(u.valid_from or coverage.valid_from, coverage.valid_from)
        end = min(u.valid_to or date.max, coverage.valid_to or date.max)
        if first >= end:
            problems.append(f"{u.id} {u.full_name}: ends {u.valid_to} before it begins {u.valid_from}")
        elif u.level != Level.PROVINCE:
            for day in (first, end - _ONE_DAY):
                try:
                    unit(u.parent_code, day)
                except UnknownUnitError:
                    problems.append(f"{u.id} {u.full_name}: its parent {u.parent_code} is no unit on {day}")
    return problems


def _polygon_problems(units: list[AdminUnit], coverage: Coverage) -> list[str]:
    try:
        held = polygons(coverage.name, coverage.boundaries)
    except PlaceDataError as error:
        return [str(error)]
    known = {u.id for u in units}
    problems = [f"{coverage.boundaries}: polygon {i} has no row in units.csv" for i in held if i not in known]
    for u in units:
        shape = held.get(u.id)
        if shape is None:
            problems.append(f"{coverage.boundaries}: no polygon {u.id} ({u.full_name})")
        elif not shapely.is_valid(shape):
            problems.append(f"{u.id} {u.full_name}: {shapely.is_valid_reason(shape)}")
        elif not shapely.contains_xy(shape, u.label_lon, u.label_lat):
            problems.append(f"{u.id} {u.full_name}: its label point lies outside it")
    return problems


def _areas(where: str, units: list[AdminUnit], coverage: Coverage) -> Finding:
    off = {u: abs(_km2(polygon_of(u, coverage)) / u.area_km2 - 1) * 100 for u in units}
    problems = [
        f"{u.id} {u.full_name}: area_km2 is {pct:.2f} % off" for u, pct in off.items() if pct > AREA_LIMIT_PCT
    ]
    return Finding(where, "area_km2", "% off", max(off.values()), tuple(problems))


def _tiling(where: str, coverage: Coverage) -> Iterator[Finding]:
    """Do communes tile their districts and the province, and districts the province, on every day of change?"""
    worst = {"overlap": 0.0, "gap": 0.0}
    problems: list[str] = []
    for start in layer_starts(coverage):
        layer = layer_on(coverage, start)
        for parent, children in _families(layer):
            overlap, gap = _overlap_and_gap_pct(parent, children, coverage)
            worst = {"overlap": max(worst["overlap"], overlap), "gap": max(worst["gap"], gap)}
            if max(overlap, gap) > LIMIT_PCT:
                problems.append(f"{parent.full_name} on {start}: overlap {overlap:.4f} %, gap {gap:.4f} %")
    for measure, pct in worst.items():
        named = tuple(problems) if pct > LIMIT_PCT else ()
        yield Finding(where, f"tiling: {measure}", "% of the parent's area", pct, named)


def _families(layer: CommuneLayer) -> Iterator[tuple[AdminUnit, list[AdminUnit]]]:
    day, code = layer.valid_from, layer.coverage.province_code
    province = unit(code, day)
    districts = units_on(day, level=Level.DISTRICT, province_code=code)
    yield province, list(layer.units)
    if districts:
        yield province, districts
    for district in districts:
        yield district, [u for u in layer.units if u.parent_code == district.code]


def _overlap_and_gap_pct(
    parent: AdminUnit, children: list[AdminUnit], coverage: Coverage
) -> tuple[float, float]:
    """Ground that two children share, and ground that only the parent or only its children have, of the parent's."""
    whole = polygon_of(parent, coverage)
    parts = np.array([polygon_of(u, coverage) for u in children], dtype=object)
    union = shapely.union_all(parts)
    whole_area, union_area = shapely.area(np.array([whole, union]))
    overlap = max(shapely.area(parts).sum() - union_area, 0.0)
    gap = float(shapely.area(shapely.symmetric_difference(whole, union)))
    return overlap / whole_area * 100, gap / whole_area * 100


def _succession(where: str, units: list[AdminUnit], coverage: Coverage) -> Finding:
    """Does every commune that ended have successors, on its own ground, with shares that add up and fit?"""
    problems: list[str] = []
    worst = 0.0
    for u in units:
        if u.level != Level.COMMUNE or u.valid_to is None:
            continue
        rows = [s for s in steps() if s.from_code == u.code and s.changed_on == u.valid_to]
        total = sum(s.area_share for s in rows)
        if not rows:
            problems.append(f"{u.id} {u.full_name}: ended on {u.valid_to} without a row in succession.csv")
        elif abs(total - 1) * 100 > SHARE_LIMIT_PCT:
            problems.append(f"{u.id} {u.full_name}: its shares add up to {total:.3f}")
        for step in rows:
            off, problem = _share_off_pct(u, step, coverage)
            worst = max(worst, off)
            problems += [problem] if problem else []
    return Finding(where, "succession", "% of the unit's area", worst, tuple(problems))


def _share_off_pct(u: AdminUnit, step: Step, coverage: Coverage) -> tuple[float, str]:
    """How far the row's share is from the share of area that really lies in the successor's polygon."""
    try:
        after = unit(step.to_code, step.changed_on)
    except UnknownUnitError as error:
        return 0.0, f"{u.id} {u.full_name}: its successor {error}"
    holder = coverage_on(after.province_code, step.changed_on)
    if holder is None:
        return 0.0, ""
    ground = polygon_of(u, coverage)
    common = shapely.intersection(ground, polygon_of(after, holder))
    inside = float(shapely.area(common) / shapely.area(ground))
    off = abs(inside - step.area_share) * 100
    if off <= SHARE_LIMIT_PCT:
        return off, ""
    return (
        off,
        f"{u.id} {u.full_name} -> {after.full_name}: {inside:.3f} of its area lies there, the row says {step.area_share}",
    )


def _km2(shape: shapely.Geometry) -> float:
    return abs(_GEOD.geometry_area_perimeter(shape)[0]) / 1e6
