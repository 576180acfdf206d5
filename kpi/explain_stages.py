"""Each stage of a report against its own limit, with its count day by day."""

from kpi.deadlines import Deadline, Step, due_at
from kpi.explain_judged import Judged, local
from kpi.explain_words import Speech
from kpi.explanation import StageExplained
from kpi.ledger_scalar import Pause, StageRow
from kpi.wording import step_text
from kpi.worktime import from_unix


def stages_of(judged: Judged) -> tuple[StageExplained, ...]:
    """The stages in the order in which they began."""
    rows = sorted(judged.case.stages, key=lambda row: row.start)
    return tuple(_stage(judged, row) for row in rows)


def _stage(judged: Judged, row: StageRow) -> StageExplained:
    speech, limit = judged.speech, row.limit
    found = due_at(from_unix(row.start), limit, judged.calendar) if limit else None
    end = judged.now if row.done is None else row.done
    state, verdict = _verdict(judged, row)
    return StageExplained(
        row.stage, speech(f"stage.{row.stage}"), row.unit, speech.unit(row.unit) or speech("holder.sender"),
        from_unix(row.start), local(row.due), local(row.done), _limit(judged, row),
        speech.article(limit.article) if limit else "", (limit.borrowed_from or "") if limit else "", state, verdict,
        _days(found, speech, counted=True), _days(found, speech, counted=False),
        tuple(step_text(step, found.limit, speech.language) for step in found.steps) if found else (),
        tuple(speech.cited(caveat) for caveat in found.caveats) if found else (),
        tuple(_pause(judged, pause) for pause in row.pauses), max(judged.worked_s(row.start, end), 0),
    )  # fmt: skip


def _limit(judged: Judged, row: StageRow) -> str:
    """The limit in words; where the store sets due dates, that of handling is the store's."""
    if row.limit:
        return judged.speech.limit(row.limit)
    if judged.is_due_by_store and (row.due is not None or row.stage == "handle"):
        return judged.speech("ground.store" if row.due is not None else "ground.no_store_due")
    return judged.speech("not_set")


def _pause(judged: Judged, pause: Pause) -> str:
    speech = judged.speech
    why, since = speech(f"why_paused.{pause.why}"), speech.moment(pause.since)
    if pause.until is None:
        return speech("pause.running", since=since, why=why)
    amount = speech.working(judged.worked_s(pause.since, pause.until))
    return speech("pause.ended", since=since, until=speech.moment(pause.until), amount=amount, why=why)


def _verdict(judged: Judged, row: StageRow) -> tuple[str, str]:
    """State and words."""
    speech, is_done = judged.speech, row.done is not None
    if row.due is None and row.limit and not is_done:
        return "paused", speech("verdict.paused")
    if row.due is None:
        return "none", speech("not_set")
    if row.was_left_in_time:
        return "left", speech("verdict.left")
    end = judged.now if row.done is None else row.done
    if end <= row.due:
        state = "on_time" if is_done else "running"
        return state, speech(f"verdict.{state}")
    state, late_s = "late" if is_done else "overdue", judged.worked_s(row.due, end)
    if not late_s:
        return state, speech(f"verdict.{state}_off")
    return state, speech(f"verdict.{state}", amount=speech.working(late_s))


def _days(found: Deadline | None, speech: Speech, *, counted: bool) -> tuple[str, ...]:
    """Days or sessions that a limit counts, or skips with the reason."""
    steps = found.steps if found else ()
    return tuple(
        _day(step, speech) for step in steps if step.is_counted == counted and step.from_at < step.until_at
    )


def _day(step: Step, speech: Speech) -> str:
    whole = step.working_day is not None or step.reason in ("weekend", "holiday", "start_day")
    day = f"{speech.weekday(step.from_at)} {step.from_at:%d/%m}"
    span = day if whole else f"{day} {step.from_at:%H:%M}–{step.until_at:%H:%M}"
    if step.reason in ("working", "wall_time"):
        return span
    why = speech.cited(step.name) or speech(f"day.{step.reason}")
    return f"{span} ({why})"
