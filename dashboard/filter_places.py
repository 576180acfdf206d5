"""The menus of place and of boundaries: every unit of the day that figures stand on, and the districts that have ended."""

from collections.abc import Iterator
from datetime import timedelta

from dash import html
from dash.development.base_component import Component

from dashboard import ground
from dashboard.ask import Question
from dashboard.filter_menu import Option, menu, option
from dashboard.ground_filters import communes_of_former
from dashboard.names import Names
from dashboard.page import Page
from dashboard.text import on, t
from geo.units import Level, units_on
from kpi.filters import OWN, TODAY, UNKNOWN


def place_menu(_page: Page, question: Question, names: Names) -> Component:
    """Districts and communes of the day that figures stand on; communes of other districts are found by searching."""
    filters, own = question.filters, question.scope.district_code
    everything = [] if own else [option(question, t("filter.all_area"), district=None, commune=None)]
    districts = _districts(question, names) if names.districts else _former_districts(question, names)
    options = [*everything, *districts, *_communes(question, names)]
    code = filters.commune or filters.district or ""
    value = names.place("commune" if filters.commune else "district", "" if code == UNKNOWN else code)
    is_chosen = filters.district or filters.commune
    return menu("district", value if is_chosen else t("filter.all_area"), "", options)


def _districts(question: Question, names: Names) -> Iterator[Option]:
    own = question.scope.district_code
    for code in names.districts:
        if own in ("", code):
            yield option(question, names.district(code), district=code, commune=None)


def _former_districts(question: Question, names: Names) -> Iterator[Option]:
    """Where there are districts no more: the same ground today, of each one that was."""
    province, own = question.scope.province_code, question.scope.district_code
    ended_on = ground.districts_ended_on(province, question.today)
    if ended_on is None:
        return
    last_on = ended_on - timedelta(days=1)
    for unit in units_on(last_on, level=Level.DISTRICT, province_code=province):
        if own in ("", unit.code):
            chosen = {"district": unit.code, "commune": None, "ground": TODAY}
            made = option(question, names.district(unit.code), **chosen)
            yield Option(
                made.label, made.query, made.is_chosen, t("filter.former_districts", day=on(last_on))
            )


def _communes(question: Question, names: Names) -> Iterator[Option]:
    """Those of the chosen district first and open, all others only when they are searched for."""
    filters, scope = question.filters, question.scope
    inside = communes_of_former(scope.province_code, filters.district or "") if not names.districts else ()
    ground_codes = _on_own_ground(question)
    found = []
    for code, row in names.communes.items():
        if ground_codes and code not in ground_codes:
            continue
        parent = row["parent_code"] if names.districts else ""
        is_near = code in inside if not names.districts else parent == filters.district
        if scope.district_code and not is_near:
            continue
        near_district = filters.district if is_near else parent or _no_district(question, names)
        made = option(question, names.commune(code), district=near_district, commune=code)
        group = names.district(filters.district) if is_near and filters.district else _group(names, parent)
        is_deep = not is_near and bool(names.districts or filters.district)
        found.append((not is_near, Option(made.label, made.query, made.is_chosen, group, is_deep)))
    yield from (
        made for _, made in sorted(found, key=lambda pair: (pair[0], pair[1].is_deep and pair[1].group))
    )


def _no_district(question: Question, names: Names) -> str | None:
    """On the reports' own time a commune without a district: its code may have been another one's in a district."""
    return UNKNOWN if question.filters.ground is None and not names.districts else None


def _group(names: Names, parent: str) -> str:
    return names.district(parent) if parent else t("filter.communes")


def _on_own_ground(question: Question) -> frozenset[str]:
    """Today's communes on a former province's ground; empty where the province still is what it was."""
    province, day = question.scope.province_code, question.drawn().day
    if day is None:
        return frozenset()
    return frozenset(
        u.code for u in units_on(day, level=Level.COMMUNE, province_code=province, ground=province)
    )


def ground_menu(_page: Page, question: Question, _names: Names) -> Component | None:
    """On which day's units figures stand; nothing to choose where no boundaries are held."""
    offered = ground.offered(question.scope.province_code, question.today)
    if len(offered) < 2:
        return None
    chosen = question.filters.ground or OWN
    ended_on = ground.districts_ended_on(question.scope.province_code, question.today)
    last_on = on(ended_on - timedelta(days=1)) if ended_on else ""
    options = [
        Option(
            [
                html.Span(t(f"filter.ground.{each}", day=last_on)),
                html.Span(t(f"filter.ground.{each}_hint", day=on(question.today)), className="filter-hint"),
            ],
            question.filters.with_(ground=each, commune=None).query(),
            each == chosen,
        )
        for each in offered
    ]
    return menu("ground", t(f"filter.ground.{chosen}", day=last_on), "", options)
