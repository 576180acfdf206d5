"""Instants as foreign sources write them, read strictly: the declared styles and zone, or not at all. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
import pandas as pd

UTC_US: Literal["datetime64[us, UTC]"] = "datetime64[us, UTC]"
_ISO = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?P<offset>Z|z|[+-]\d{2}(?::?\d{2})?)?)?"


def read(raw: pd.Series, styles: Sequence[str], zone: str) -> pd.Series:
    """UTC instants, NaT where a value is none. raw: text, dates and datetimes (of a typed file), None.

    styles: strptime styles tried in order, or "iso" (ISO 8601: never a guess at the order of day and month). Without an
    offset an instant is of the zone; the hour that comes twice in autumn is taken the first time, the hour that never
    was is none.
    """
    found = pd.Series(pd.NaT, index=raw.index, dtype=UTC_US)
    texts = raw.dropna()
    if set(map(type, texts)) - {str}:
        is_text = texts.map(lambda value: isinstance(value, str)).astype(bool)
        typed = texts[texts.map(lambda value: isinstance(value, date)).astype(bool)]
        found[typed.index] = _typed(typed, zone)
        texts = texts[is_text]
    for style in styles:
        todo = texts[found[texts.index].isna()]
        if len(todo):
            found[todo.index] = _iso(todo, zone) if style == "iso" else _styled(todo, style, zone)
    return found


def same_but_for_day_and_month(styles: Sequence[str]) -> tuple[str, str] | None:
    """Two styles that read 03/04 differently: whichever comes first would win without a word."""
    for place, style in enumerate(styles):
        swapped = style.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")
        if swapped != style and swapped in styles[place + 1 :]:
            return style, swapped
    return None


def _styled(raw: pd.Series, style: str, zone: str) -> pd.Series:
    return _localized(pd.to_datetime(raw, format=style, errors="coerce"), zone)


def _iso(raw: pd.Series, zone: str) -> pd.Series:
    matched = raw.str.extract(f"^(?P<all>{_ISO})$")
    found = pd.Series(pd.NaT, index=raw.index, dtype=UTC_US)
    is_aware = matched["offset"].notna()
    aware = raw[is_aware].str.replace(",", ".")
    if len(aware):
        found[aware.index] = pd.to_datetime(aware, format="ISO8601", errors="coerce", utc=True).astype(UTC_US)
    naive = raw[matched["all"].notna() & ~is_aware].str.replace(",", ".")
    if len(naive):
        found[naive.index] = _localized(pd.to_datetime(naive, format="ISO8601", errors="coerce"), zone)
    return found


def _typed(raw: pd.Series, zone: str) -> pd.Series:
    """Dates are the first instant of their day."""

    def with_offset(value: Any) -> bool:
        return isinstance(value, datetime) and value.tzinfo is not None

    is_aware = raw.map(with_offset).astype(bool)
    found = pd.Series(pd.NaT, index=raw.index, dtype=UTC_US)
    if is_aware.any():
        found[is_aware] = pd.to_datetime(raw[is_aware], utc=True, errors="coerce").astype(UTC_US)
    if not is_aware.all():
        found[~is_aware] = _localized(pd.to_datetime(raw[~is_aware], errors="coerce"), zone)
    return found


def _localized(naive: pd.Series, zone: str) -> pd.Series:
    first = np.ones(len(naive), dtype=bool)
    local = naive.astype("datetime64[us]").dt.tz_localize(zone, ambiguous=first, nonexistent="NaT")
    return local.dt.tz_convert("UTC")
