"""Tiles of bars: who holds what, what falls due, fields. A View -> the values that the template writes."""

from dashboard import headlines
from dashboard.text import number, percent, t
from dashboard.wall import words
from dashboard.wall.read import Flows, Held
from dashboard.wall.view import Values, View, of_period

LONG_NAME = 21
"""Names of units with more letters are set in the condensed face."""


def holders(view: View) -> Values:
    """Who holds what is overdue; the units that the title speaks of are marked."""
    held = sorted((each for each in view.held if each.overdue), key=lambda each: (-each.overdue, each.unit))
    named = [(view.names.unit(each.unit), each.overdue) for each in held]
    title, _ = headlines.who_holds(named) if named else (t("say.no_overdue").rstrip("."), "")
    spoken = headlines.FEW_UNITS if sum(n for _, n in named[:3]) * 3 >= sum(n for _, n in named) else 0
    title = title.removesuffix(",").split(", ")[0]
    return {
        "kind": "bars",
        "title": title,
        "rows": bars(named, view.rows, spoken, "hot", "wall.other_units"),
        "foot": _oldest(view, held),
    }


def _oldest(view: View, held: list[Held]) -> str:
    late = [(each.oldest_due_at, each.unit) for each in held if each.oldest_due_at]
    if not late:
        return ""
    due_at, unit = min(late)
    amount = words.overdue_for(view.question.calendar, due_at, view.question.at)
    return t("wall.oldest_unit", amount=amount, unit=view.names.unit(unit))


def due_soon(view: View) -> Values:
    """Who has what falls due within the next working day."""
    held = sorted((each for each in view.held if each.due_soon), key=lambda each: (-each.due_soon, each.unit))
    named = [(view.names.unit(each.unit), each.due_soon) for each in held]
    until = words.until(view.question.window.soon_until, view.question.at)
    count = number(sum(n for _, n in named))
    return {
        "kind": "bars",
        "title": t("wall.soon", count=count, until=until),
        "rows": bars(named, view.rows, 0, "soon", "wall.other_units"),
        "foot": t("wall.within_hours"),
    }


def overdue_fields(view: View) -> Values:
    """Overdue by field; a field with one or two stands among the others: it could point to a person."""
    counts = view.stocks.overdue_fields.get(view.place, {})
    named = sorted(
        ((view.names.field(code), count) for code, count in counts.items() if count >= words.LEAST_SHOWN),
        key=most_first,
    )
    small = sum(count for count in counts.values() if 0 < count < words.LEAST_SHOWN)
    rows = bars(named, view.rows - bool(small), 0, "bar", "wall.other_fields")
    if small:
        rows.append(row(t("wall.other_fields"), small, max([small, *[n for _, n in named]]), "quiet"))
        rows[-1]["value"] = words.guarded(small)
    most = t("wall.most_field", field=named[0][0]) if len(named) > 1 and named[0][1] > named[1][1] else ""
    title = most or t("wall.overdue_fields") if counts and any(counts.values()) else t("say.no_overdue")
    return {"kind": "bars", "title": title.rstrip("."), "rows": rows, "foot": ""}


@of_period("wall.on_time_fields")
def on_time_fields(view: View, flows: Flows) -> Values:
    """On-time rate of the quarter by field, lowest first; fields with too few cases stand apart, unspoken."""
    rates = {view.names.field(code): rate for code, rate in flows.on_time_fields.items()}
    spoken = sorted(
        ((name, rate) for name, rate in rates.items() if headlines.is_enough(rate)),
        key=lambda pair: (pair[1].pct or 0, pair[0]),
    )
    rows = [
        {
            "name": name,
            "is_long": len(name) > LONG_NAME,
            "value": percent((rate.pct or 0) / 100),
            "share": (rate.pct or 0) / 100,
            "tone": "bar",
        }
        for name, rate in spoken[: view.rows]
    ]
    title = t("wall.worst_field", field=spoken[0][0]) if len(spoken) > 1 else t("wall.on_time_fields")
    foot = t("wall.on_time_fields") if len(spoken) > 1 else ""
    return {"kind": "bars", "title": title, "rows": rows, "foot": foot}


def most_first(named: tuple[str, int]) -> tuple[int, str]:
    """Key of sorting: by count, most first, then by name."""
    return -named[1], named[0]


def bars(named: list[tuple[str, int]], rows: int, spoken: int, tone: str, others: str) -> list[Values]:
    """Most first; when they do not fit, the last row is all others together."""
    shown = named if len(named) <= rows else named[: rows - 1]
    rest = named[len(shown) :]
    most = max([count for _, count in shown] + [sum(count for _, count in rest)], default=1)
    made = [
        row(name, count, most, tone if not spoken or place < spoken else "bar")
        for place, (name, count) in enumerate(shown)
    ]
    if rest:
        made.append(row(t(others, count=len(rest)), sum(count for _, count in rest), most, "quiet"))
    return made


def row(name: str, count: int, most: int, tone: str) -> Values:
    """One bar: its share of the longest one."""
    return {
        "name": name,
        "is_long": len(name) > LONG_NAME,
        "value": number(count),
        "share": count / max(most, 1),
        "tone": tone,
    }
