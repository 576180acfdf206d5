"""Counts by coarse place beside reports: how the map holds a choice that is too large to hold each of its reports. Pure."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dashboard.map_points import DONE_LATE, DONE_ON_TIME, NO_DUE_S, OTHER, Points, origins_of

_STATES = {"done_on_time": DONE_ON_TIME, "done_late": DONE_LATE, "other": OTHER}


def with_counts(points: Points, table: pa.Table) -> Points:
    """`points` and after them the rows of kpi.queries.map_cells, a row for every place, ground and state that occurs."""
    found = [(state, table[name].to_numpy()) for name, state in _STATES.items()]
    at = [np.flatnonzero(n) for _, n in found]
    row = np.concatenate(at)
    origin, origins = origins_of(table)

    def after(own: npt.NDArray[Any], more: object) -> npt.NDArray[Any]:
        return np.concatenate([own, np.broadcast_to(np.asarray(more), len(row)).astype(own.dtype)])

    def column(name: str) -> npt.NDArray[Any]:
        return np.asarray(table[name].to_numpy())[row]

    return Points(
        report_id=after(points.report_id, -1),
        report_code=points.report_code,
        lon=after(points.lon, column("lon")),
        lat=after(points.lat, column("lat")),
        due_s=after(points.due_s, NO_DUE_S),
        fixed_state=after(points.fixed_state, np.repeat(list(_STATES.values()), [len(a) for a in at])),
        is_urgent=after(points.is_urgent, False),
        is_secret=after(points.is_secret, column("is_secret")),
        origin=after(points.origin, origin[row] + len(points.origins)),
        holder=after(points.holder, 0),
        origins=(*points.origins, *origins),
        holder_codes=points.holder_codes or ("",),
        n=after(points.n, np.concatenate([n[a] for (_, n), a in zip(found, at, strict=True)])),
    )
