"""The reports that were in hand at any time of a span, by coarse place: what the map's replay is made of."""

from datetime import datetime

from sqlalchemy import BigInteger, Select, SmallInteger, case, cast, func, or_, select

from kpi import mart
from kpi.filters import Filters
from kpi.queries.grain import REPORT
from kpi.queries.map_points import LEFT, OTHER

_r = mart.report.c


def lives(filters: Filters, start_at: datetime, end_at: datetime) -> Select:
    """One row per report sent before `end_at` and not left before `start_at`, whatever the filters' period and state.

    lon, lat (coarse; null = no place, or secret), sent_s, due_s, closed_s (Unix seconds; null = none), closed_as.
    """
    seconds = {
        f"{name}_s": cast(func.extract("epoch", _r[f"{name}_at"]), BigInteger)
        for name in ("sent", "due", "closed")
    }
    return select(
        _r.lon_coarse.label("lon"),
        _r.lat_coarse.label("lat"),
        *[column.label(name) for name, column in seconds.items()],
        cast(case(*LEFT, else_=OTHER), SmallInteger).label("closed_as"),
    ).where(
        *REPORT.where(filters),
        _r.sent_at < end_at,
        or_(_r.closed_at.is_(None), _r.closed_at >= start_at),
    )
