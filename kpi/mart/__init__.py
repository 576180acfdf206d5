"""The mart's contract: every table's grain, key, columns and units. The ETL writes it, kpi.queries reads it.

All instants are timestamptz in whole seconds. `_s` columns are working seconds unless they say otherwise.
Every key carries province_code, so that the mart can be distributed by it. Facts are partitioned by it, so their keys
and indexes begin with what is looked up within a province: numbers and instants, which are quick to sort and narrow.
Additive counts only; ratios are computed last, by kpi.queries. Use the names of this module: `mart.report`.
"""

from kpi.mart.columns import SCHEMA, metadata
from kpi.mart.counts import daily_report, daily_unit, half_monthly_place
from kpi.mart.dimensions import category, place, unit
from kpi.mart.facts import assignment, directive, event, hold, hotline_call, report, report_detail, stage
from kpi.mart.operations import quarantine, reconciliation, reconciliation_unit, run, source_state

FACTS = (
    report,
    report_detail,
    assignment,
    hold,
    stage,
    event,
    daily_report,
    half_monthly_place,
    daily_unit,
    hotline_call,
    directive,
)
"""Tables that a build replaces; their union is what the fingerprint covers."""

__all__ = [
    "FACTS",
    "SCHEMA",
    "assignment",
    "category",
    "daily_report",
    "daily_unit",
    "directive",
    "event",
    "half_monthly_place",
    "hold",
    "hotline_call",
    "metadata",
    "place",
    "quarantine",
    "reconciliation",
    "reconciliation_unit",
    "report",
    "report_detail",
    "run",
    "source_state",
    "stage",
    "unit",
]
