"""Which reports of their own time a district or commune chosen on the ground of a day stands for. Pure."""

from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from dashboard.ground import Ground, day_of, districts_ended_on, first_held, instant_of
from geo.succession import shares
from geo.units import AdminUnit, Level, load
from kpi.filters import UNKNOWN, Carried, Filters, Piece, SentFrom
from kpi.queries.ground import midnight
from kpi.scope import Scope


def resolved(filters: Filters, scope: Scope, today: date) -> Filters:
    """The filters with `carried` filled in. Raises FilterError for a ground that cannot be chosen.

    On the ground of a day a commune is one of that day, and a district is the ground that it last had: its own reports,
    and those sent since from the communes that lie in it. A district IOC's own district is that in any case.
    """
    day = day_of(filters, scope.province_code, today)
    carried: Carried = ()
    ended_on = districts_ended_on(scope.province_code, today)
    is_own = bool(scope.district_code) and filters.district == scope.district_code
    if filters.district not in (None, UNKNOWN) and ended_on and (day or is_own):
        carried += (
            ("district", former_district(scope.province_code, str(filters.district), ended_on, is_own)),
        )
    if filters.commune not in (None, UNKNOWN) and day:
        ground = Ground(scope.province_code, day, Level.COMMUNE)
        carried += (("commune", _sources(ground, str(filters.commune))),)
    return replace(filters, carried=carried)


def chosen_place(filters: Filters, column: str, code: str) -> Filters:
    """The filters of the reports of one row of a table by place: column district | commune, code '' not known.

    A commune in a table of districts has none, and its code may have been another commune's before.
    """
    if column == "district" and not code:
        return filters.with_(district=UNKNOWN, commune=UNKNOWN)
    if column == "commune" and filters.ground is None and filters.district is None:
        return filters.with_(district=UNKNOWN, commune=code or UNKNOWN)
    return filters.with_(**{column: code or UNKNOWN})


def scope_on(scope: Scope, today: date) -> Scope:
    """The scope of a district IOC on a day: where districts have ended, with the communes that lie in its ground."""
    if not scope.district_code or districts_ended_on(scope.province_code, today) is None:
        return scope
    return replace(scope, communes=communes_of_former(scope.province_code, scope.district_code))


@lru_cache(maxsize=512)
def former_district(province_code: str, code: str, ended_on: date, whole: bool) -> tuple[SentFrom, ...]:
    """A district that ended: the reports with its code, and those sent since from communes that lie in it.

    whole: a commune that lies in several former districts goes whole to the one with its largest part.
    """
    ground = Ground(province_code, ended_on - timedelta(days=1), Level.DISTRICT)
    own = SentFrom("district", code, None, midnight(ended_on))
    since = tuple(
        part for part in _sources(ground, code) if part.from_at and part.from_at >= midnight(ended_on)
    )
    if not whole:
        return (own, *since)
    mine = communes_of_former(province_code, code)
    return (own, *(replace(part, pieces=(), inside=()) for part in since if part.code in mine))


@lru_cache(maxsize=512)
def communes_of_former(province_code: str, district_code: str) -> tuple[str, ...]:
    """Codes of the communes without a district whose ground lies, for the largest part, in a district that ended."""
    ended_on = districts_ended_on(province_code, date.max)
    if ended_on is None:
        return ()
    ground = Ground(province_code, ended_on - timedelta(days=1), Level.DISTRICT)
    own = [
        u.code
        for u in load(province_code).units
        if u.level is Level.COMMUNE
        and (u.valid_from or date.min) >= ended_on
        and _largest(ground, u) == district_code
    ]
    return tuple(dict.fromkeys(own))  # a commune may have changed its kind since


@lru_cache(maxsize=512)
def _sources(ground: Ground, code: str) -> tuple[SentFrom, ...]:
    """Communes of all times whose ground lies in the unit `code` of the ground: wholly, or a piece of it.

    Reports of a divided one whose place does not tell the piece go to the unit with its largest part.
    """
    divided = {(each.code, each.from_at): each.pieces for each in ground.divided()}
    found = []
    for u in load(ground.province_code).units:
        if u.level is not Level.COMMUNE or first_held(u, ground.province_code) is None:
            continue
        largest = _largest(ground, u)
        pieces = divided.get((u.code, instant_of(u.valid_from)), ())
        inside = _inside(pieces, code, is_largest=largest == code)
        if inside or (not pieces and largest == code):
            found.append(
                SentFrom("commune", u.code, instant_of(u.valid_from), instant_of(u.valid_to), pieces, inside)
            )
    return tuple(found)


def _inside(pieces: tuple[Piece, ...], code: str, *, is_largest: bool) -> tuple[str, ...]:
    found = (code,) if any(piece.code == code for piece in pieces) else ()
    return (*found, "") if pieces and is_largest else found


def _largest(ground: Ground, u: AdminUnit) -> str | None:
    start = first_held(u, ground.province_code)
    if start is None or ground.day is None:
        return None
    return shares(u.code, start, ground.day, ground.level)[0].code
