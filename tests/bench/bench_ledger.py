"""How long judging takes: ten million reports with eight events each, judged with their whole ledger.

`python tests/bench/bench_ledger.py [reports]`; the last line is JSON. Making the events is not part of the time.
"""

import json
import resource
import sys
import time

import numpy as np
import pandas as pd

from kpi.ledger import judge
from kpi.ledger_law import NAT
from kpi.rulebook import Rulebook

BATCH = 250_000
UNITS = [f"unit-{n:03d}" for n in range(200)]
IOC = "ioc"
KIB_PER_GB = 1024**2
PLAIN = "sent received dispatched accepted result approved published rated"
STORIES = {
    PLAIN: 0.52,
    "sent received dispatched accepted result approved published": 0.13,
    "sent received dispatched accepted": 0.03,
    "sent received refused": 0.06,
    "sent received dispatched returned_wrong dispatched accepted result approved published rated": 0.08,
    "sent received dispatched accepted forwarded coordination_result result approved published": 0.08,
    "sent received dispatched accepted info_requested info_supplied result approved published": 0.05,
    "sent received dispatched accepted extended result approved published feedback clarified": 0.04,
    "sent received dispatched accepted result approved sent_back result approved published": 0.01,
}
BY_IOC = ("received", "refused", "dispatched", "published", "sent_back")
KINDS = sorted({kind for story in STORIES for kind in story.split()})


def make(n_reports: int, first_id: int, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`n_reports` made-up reports of two years and their events, as judge takes them."""
    sent = np.datetime64("2022-12-01", "s").astype(np.int64) + rng.integers(0, 700 * 86_400, n_reports)
    lead, other = rng.integers(0, len(UNITS), n_reports), rng.integers(0, len(UNITS) - 1, n_reports)
    other += other >= lead
    pick = rng.choice(len(STORIES), n_reports, p=list(STORIES.values()))
    pieces = []
    for number, words in enumerate(STORIES):
        mine = np.flatnonzero(pick == number)
        pieces.append(_events(words.split(), mine, sent[mine], lead[mine], other[mine], rng))
    columns = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    order = np.lexsort((columns["step"], columns["report"]))
    columns = {name: column[order] for name, column in columns.items()}
    units = pd.Index([*UNITS, IOC], dtype=object)
    events = pd.DataFrame(
        {
            "event_id": np.arange(len(order)) + first_id * 100, "report_id": columns["report"] + first_id,
            "kind": pd.Categorical.from_codes(columns["kind"], pd.Index(KINDS, dtype=object)),
            "at": columns["at"], "recorded_at": columns["at"],
            "acting_unit_code": pd.Categorical.from_codes(columns["acting"], units),
            "target_unit_code": pd.Categorical.from_codes(columns["target"], units),
            "committed_at": columns["committed"], "reason_code": pd.Categorical.from_codes(np.full(len(order), -1), ["r"]),
            "rating": np.where(columns["kind"] == KINDS.index("rated"), 3, NAT), "duplicate_of": np.full(len(order), NAT),
        }
    )  # fmt: skip
    reports = pd.DataFrame(
        {"province_code": "94", "report_id": np.arange(n_reports) + first_id, "sent_at": sent}
    )
    reports["province_code"] = reports["province_code"].astype("category")
    reports["urgency"] = pd.Categorical.from_codes(np.zeros(n_reports, np.int8), ["normal"])
    return reports, events


def _events(
    kinds: list[str],
    report: np.ndarray,
    sent: np.ndarray,
    lead: np.ndarray,
    other: np.ndarray,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """One story told of each of those reports: a column per event, flattened."""
    n, m = len(report), len(kinds)
    gaps_s = rng.exponential(0.8 * 86_400, (n, m)).astype(np.int64)
    gaps_s[:, :3] //= 8
    gaps_s[:, 0] = 0
    at = sent[:, None] + np.cumsum(gaps_s, axis=1)
    acting, target = np.full((n, m), -1), np.full((n, m), -1)
    holder = lead
    for step, kind in enumerate(kinds):
        by_unit = kind not in (*BY_IOC, "sent", "rated", "feedback", "info_supplied")
        acting[:, step] = (
            len(UNITS)
            if kind in BY_IOC
            else other
            if kind == "coordination_result"
            else holder
            if by_unit
            else -1
        )
        if kind == "returned_wrong":
            holder = other
        if kind in ("dispatched", "forwarded"):
            target[:, step] = holder if kind == "dispatched" else other
    committed = np.where(np.array(kinds) == "extended", at + 5 * 86_400, NAT)
    return {
        "report": np.repeat(report, m), "step": np.tile(np.arange(m), n), "at": at.ravel(), "acting": acting.ravel(),
        "kind": np.tile([KINDS.index(kind) for kind in kinds], n), "target": target.ravel(), "committed": committed.ravel(),
    }  # fmt: skip


def run(n_reports: int) -> tuple[float, float]:
    """Judge `n_reports` in batches. Returns the seconds that judging took, and the process's peak memory in GB."""
    spent_s, _, peak_gb = measure(n_reports)
    return spent_s, peak_gb


def measure(n_reports: int) -> tuple[float, float, float]:
    """Wall seconds, processor seconds (they differ when others use the machine) and peak memory in GB."""
    rulebook = Rulebook.load("94")
    judge(*make(1000, 1, np.random.default_rng(0)), rulebook, IOC)
    spent_s, processor_s, rejected = 0.0, 0.0, 0
    for first in range(0, n_reports, BATCH):
        reports, events = make(min(BATCH, n_reports - first), first + 1, np.random.default_rng(first))
        began_s, began_processor_s = time.perf_counter(), time.process_time()
        ledger = judge(reports, events, rulebook, IOC)
        spent_s += time.perf_counter() - began_s
        processor_s += time.process_time() - began_processor_s
        rejected += len(ledger.rejected)
        del reports, events, ledger
    assert rejected == 0, f"{rejected} events of the bench were rejected; its stories must be possible"
    return spent_s, processor_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_GB


bench_judge = run

if __name__ == "__main__":
    reports_asked = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    seconds, processor_seconds, peak_gb = measure(reports_asked)
    print("reports        wall s  processor s  reports/s  peak GB")
    print(
        f"{reports_asked:>12,} {seconds:>8.1f} {processor_seconds:>12.1f} {reports_asked / seconds:>10,.0f} {peak_gb:>8.2f}"
    )
    print(
        json.dumps(
            {
                "reports": reports_asked,
                "ledger_s": round(seconds, 1),
                "ledger_processor_s": round(processor_seconds, 1),
                "ledger_peak_gb": round(peak_gb, 2),
            }
        )
    )
