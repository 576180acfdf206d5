"""What an operator watches of `ioc etl follow`, for Prometheus."""

from collections.abc import Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from etl.operations import Run

_BUCKETS_S = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60)


class Metrics:
    """Counters of one process; `serve` shows them at /metrics."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.rows = Counter("ioc_etl_rows", "rows read or changed", ["table"], registry=self.registry)
        self.steps = Counter("ioc_etl_steps", "increments applied", registry=self.registry)
        self.failures = Counter(
            "ioc_etl_failures", "times that store or mart was lost", registry=self.registry
        )
        self.defects = Counter(
            "ioc_etl_reports_failed",
            "reports put aside because their facts could not be built",
            registry=self.registry,
        )
        self.step_s = Histogram(
            "ioc_etl_step_seconds", "read to commit", buckets=_BUCKETS_S, registry=self.registry
        )
        self.waiting = Gauge(
            "ioc_etl_reports_waiting",
            "touched reports still to be applied, at least: a look counts no more than it takes",
            registry=self.registry,
        )
        self.behind_s = Gauge(
            "ioc_etl_behind_seconds",
            "since when more waits than one step can take; 0 = up with the source",
            registry=self.registry,
        )
        self.event_age_s = Gauge(
            "ioc_etl_event_age_seconds", "age of the youngest event when applied", registry=self.registry
        )

        self.job_ok = Gauge(
            "ioc_etl_job_ok", "1 when the recurring job last ended well", ["job"], registry=self.registry
        )

        self.differing = Gauge(
            "ioc_etl_differing",
            "what differs between store and mart, by the last reconciliation",
            ["kind"],
            registry=self.registry,
        )

    def behind(self, reports: int, since_at: datetime | None, now: datetime) -> None:
        """So many touched reports wait at least; since_at: when they became more than a step can take, None when they are not."""
        self.waiting.set(reports)
        self.behind_s.set((now - since_at).total_seconds() if since_at else 0)

    def applied(self, run: Run, spent_s: float, last_event_at: datetime | None, now: datetime) -> None:
        """An increment is in the mart."""
        self.steps.inc()
        self.step_s.observe(spent_s)
        for table, rows in run.counts.items():
            self.rows.labels(table).inc(rows)
        if last_event_at is not None:
            self.event_age_s.set((now - last_event_at).total_seconds())

    def failing(self, reports: int) -> None:
        """So many reports of an applied increment were put aside by etl.guard."""
        self.defects.inc(reports)

    def scheduled(self, job_id: str, is_ok: bool) -> None:
        """A recurring job was tried."""
        self.job_ok.labels(job_id).set(is_ok)

    def reconciled(self, differing: Mapping[str, int]) -> None:
        """A reconciliation found so many differences, by kind."""
        for kind, n in differing.items():
            self.differing.labels(kind).set(n)

    def serve(self, host: str, port: int) -> None:
        """Answer /metrics from a thread."""
        start_http_server(port, addr=host, registry=self.registry)
