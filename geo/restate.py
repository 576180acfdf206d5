"""Figures counted on the units of their own time, carried to the units of another day: sums kept, estimates shown."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from geo.succession import WHOLE, shares
from geo.units import Level, epoch_start

UNCERTAIN_SUFFIX = "_uncertain"


def restate(
    frame: pd.DataFrame,
    values: Sequence[str],
    from_day: date | str,
    to_day: date,
    *,
    code: str = "commune_code",
    level: Level | str | None = None,
    into: str | None = None,
) -> pd.DataFrame:
    """Carry additive figures to the units of `to_day`, forwards or backwards in time.

    `frame`: one row per unit and whatever other columns it is broken down by; these are kept as keys.
    `values`: additive columns (counts, sums of hours); a ratio is taken again afterwards, never carried.
    `from_day`: the day whose units `code` names, or the column that holds it row by row.
    `level`: of the answer; by default the units' own (communes for a district whose level has ended).
    `into`: name of the answer's column of codes, `code` by default.

    Gives one row per key and unit of `to_day` with the values (float64, their sums unchanged) and for each a column
    `<value>_uncertain`: how much of it was divided by area, an estimate, because a unit lies in several of `to_day`.
    A missing code stays missing; ground for which `to_day` has no boundaries gets the missing code too.
    Raises `KeyError` on a missing column, `ValueError` on an empty value, `UnknownUnitError` on a code that is no unit
    of its day, `NoSuchLevelError` where `to_day` has no such level.
    """
    _check(frame, values, code, from_day)
    day = frame[from_day] if isinstance(from_day, str) else pd.Series(from_day, index=frame.index)
    work = frame.drop(columns=[code]).assign(_from=frame[code].to_numpy(), _epoch=_epochs(day))
    table = _transitions(work[["_from", "_epoch"]].drop_duplicates(), to_day, level)
    carried = work.merge(table, on=["_from", "_epoch"], how="left", validate="many_to_many")
    return _sum_up(
        carried, [c for c in frame.columns if c not in (code, *values)], list(values), into or code
    )


def _check(frame: pd.DataFrame, values: Sequence[str], code: str, from_day: date | str) -> None:
    wanted = [code, *values, *([from_day] if isinstance(from_day, str) else [])]
    missing = [c for c in wanted if c not in frame.columns]
    if missing:
        raise KeyError(f"restate: no column {missing}; there are {list(frame.columns)}")
    empty = [v for v in values if frame[v].isna().any()]
    if empty:
        raise ValueError(f"restate: empty figures in {empty}; fill in 0 where nothing was counted")


def _epochs(day: pd.Series) -> np.ndarray:
    """The start of each day's epoch, so that days with the same units are carried together."""
    days, position = np.unique(day.to_numpy().astype("M8[D]"), return_inverse=True)
    starts = np.array([epoch_start(d) for d in days.astype(object)], dtype=object)
    return starts[position] if len(starts) else starts


def _transitions(units: pd.DataFrame, to_day: date, level: Level | str | None) -> pd.DataFrame:
    """One row per unit and epoch and unit of `to_day`: the share of area that goes there."""
    rows: list[tuple[str | None, date, str | None, float]] = []
    for start, epoch in units.itertuples(index=False):
        if pd.isna(start):
            rows.append((start, epoch, None, 1.0))
        else:
            rows += [(start, epoch, s.code, s.area_share) for s in shares(start, epoch, to_day, level)]
    return pd.DataFrame(rows, columns=["_from", "_epoch", "_to", "_share"])


def _sum_up(carried: pd.DataFrame, keys: list[str], values: list[str], code: str) -> pd.DataFrame:
    share = carried["_share"].to_numpy(dtype=float)
    figures = {}
    for value in values:
        figures[value] = carried[value].to_numpy(dtype=float) * share
        figures[value + UNCERTAIN_SUFFIX] = np.where(share < WHOLE, figures[value], 0.0)
    parts = pd.DataFrame(figures, index=carried.index)
    parts[code] = carried["_to"].astype("str")
    parts[keys] = carried[keys]
    summed = parts.groupby([*keys, code], dropna=False, sort=False, as_index=False)[list(figures)].sum()
    return summed[[*keys, code, *figures]]
