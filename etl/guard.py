"""Facts of a batch, whatever one report in it holds: a report that cannot be built or kept is put aside, the rest go on.

What is expected of dirty rows is said by staging and judging. This is for what nobody thought of: an exception while
facts are built, for which the batch is cut in halves until the offending reports are found; and facts that the mart's
own columns and keys would refuse (etl.refusals).
"""

import traceback
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import structlog

from etl import facts, refusals
from etl.columns import MisfitError
from etl.facts import Facts, Judging
from etl.quarantine import WHOLE, Complaints
from etl.sources.record import Batch

MOST_PCT, MOST_AT_LEAST = 1, 20
"""More failing reports than both of one batch are a defect of the program or the law's data, not dirt."""
_NOT_OF_A_REPORT = (MemoryError, OSError)
_REASON = "Lỗi chương trình ({cause}); phản ánh chưa được tính. Báo cho đơn vị phát triển phần mềm."
_REFUSED = (
    "Cơ sở dữ liệu số liệu không nhận ({cause}); phản ánh chưa được tính. Sửa giá trị đó tại nguồn; nếu tại nguồn không"
    " sai, báo cho đơn vị phát triển phần mềm."
)
_OURS = ("etl", "geo", "kpi")
_log = structlog.get_logger("etl.guard")


class DefectError(Exception):
    """So many reports fail that the program is wrong, not the data. The message holds no citizen's words."""


def most_failing(reports: int) -> int:
    """How many of so many reports may fail before it is a defect: 1 %, but at least 20."""
    return max(MOST_AT_LEAST, reports * MOST_PCT // 100)


def build(batch: Batch, judging: Judging) -> Facts:
    """etl.facts.build; reports that it fails at, or that the mart would refuse, have no facts but a complaint: why.

    Raises DefectError when more of the batch fail than `most_failing` allows.
    """
    failing: dict[int, str] = {}
    try:
        built = facts.build(batch, judging)
    except _NOT_OF_A_REPORT:
        raise
    except Exception:
        failing = _failing(batch, judging, _report_ids(batch))
        built = facts.build(_without(batch, failing), judging)
    refused = refusals.refused(built)
    return _put_aside(batch, built, failing, refused) if failing or refused else built


def _put_aside(batch: Batch, built: Facts, failing: dict[int, str], refused: dict[int, str]) -> Facts:
    """Without the refused reports' facts, and with a complaint about each report that has none."""
    causes = {**failing, **refused}
    example, cause = next(iter(causes.items()))
    refuse_more(len(causes), len(_report_ids(batch)), f"report {example}: {cause}")
    complaints = Complaints()
    complaints.add_table(built.quarantine)
    for found, words in ((failing, _REASON), (refused, _REFUSED)):
        complaints.add("report", found, WHOLE, [words.format(cause=cause) for cause in found.values()], found)
    for report_id, cause in causes.items():
        _log.error("report_failed", report_id=report_id, cause=cause)
    read = {"report": batch.reports.num_rows, "report_event": batch.events.num_rows}
    tables = {name: _rows_without(table, refused) for name, table in built.tables.items()}
    groups = _rows_without(built.groups, refused)
    return Facts(tables, groups, complaints.table(), read)


def _failing(batch: Batch, judging: Judging, ids: Sequence[int]) -> dict[int, str]:
    """Report id -> cause, found by halving."""
    found: dict[int, str] = {}
    todo = [ids]
    while todo:
        some = todo.pop()
        try:
            facts.build(_only(batch, some), judging)
        except _NOT_OF_A_REPORT:
            raise
        except Exception as error:
            if len(some) > 1:
                half = len(some) // 2
                todo += [some[half:], some[:half]]
                continue
            found[some[0]] = _cause(error)
            refuse_more(len(found), len(ids), f"report {some[0]}: {found[some[0]]}")
    return found


def failing_of(built: Facts) -> list[int]:
    """Ids of the reports that were put aside."""
    table = built.quarantine
    is_ours = pc.and_(pc.equal(table["field"], WHOLE), pc.starts_with(table["row_ref"], "report:"))
    ids: list[int] = table.filter(is_ours)["report_id"].to_pylist()
    return ids


def refuse_more(failing: int, reports: int, example: str) -> None:
    """Raise DefectError where `failing` of so many reports are more than dirt. example: which report, and why."""
    if failing > most_failing(reports):
        raise DefectError(
            f"facts of at least {failing} of {reports} reports cannot be built or kept ({example}). So many are a"
            " defect of this program, of the law's data or of the store, not of single reports: nothing of this step"
            " was written. Send this line to the maintainers, and go back to the last release until it is mended."
        )


def _cause(error: Exception) -> str:
    """The kind of exception and the line of ours that it came from; its text may hold a citizen's words."""
    if isinstance(error, MisfitError):
        return str(error)
    paths = [(Path(f.filename), f.lineno) for f in traceback.extract_tb(error.__traceback__)]
    ours = [f"{path.parent.name}/{path.name}:{line}" for path, line in paths if path.parent.name in _OURS]
    return " ".join([type(error).__name__, *ours[-1:]])


def _report_ids(batch: Batch) -> list[int]:
    both = chain(batch.reports["report_id"].to_pylist(), batch.events["report_id"].to_pylist())
    return sorted(set(both))


def _only(batch: Batch, ids: Sequence[int]) -> Batch:
    """The rows of some reports, without the source's own complaints."""
    wanted = pa.array(ids, pa.int64())
    return Batch(*(t.filter(pc.is_in(t["report_id"], wanted)) for t in (batch.reports, batch.events)))


def _without(batch: Batch, ids: Iterable[int]) -> Batch:
    return Batch(_rows_without(batch.reports, ids), _rows_without(batch.events, ids), batch.complaints)


def _rows_without(table: pa.Table, ids: Iterable[int]) -> pa.Table:
    unwanted = np.array(sorted(ids), dtype=np.int64)
    if not len(unwanted):
        return table
    return table.filter(pa.array(~np.isin(table["report_id"].to_numpy(), unwanted)))
