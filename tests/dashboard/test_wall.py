"""The wall without a browser: sizes, scenes as data, titles by rules, the rule of small numbers, the map, who may look."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time
from itertools import combinations

import pytest
from sqlalchemy import select, update

from dashboard.ask import Question, province_calendar
from dashboard.names import Names
from dashboard.wall import map_drawing, read, scenes, show, tiles, trend_drawing, words
from dashboard.wall.fragments import Told
from dashboard.wall.map_drawing import Box, Frame
from dashboard.wall.screen import LARGE, LARGE_FAR, PANELS, SINGLE, BadScreenError, minute_px, screen_of
from dashboard.wall.view import View
from kpi import oracle, plain_count
from kpi.accounts import wall_device
from kpi.filters import Filters
from kpi.periods import period_of
from kpi.queries import stages
from kpi.queries.run import gather_sync, rows_sync, snapshot
from kpi.queries.window import Window
from kpi.rates import Rate
from kpi.scope import Scope
from kpi.strict_yaml import DataError, parse
from tests import synthetic_facts as synthetic

from .conftest import WALL_TOKEN, Served

SIX_PANELS = {"distance_m": 6.0, "mm_per_px": 0.63, "width_px": 5760, "height_px": 2160}

# ------------------------------------------------------------------- screens


@pytest.mark.parametrize(
    ("mm_per_px", "floor_px"),
    [(0.530, 75), (0.630, 64), (0.744, 54), (0.493, 81), (0.562, 71)],  # design guide, section 3
)
def test_sixteen_arc_minutes_at_six_metres(mm_per_px: float, floor_px: int) -> None:
    assert round(16 * minute_px(6.0, mm_per_px)) == floor_px


def test_sizes_grow_with_the_distance() -> None:
    assert minute_px(9.0, 0.63) == pytest.approx(1.5 * minute_px(6.0, 0.63))


@pytest.mark.parametrize(
    ("more", "window", "chosen"),
    [
        ({}, (5760, 2160), PANELS),
        ({}, (3840, 2160), LARGE),
        (
            {"mm_per_px": 0.562},
            (3840, 2160),
            LARGE_FAR,
        ),  # one 98″: 4,45 px a minute, too much for three tiles
        ({}, (1920, 1080), SINGLE),
        ({}, (1440, 900), PANELS),  # a preview at a desk: the device's own picture, scaled
        ({"width_px": 3840}, None, LARGE),
        ({"width_px": 1280, "height_px": 720}, None, SINGLE),
    ],
)
def test_the_window_chooses_the_composition(more: dict, window: tuple[int, int] | None, chosen) -> None:
    assert screen_of(SIX_PANELS | more, "w", window).arrangement == chosen


@pytest.mark.parametrize("wrong", [{"distance_m": 0}, {"distance": 6}, {"mm_per_px": "small"}])
def test_bad_settings_are_refused_by_name(wrong: dict) -> None:
    with pytest.raises(BadScreenError, match=f"'hall'.*{next(iter(wrong))}"):
        screen_of(SIX_PANELS | wrong, "hall")


def test_bigger_letters_leave_room_for_fewer_rows_and_a_smaller_figure() -> None:
    near, far = screen_of(SIX_PANELS, "w"), screen_of(SIX_PANELS | {"mm_per_px": 0.53}, "w")
    assert (near.rows, far.rows) == (6, 5)
    assert near.hero > far.hero >= 50


# -------------------------------------------------------------------- scenes


def test_scenes_stay_long_enough_and_name_tiles_that_exist() -> None:
    made = scenes.all_scenes()
    assert [scene.id for scene in made][:2] == ["province", "overdue"]
    assert [scene.seconds for scene in made] == [40, 30, 20, 20]
    assert {tile for scene in made for tile in scene.slots.values()} <= set(tiles.TILES)


@pytest.mark.parametrize(
    ("line", "field"),
    [("seconds: 19", "seconds"), ("second: 30", "second"), ("seconds: 30\n    until: 7pm", "until")],
)
def test_a_wrong_scene_is_refused_by_field(line: str, field: str) -> None:
    text = f"scenes:\n  - id: x\n    {line}\n    slots: {{a: on_time}}\n"
    with pytest.raises(DataError, match=field):
        parse(text, "scenes.yaml", scenes._File)


def test_a_screen_may_choose_its_scenes_and_hours_hide_them() -> None:
    assert [scene.id for scene in scenes.chosen(("overdue", "province"), time(9))] == ["overdue", "province"]
    day = scenes.Scene.model_validate(
        {"id": "d", "seconds": 20, "slots": {}, "from": "07:00", "until": "17:30"}
    )
    assert [day.is_on(time(*at)) for at in ((6, 59), (7, 0), (17, 29), (17, 30))] == [
        False,
        True,
        True,
        False,
    ]


# --------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("counts", "whole", "title"),
    [
        ([13, 7, 4, 4, 3, 3, 3, 2, 1, 1], 41, "Gần nửa nằm ở A, B"),  # 13 + 7 = 20 of 41 = 48,8 %
        ([21, 10, 9], 40, "Hơn nửa nằm ở A"),  # 52,5 %
        ([5, 3, 2], 10, "Một nửa nằm ở A"),
        ([8, 1, 1], 10, "8 trên 10 nằm ở A"),
        ([2, 2, 2, 2, 2, 2, 2, 2, 2, 2], 20, "Quá hạn theo địa bàn"),  # three hold 30 %: no story
        ([3], 3, "Quá hạn theo địa bàn"),  # the only place says nothing about where
        ([], 0, "Không có phản ánh quá hạn"),
    ],
)
def test_the_title_of_the_map(counts: list[int], whole: int, title: str) -> None:
    named = list(zip("ABCDEFGHIJ", counts, strict=False))
    assert words.where(named, whole)[0] == title


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0"), (1, "dưới 3"), (2, "dưới 3"), (3, "3"), (1234, "1.234")]
)
def test_counts_that_could_point_to_a_person(count: int, shown: str) -> None:
    assert words.guarded(count) == shown


def test_rates_with_too_few_cases_are_fractions() -> None:
    assert words.rate(Rate(0, 0)) == ("–", "")
    assert words.rate(Rate(7, 8)) == ("7 trên 8", "")
    assert words.rate(Rate(2021, 2146)) == ("94,2", "%")  # 2.021 / 2.146 = 94,175 %


# ------------------------------------------------------- figures on a real mart


@pytest.fixture(scope="module")
def view(served: Served) -> View:
    """A view of the tests' mart, read in the scope of a wall."""
    at = synthetic.NOW
    filters = Filters(period_of("quarter", at.date()))
    window = Window.of(filters.period, at, province_calendar(synthetic.PROVINCE))
    question = Question(Scope(synthetic.PROVINCE, "wall"), filters, window, 1)
    stocks = read.stocks(question, gather_sync(served.engine, question.scope, read.stocks_asked(question)))
    flows = read.flows(question, gather_sync(served.engine, question.scope, read.flows_asked(question)))
    places = [
        {"place_code": code, "name": code, "full_name": code, "level": "district", "kind": "huyện"}
        for code in synthetic.DISTRICTS
        if code
    ]
    names = Names.of({"units": [], "places": places, "categories": []})
    return View(question, names, stocks, flows, screen_of(SIX_PANELS, "w"))


@pytest.mark.server
def test_overdue_is_the_same_by_unit_by_district_by_field_and_in_whole(view: View) -> None:
    figures, whole = view.stocks, view.stock.overdue
    assert whole > 0
    assert sum(each.overdue for place, each in figures.stock.items() if place != read.WHOLE) == whole
    assert sum(each.overdue for each in figures.held[read.WHOLE]) == whole
    assert sum(figures.overdue_fields[read.WHOLE].values()) == whole
    for place, stock in figures.stock.items():
        assert sum(each.overdue for each in figures.held[place]) == stock.overdue, place
        assert sum(figures.overdue_fields[place].values()) == stock.overdue, place


@pytest.fixture(scope="module")
def counted(view: View, served: Served) -> dict[str, Counter]:
    """What the wall shows, counted plainly, row by row: by (slicer, its value, measure)."""
    window = view.question.window
    this = (window.start_at, window.until_at)
    last = view.question.filters.period.previous()
    yesterday = window.a_day_before()
    with snapshot(served.engine, view.question.scope) as ask:
        facts = oracle.read(ask, window.at)
    found: dict[str, Counter] = {
        name: Counter() for name in ("now", "yesterday", "leads", "this", "before", "rated")
    }

    def add(name: str, slices: Iterable[tuple[str, str]], measures: Iterable[str]) -> None:
        found[name].update((*part, measure) for measure in measures for part in slices)

    for case in facts.reports:
        add("now", case.slices, plain_count.at_instant(case, window.at, window.soon_until))
        add("yesterday", case.slices, plain_count.at_instant(case, yesterday.at, yesterday.soon_until))
        add("this", case.slices, plain_count.in_period(case, *this))
        add("before", case.slices, plain_count.in_period(case, last.start_at, last.end_at))
    for case in facts.leads:
        add("leads", case.slices, plain_count.at_instant(case, window.at, window.soon_until))
    for case in facts.leaderless:
        add("leads", (("unit", ""),), plain_count.at_instant(case, window.at, window.soon_until))
    for row in facts.ratings:
        add("rated", (("", ""),), plain_count.rated_in(row, *this))
    return found


@pytest.mark.server
def test_what_is_in_hand_is_what_a_plain_count_finds(view: View, counted: dict[str, Counter]) -> None:
    now, leads, stocks = counted["now"], counted["leads"], view.stocks
    places = {value for slicer, value, _ in now if slicer == "district"}
    assert {place for place in stocks.stock if place} >= {place or read.UNKNOWN_PLACE for place in places}
    for place in ("", *places):
        part = ("district", place) if place else ("", "")
        stock = stocks.stock[place]
        shown = (stock.in_hand, stock.due_soon, stock.overdue, stock.overdue_yesterday)
        plain = [now[*part, name] for name in ("in_hand", "due_soon", "overdue")]
        assert shown == (*plain, counted["yesterday"][*part, "overdue"]), place
    units = {each.unit: each for each in stocks.held[read.WHOLE]}
    assert {unit: (each.overdue, each.due_soon) for unit, each in units.items()} == {
        unit: (leads["unit", unit, "overdue"], leads["unit", unit, "due_soon"]) for unit in units
    }
    assert sum(each.due_soon for each in units.values()) == now["", "", "due_soon"] > 0
    urgent = sum(now["urgency", name, "in_hand"] for name in read.URGENT)
    assert sum(stocks.urgent.values()) == urgent
    fields = {field: count for field, count in stocks.overdue_fields[read.WHOLE].items() if count}
    assert fields == {
        value: n for (cut, value, name), n in now.items() if (cut, name) == ("field", "overdue")
    }


@pytest.mark.server
def test_counts_of_periods_are_what_a_plain_count_finds(view: View, counted: dict[str, Counter]) -> None:
    this, flows = counted["this"], view.flows
    assert flows is not None
    for rates, plain in ((flows.on_time, this), (flows.on_time_before, counted["before"])):
        assert rates[read.WHOLE] == Rate(plain["", "", "on_time"], plain["", "", "judged"])
        for district in (each for each in synthetic.DISTRICTS if each):
            assert rates[district] == Rate(*(plain["district", district, name] for name in read.JUDGED)), (
                district
            )
    for field, rate in flows.on_time_fields.items():
        assert rate == Rate(*(this["field", field, name] for name in read.JUDGED)), field
    rated = counted["rated"]
    assert flows.satisfaction == Rate(rated["", "", "satisfied"], rated["", "", "rated"])
    assert flows.rated == Rate(rated["", "", "done_rated"], rated["", "", "done"])
    assert flows.rated.denominator > 0


@pytest.mark.server
def test_dispatches_of_two_periods_at_once_are_those_of_each(view: View, served: Served) -> None:
    question, flows = view.question, view.flows
    assert flows is not None
    before = question.window.over(question.filters.period.previous())
    for window, shown in ((question.window, flows.dispatch), (before, flows.dispatch_before)):
        (alone,) = rows_sync(
            served.engine, question.scope, stages.rates(question.filters, window, stage="dispatch")
        )
        assert shown == Rate(alone["stage_on_time"], alone["stage_judged"])
        assert shown.denominator > 0


@pytest.mark.server
def test_without_counts_of_periods_the_stocks_stand_and_the_rest_says_that_it_is_counted(view: View) -> None:
    shown = show.show(replace(view, flows=None))
    html = "".join(shown.fragments().values())
    assert tiles.on_time(replace(view, flows=None))["kind"] == "counting"
    assert "đang đếm…" in html
    assert f"<b>{view.stock.overdue}</b>" in html
    assert [turn.id for turn in shown.turns] == [turn.id for turn in show.show(view).turns]


@pytest.mark.server
def test_only_tiles_that_changed_are_sent_again(view: View) -> None:
    told = Told()
    first, new = told.new_to("", show.show(view).fragments())
    assert new == show.show(view).fragments()
    again, new = told.new_to(first, show.show(view).fragments())
    assert (again, new) == (first, {})
    stock = view.stocks.stock | {"941": replace(view.stocks.stock["941"], in_hand=987)}
    changed = show.show(replace(view, stocks=replace(view.stocks, stock=stock)))
    _, new = told.new_to(first, changed.fragments())
    assert len(new) == 1  # the tile of that district; its overdue ones, so the maps, are the same
    assert "987" in next(iter(new.values()))
    assert told.new_to("of another process", changed.fragments())[1] == changed.fragments()


@pytest.mark.server
def test_rows_of_bars_add_up_to_the_title(view: View) -> None:
    rows = tiles.holders(view)["rows"]
    assert sum(int(row["value"].replace(".", "")) for row in rows) == view.stock.overdue


@pytest.mark.server
def test_no_field_with_one_or_two_reports_is_named(view: View) -> None:
    counts = {"941": {"giao-thong": 7, "dien": 2, "moi-truong": 0}}
    stocks = replace(view.stocks, overdue_fields=counts)
    made = tiles.overdue_fields(replace(view, stocks=stocks, place="941"))
    assert [(row["name"], row["value"]) for row in made["rows"]] == [
        ("giao-thong", "7"),
        ("Lĩnh vực khác", "dưới 3"),
    ]


@pytest.mark.server
def test_every_scene_is_drawn_and_a_district_without_overdue_gets_none(view: View) -> None:
    ids = [turn.id for turn in show.show(view).turns]
    late = sorted(
        place
        for place, each in view.stocks.stock.items()
        if each.overdue and place not in ("", read.UNKNOWN_PLACE)
    )
    assert sorted(each.split("/")[1] for each in ids if each.startswith("district/")) == late
    assert {each.split("/")[0] for each in ids} == {"province", "overdue", "district", "quality"}


@pytest.mark.server
def test_what_comes_from_outside_is_escaped(view: View) -> None:
    unit = {"unit_code": "SGTVT", "short_name": "<img src=x onerror=alert(1)>"}
    names = Names({"SGTVT": unit}, view.names.districts, {}, {}, {})
    html = "".join(show.show(replace(view, names=names)).fragments().values())
    assert "&lt;img src=x" in html
    assert "<img" not in html


# ---------------------------------------------------------------------- map


SQUARES = {
    "features": [
        {
            "id": f"{row}{column}",
            "properties": {"name": f"Huyện {row}{column}", "label_lon": 105.05 + column / 10, "label_lat": 9.05 + row / 10},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[105 + (column + x) / 10, 9 + (row + y) / 10] for x, y in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]
                ],
            },
        }
        for row in range(4)
        for column in range(3)
    ]
}  # fmt: skip


@pytest.mark.parametrize("font_px", [54.0, 67.0, 80.0])
def test_diamonds_and_names_keep_off_bezels_each_other_and_the_edge(font_px: float) -> None:
    bands = map_drawing.bezel_bands([], [1080], (1920, 2160))
    area = Box(96, 520, 1824, 2080)
    counts = {f["id"]: 1 + place * 7 for place, f in enumerate(SQUARES["features"])}
    names = {f["id"]: f["properties"]["name"] for f in SQUARES["features"]}
    drawn = map_drawing.draw(SQUARES, counts, names, Frame(area, bands, font_px))
    assert len(drawn.labels) == 12
    boxes = []
    for label in drawn.labels:
        half = len(label.name) * 0.5 * font_px / 2
        boxes.append(
            Box(
                label.text_x - half,
                label.text_y - 0.8 * font_px,
                label.text_x + half,
                label.text_y + 0.2 * font_px,
            )
        )
        boxes.append(
            Box(
                label.x - label.radius, label.y - label.radius, label.x + label.radius, label.y + label.radius
            )
        )
    for box in boxes:
        assert not any(box.overlap(band) for band in bands)
        assert box.left >= area.left
        assert box.right <= area.right
        assert box.bottom <= area.bottom + 1
    overlaps = [a.overlap(b) / font_px**2 for a, b in combinations(boxes, 2)]
    assert max(overlaps) < 0.15


# -------------------------------------------------------------------- trend


def _months(pcts: list[int | None]) -> list:
    row = [period_of("month", datetime(2024, 11, 20, tzinfo=UTC).date()).previous()]
    while len(row) < len(pcts):
        row.insert(0, row[0].previous())
    return [(p, Rate(0, 0) if pct is None else Rate(pct, 100)) for p, pct in zip(row, pcts, strict=True)]


def test_the_line_breaks_where_a_month_has_too_few_cases() -> None:
    drawn = trend_drawing.draw(_months([91, 92, None, 90, 93, 94]), [], 90, (1728, 400), 67)
    assert drawn is not None
    assert [len(line.split()) for line in drawn.lines] == [2, 3]
    assert drawn.last is not None
    assert drawn.last[1] < drawn.mark_y


def test_fewer_than_four_months_are_no_line() -> None:
    assert trend_drawing.draw(_months([91, 92, 93]), [], 90, (1728, 400), 67) is None


def test_words_beside_the_line_keep_a_line_apart() -> None:
    for last in range(80, 100):
        drawn = trend_drawing.draw(_months([91, 92, 95, last]), [], 90, (1728, 400), 67)
        assert drawn is not None
        assert abs(drawn.last_y - drawn.mark_text_y) >= 1.1 * 67
        assert min(drawn.last_y, drawn.mark_text_y) >= 0.9 * 67


# ------------------------------------------------------------------- access


@pytest.mark.server
@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("leader", 200),
        ("analyst", 200),
        ("home_affairs", 200),
        ("admin", 200),
        ("district", 403),
        ("unit", 403),
    ],
)
def test_who_may_look_at_the_wall(served: Served, role: str, status: int) -> None:
    client = served.client(role)
    assert client.get("/wall").status_code == status
    assert client.get("/wall/show").status_code == status


@pytest.mark.server
def test_a_screen_enters_by_its_token_and_says_that_it_lives(served: Served) -> None:
    import httpx

    client = httpx.Client(base_url=served.url)
    assert client.post("/wall/enter", data={"token": WALL_TOKEN}).status_code == 204
    page = client.get("/wall")
    assert page.status_code == 200
    assert WALL_TOKEN not in page.text
    assert client.get("/wall/show", params={"width": 5760, "height": 2160}).status_code == 200
    with served.engine.begin() as conn:
        assert conn.execute(select(wall_device.c.last_seen_at)).scalar_one() is not None


@pytest.mark.server
def test_no_citizens_word_no_code_no_point_in_the_show(served: Served) -> None:
    shown = served.client("leader").get("/wall/show").text
    for word in ("Tiêu đề", "=1+1", "PA-0", "lon", "report_id"):
        assert word not in shown, word


@pytest.mark.server
def test_a_screen_with_bad_settings_is_told_so(served: Served) -> None:
    import httpx

    client = httpx.Client(base_url=served.url)
    client.post("/wall/enter", data={"token": WALL_TOKEN})
    own = update(wall_device).where(wall_device.c.device_id == "w1")
    try:
        with served.engine.begin() as conn:
            conn.execute(own.values(settings={"distance_m": -1}))
        answer = client.get("/wall/show")
        assert answer.status_code == 409
        assert "distance_m" in answer.json()["problem"]
    finally:
        with served.engine.begin() as conn:
            conn.execute(own.values(settings={}))
