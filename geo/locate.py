"""Points to communes of their own day, each with one flag; what each flag means stands in rules.yaml."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from geo.boundaries import layer_on, layer_starts
from geo.grid import OUTSIDE
from geo.layer_index import LayerIndex, country_index, index_of
from geo.places import Coverage, coverages_of, places
from geo.rules import Flag, rules
from geo.units import AdminUnit

_FLAGS = list(Flag)
_FLAG_DTYPE = pd.CategoricalDtype([f.value for f in _FLAGS])
_NONE = -1
_POINT, _STORE = 0, 1
_UNIX_ORDINAL = date(1970, 1, 1).toordinal()
_Rows = np.ndarray | slice


def locate_many(
    lon: Any, lat: Any, on: Any, province_code: str | None = None, *, store_commune: Any = None
) -> pd.DataFrame:
    """Commune of each point on its day. One row per point, in order; the index of `lon` is kept when it is a Series.

    `lon`, `lat`: degrees (WGS 84), NaN for none. `on`: the day in Asia/Ho_Chi_Minh: datetime64, proleptic ordinals,
    or one `date` for all. `province_code`: code or name (geo.places.coverage_on); None searches every province held.
    `store_commune`: the store's own commune codes, None or empty for none.

    Columns (strings, missing where there is none): province_code, district_code (none from 2025-07-01), commune_code,
    flag (category of `geo.rules.Flag`), commune_source ("point" or "store"), near_commune_code (only `just_outside`).
    Raises `ValueError` when lengths differ or a day is missing.
    """
    points = _Points.of(lon, lat, on, store_commune)
    _flag_positions(points)
    for coverage in coverages_of(province_code) if province_code is not None else places().coverages:
        for index, rows in _by_layer(points, coverage):
            _locate_in(points, index, rows)
    _flag_other_land(points)
    if points.store is not None:
        _hear_the_store(points, points.store)
    return _frame(points, lon.index if isinstance(lon, pd.Series) else None)


@dataclass(eq=False)
class _Points:
    """The points and what has been decided of them; `unit`, `store_unit`, `near` are positions in `units`."""

    x: np.ndarray
    y: np.ndarray
    day: np.ndarray  # datetime64[D]
    store: np.ndarray | None  # position in store_codes, -1 for none
    store_codes: pd.Index
    flag: np.ndarray
    unit: np.ndarray
    store_unit: np.ndarray
    near: np.ndarray
    source: np.ndarray
    covered: np.ndarray  # bool: boundaries are held for the point's place and day
    units: list[AdminUnit] = field(default_factory=list)

    @classmethod
    def of(cls, lon: Any, lat: Any, on: Any, store_commune: Any) -> "_Points":
        x, y = np.array(lon, dtype=float, ndmin=1), np.array(lat, dtype=float, ndmin=1)
        day = np.broadcast_to(_days(on), x.shape) if np.ndim(on) == 0 else _days(on)
        store, store_codes = (None, pd.Index([])) if store_commune is None else _codes(store_commune)
        lengths = {len(x), len(y), len(day), *([] if store is None else [len(store)])}
        if len(lengths) != 1:
            raise ValueError(f"lon, lat, on and store_commune differ in length: {sorted(lengths)}")
        if np.isnat(day).any():
            raise ValueError(
                f"no day at row {int(np.flatnonzero(np.isnat(day))[0])}: every point needs its day"
            )
        nothing = np.full(len(x), _NONE, dtype=np.int32)
        flag = np.full(len(x), _code(Flag.NO_BOUNDARIES))
        source = np.full(len(x), _NONE, dtype=np.int8)
        return cls(
            x,
            y,
            day,
            store,
            store_codes,
            flag,
            nothing.copy(),
            nothing.copy(),
            nothing,
            source,
            np.zeros(len(x), dtype=bool),
        )


def _flag_positions(points: _Points) -> None:
    """Missing, zero, swapped, invalid: what can be said without any boundary. Swapped points are exchanged."""
    limits = rules().limits
    odd = np.flatnonzero(~_in_box(points.x, points.y, limits.country_box))
    x, y = points.x[odd], points.y[odd]
    valid = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    swapped = _in_box(y, x, limits.country_box)
    zero = (np.abs(x) < limits.zero_degrees) & (np.abs(y) < limits.zero_degrees)
    missing = np.isnan(x) | np.isnan(y)
    flags = [Flag.MISSING, Flag.ZERO, Flag.SWAPPED, Flag.INVALID]
    chosen = np.select([missing, zero, swapped, ~valid], [_code(f) for f in flags], points.flag[odd])
    points.flag[odd] = chosen
    points.x[odd[swapped]], points.y[odd[swapped]] = y[swapped], x[swapped]


def _by_layer(points: _Points, coverage: Coverage) -> Iterator[tuple[LayerIndex, _Rows]]:
    """The layers of `coverage` with the points of their days that no commune holds yet."""
    for start in layer_starts(coverage):
        layer = layer_on(coverage, start)
        rows = (points.day >= np.datetime64(start)) & (points.unit == _NONE)
        if layer.valid_to is not None:
            rows &= points.day < np.datetime64(layer.valid_to)
        if rows.all():
            yield index_of(layer), slice(None)
        elif rows.any():
            yield index_of(layer), np.flatnonzero(rows)


def _locate_in(points: _Points, index: LayerIndex, rows: _Rows) -> None:
    """Locate `rows` in one layer of communes, and look up the store's commune among them."""
    first = len(points.units)
    points.units += index.layer.units
    x, y, before = points.x[rows], points.y[rows], points.flag[rows]
    label, on_line = index.grid.locate(x, y)
    held = label != OUTSIDE
    flag = np.where(held, _code(Flag.INSIDE), _code(Flag.AT_SEA_OR_ABROAD))
    flag[held & index.near_approximate_line(x, y)] = _code(Flag.UNCERTAIN)
    flag[on_line] = _code(Flag.ON_BOUNDARY)
    near = _nearest(index, x, y, np.flatnonzero(~held))
    flag[near != OUTSIDE] = _code(Flag.JUST_OUTSIDE)
    source = np.where(held, _POINT, _NONE)
    if points.store is not None:
        label_of_code = np.append(
            index.codes.get_indexer(points.store_codes), _NONE
        )  # position -1 is the last
        store = label_of_code[points.store[rows]]
        points.store_unit[rows] = np.where(store != _NONE, first + store, points.store_unit[rows])
        believed = _store_is_believed(index, flag, label, store, x, y)
        label, source = np.where(believed, store, label), np.where(believed, _STORE, source)
    overwritable = np.isin(before, [_code(f) for f in (Flag.NO_BOUNDARIES, Flag.AT_SEA_OR_ABROAD)])
    overwritable |= held & (before == _code(Flag.JUST_OUTSIDE))
    points.flag[rows] = np.where(overwritable, flag, before)
    points.unit[rows] = np.where(held, first + label.astype(np.int32), _NONE)
    points.near[rows] = np.where(near != OUTSIDE, first + near, np.where(held, _NONE, points.near[rows]))
    points.source[rows] = source
    points.covered[rows] = True


def _store_is_believed(
    index: LayerIndex, flag: np.ndarray, label: np.ndarray, store: np.ndarray, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """Mask of the points on a line or near an approximate one whose store's commune the rules accept."""
    asked = np.flatnonzero((store != _NONE) & np.isin(flag, [_code(Flag.ON_BOUNDARY), _code(Flag.UNCERTAIN)]))
    same_district = index.districts[store[asked]] == index.districts[label[asked]]
    touching = index.touches(store[asked], x[asked], y[asked])
    believed = np.zeros(len(x), dtype=bool)
    believed[asked] = np.where(flag[asked] == _code(Flag.UNCERTAIN), same_district, touching)
    return believed


def _nearest(index: LayerIndex, x: np.ndarray, y: np.ndarray, outside: np.ndarray) -> np.ndarray:
    near = np.full(len(x), OUTSIDE, dtype=np.int32)
    near[outside] = index.nearest(x[outside], y[outside])
    return near


def _flag_other_land(points: _Points) -> None:
    """Tell another province from the sea, for points that no commune holds or nears."""
    rows = np.flatnonzero(points.flag == _code(Flag.AT_SEA_OR_ABROAD))
    province, _ = country_index().grid.locate(points.x[rows], points.y[rows]) if len(rows) else (rows, rows)
    points.flag[rows[province != OUTSIDE]] = _code(Flag.OUTSIDE_PROVINCE)


def _hear_the_store(points: _Points, store: np.ndarray) -> None:
    """Flag where the store names another commune; take the store's where the point says nothing."""
    differs = (store != _NONE) & (points.source == _POINT) & (points.store_unit != points.unit)
    points.flag[differs & (points.flag != _code(Flag.SWAPPED))] = _code(Flag.STORE_DISAGREES)
    instead = (points.unit == _NONE) & (points.store_unit != _NONE)
    points.unit[instead] = points.store_unit[instead]
    points.source[instead] = _STORE


def _frame(points: _Points, index: pd.Index | None) -> pd.DataFrame:
    units = points.units
    districts = [u.parent_code if u.parent_code != u.province_code else None for u in units]
    frame = pd.DataFrame(
        {
            "province_code": _take([u.province_code for u in units], points.unit),
            "district_code": _take(districts, points.unit),
            "commune_code": _take([u.code for u in units], points.unit),
            "flag": pd.Categorical.from_codes(points.flag, dtype=_FLAG_DTYPE),
            "commune_source": _take(["point", "store"], points.source),
            "near_commune_code": _take([u.code for u in units], points.near),
        },
        index=index,
    )
    if points.store is not None:
        kept = ~points.covered & (points.store != _NONE)
        frame.loc[kept, "commune_code"] = points.store_codes.take(points.store[kept]).to_numpy()
        frame.loc[kept, "commune_source"] = "store"
    return frame


def _take(values: list[Any], positions: np.ndarray) -> Any:
    return pd.array(values or [None], dtype="str").take(positions, allow_fill=True)


def _code(flag: Flag) -> np.int8:
    return np.int8(_FLAGS.index(flag))


def _in_box(x: np.ndarray, y: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    west, south, east, north = box
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _days(on: Any) -> np.ndarray:
    """datetime64[D] of dates, datetimes without a zone, or proleptic ordinals."""
    values = np.asarray(on)
    if values.dtype.kind in "iu":
        return (values - _UNIX_ORDINAL).astype("M8[D]")
    if values.dtype == object and any(getattr(v, "tzinfo", None) is not None for v in values.flat):
        raise ValueError("on: days in Asia/Ho_Chi_Minh are wanted, not instants with a zone")
    return values.astype("M8[D]")


def _codes(values: Any) -> tuple[np.ndarray, pd.Index]:
    """Position of each stripped text among the distinct ones, -1 for empty or missing."""
    texts = pd.Series(
        list(values) if not hasattr(values, "dtype") else np.asarray(values, dtype=object), dtype="str"
    )
    texts = texts.str.strip()
    return pd.factorize(texts.where(texts != ""))
