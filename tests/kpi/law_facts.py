"""Turns parsed law into the plain tuples of expected_law.py, so that both copies can be compared."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from kpi.calendar_data import DaysOff, OfficeHours, Session
from kpi.definitions import KpiDefinition
from kpi.deployments import Applied
from kpi.effective import Dated
from kpi.rules import Regulation, StageLimit


def limit_row(limit: StageLimit, urgency_of_text: tuple[str, ...]) -> tuple:
    """The row of expected_law.LIMITS, defaults cut from its end."""
    flags = ("p" if limit.pausable else "") + ("x" if limit.extendable else "")
    urgency = limit.urgency if limit.urgency != urgency_of_text else None
    parts = tuple(amount for _, amount in limit.parts) or None
    row = (
        limit.stage_id, limit.amount, limit.unit, limit.clock, limit.starts_from, limit.stops_on, limit.holder,
        limit.article, flags, urgency, limit.inside, parts,
    )  # fmt: skip
    while row[-1] is None:
        row = row[:-1]
    return row


def text_facts(text: Regulation) -> dict:
    """Everything that a text says in numbers, ids and articles; not its prose (title, why, label)."""
    overdue, extension = text.overdue, text.extension
    return {
        "id": text.id,
        "limits": [limit_row(limit, text.urgency) for limit in text.stages().values()],
        "choices": {name: (c.default, c.allowed, c.article) for name, c in text.choices.items()},
        "facts": (
            text.province_code, text.status, text.number, text.short_title, text.urgency,
            overdue and (overdue.decided_by, overdue.limits, overdue.article),
            extension and (
                extension.max_times, extension.max_share_of_limit, extension.requested_before_due, extension.article
            ),
        ),
        "reports": [
            (r.id, r.period, r.basis, r.due and (r.due.rule, r.due.day, r.due.month), r.to, r.article) for r in text.reports
        ],
        "classification": [(c.id, c.figure, c.threshold, c.breached_when, c.unit, c.article) for c in text.classification],
        "escalations": [(c.id, c.figure, c.threshold, c.breached_when, c.unit, c.article) for c in text.escalations],
    }  # fmt: skip


def deployment_facts(found: Mapping[str, Dated[Applied]]) -> dict:
    """The shape of expected_law.DEPLOYMENTS."""
    return {
        code: [
            (s.value.regulation, str(s.from_on), str(s.until_on), s.value.base, s.value.basis)
            for s in dated.spans
        ]
        for code, dated in found.items()
    }


def hours_facts(found: Mapping[str, Dated[OfficeHours]]) -> dict:
    """The shape of expected_law.HOURS."""
    return {
        code: [
            (str(s.from_on), str(s.until_on), " ".join(map(_session, s.value.sessions)), s.value.basis)
            for s in dated.spans
        ]
        for code, dated in found.items()
    }


def documents_of(found: Mapping[str, Dated]) -> list[str]:
    """What set each dated value, in the order of the file."""
    return [span.value.document for dated in found.values() for span in dated.spans]


def definition_facts(found: Mapping[str, KpiDefinition]) -> list[tuple]:
    """The shape of expected_law.DEFINITIONS."""
    return [(one.id, one.kind, one.unit, one.better, one.article) for one in found.values()]


def calendar_facts(found: DaysOff) -> tuple:
    """Days off and worked per year, what is worked for what, undecided years, how often each document is named."""
    marked = sorted([(day, "") for day in found.days_off] + [(day, "!") for day in found.make_up])
    years = {}
    for day, mark in marked:
        years.setdefault(day.year, []).append(f"{mark}{day.day}/{day.month}")
    worked_for = {_long(m.on): _long(m.for_day) for m in found.make_up.values()}
    documents = Counter(d.document for d in found.days_off.values()) + Counter(
        m.document for m in found.make_up.values()
    )
    return {year: " ".join(days) for year, days in years.items()}, worked_for, set(found.undecided), documents


def _session(session: Session) -> str:
    clock = ["{:02}:{:02}".format(*divmod(s // 60, 60)) for s in (session.opens_s, session.closes_s)]
    return "-".join(clock)


def _long(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"
