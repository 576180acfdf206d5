"""The explanation speaks both languages: word by word as reviewed, nothing Vietnamese left in English but names.

After a change of words or of the law's data: `python -m tests.kpi.test_explain_words` writes the goldens anew; review
their difference.
"""

import ast
import re
from datetime import datetime
from pathlib import Path
from random import Random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.bilingual import LANGUAGES, BadWordsError, Language, law_words, load_words
from kpi.calendar_data import load_days_off
from kpi.cli_explain import as_json_text, as_text
from kpi.clock import LOCAL
from kpi.explain import explain
from kpi.explain_words import Speech
from kpi.explanation import Explanation
from kpi.rulebook import Rulebook
from kpi.rules import load_regulations
from kpi.rules_schema import EVENTS
from kpi.stages import HOLDERS, KINDS, REASONS, STAGES, STATUSES
from kpi.wording import gloss, reason_text
from kpi.worktime import from_unix
from tests.kpi.explain_stories import NAMES, STORIES, Told, laws
from tests.kpi.ledger_cases import IOC, random_story, story

GOLDEN = Path(__file__).parent.parent / "golden"
VIETNAMESE = re.compile(r"[À-ÃÈ-ÊÌÍÒ-ÕÙÚÝà-ãè-êìíò-õùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ]")
LAWS = laws()


def explained(case: Told, language: Language) -> Explanation:
    told, law = story(case.events, case.urgency), LAWS[case.law]
    now = datetime.fromisoformat(case.now).replace(tzinfo=LOCAL)
    return explain(
        "PA-1", from_unix(told.sent), told.urgency, told.events, law, now, unit_names=NAMES, ioc_unit_code=IOC, report_id=1,
        language=language,
    )  # fmt: skip


def all_told(language: Language) -> str:
    """Every story of STORIES as `ioc explain` says it, without the version of the rules."""
    texts = {name: as_text(explained(case, language)) for name, case in STORIES.items()}
    versions = {LAWS[case.law].version for case in STORIES.values()}
    whole = "\n\n".join(f"### {name}\n{text}" for name, text in texts.items()) + "\n"
    return re.sub("|".join(sorted(versions)), "…", whole)


def vietnamese_in(text: str) -> list[str]:
    """Words with Vietnamese letters, but for names of units, provinces and the numbers of documents."""
    names = [*NAMES.values(), "Sóc Trăng", "Bình Phước", "Bình Định", "giờ làm việc", "BLĐTBXH"]
    titles = [text.title for text in load_regulations().values()]
    for known in (*titles, *names):
        text = text.replace(known, "")
    return sorted({word for word in text.split() if VIETNAMESE.search(word)})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_explanation_is_as_reviewed(language):
    assert all_told(language) == (GOLDEN / f"explain_{language}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", STORIES)
def test_english_leaves_nothing_vietnamese_but_names(name):
    found = explained(STORIES[name], "en")
    assert vietnamese_in(as_text(found)) == []
    assert vietnamese_in(as_json_text(found)) == []


@settings(max_examples=60, deadline=None)
@given(rnd=st.randoms(use_true_random=False), length=st.integers(1, 14))
def test_any_story_is_told_alike_in_both_languages(rnd: Random, length: int) -> None:
    """The same verdict, instants and sums; only the words differ."""
    law = LAWS["S22" if rnd.random() < 0.5 else "S24"]
    told, now = random_story(rnd, law, length), datetime(2025, 6, 2, 9, tzinfo=LOCAL)
    vi, en = (
        explain("PA-1", from_unix(told.sent), told.urgency, told.events, law, now, ioc_unit_code=IOC, report_id=1, language=lang)
        for lang in LANGUAGES
    )  # fmt: skip
    assert vietnamese_in(as_text(en)) == []
    assert vietnamese_in(as_json_text(en)) == []
    assert (vi.state, vi.due_at, vi.total_worked_s) == (en.state, en.due_at, en.total_worked_s)
    assert [(s.stage, s.due_at, s.state) for s in vi.stages] == [
        (s.stage, s.due_at, s.state) for s in en.stages
    ]
    assert (len(vi.steps), len(vi.notes)) == (len(en.steps), len(en.notes))


def test_every_key_has_both_languages_with_the_same_places():
    for key, entry in law_words().items():
        if key.startswith(("gloss.", "quarantine.")):
            continue
        places = {lang: set(re.findall(r"{(\w+)}", words)) for lang, words in entry.items()}
        assert places["vi"] == places["en"], key
        assert not vietnamese_in(entry["en"]), key


def test_every_word_of_the_ledger_is_spoken():
    keys = [f"stage.{stage}" for stage in STAGES] + [f"event.{kind}" for kind in KINDS]
    keys += [f"holder.{kind}" for kind in HOLDERS if kind] + [f"start.{event}" for event in EVENTS]
    keys += [f"left.{status}" for status in STATUSES if status not in ("open", "done")]
    keys += [f"rejected.{reason}" for reason in REASONS]
    assert [key for key in keys if key not in law_words()] == []
    assert [key for key in law_words() if key.startswith("rejected.") and key[9:] not in REASONS] == []


def test_words_of_the_laws_data_have_an_english_gloss():
    """Articles, what a text leaves open, days off and their documents, of every year and text."""
    texts = load_regulations().values()
    said = [choice.why for text in texts for choice in text.choices.values()]
    said += [choice.article for text in texts for choice in text.choices.values()]
    said += [limit.article for text in texts for limit in text.stages().values()]
    said += [item.label for text in texts for item in (*text.classification, *text.escalations)]
    off = load_days_off()
    said += [words for day in off.days_off.values() for words in (day.name, day.document)]
    said += [made_up.document for made_up in off.make_up.values()] + list(off.undecided.values())
    assert len(said) > 100
    assert [(words, gloss(words, "en")) for words in said if vietnamese_in(gloss(words, "en"))] == []
    assert all(gloss(words, "vi") == words for words in said)


@pytest.mark.parametrize(
    ("vietnamese", "english"),
    [
        ("Đ8.1; Phụ lục II bước 2, 4", "art. 8.1; Annex II step 2, 4"),
        ("BLLĐ 2019 Đ111.3; Đ112", "Labour Code 2019 art. 111.3; art. 112"),
        ("Công văn 12729/VPCP-KGVX ngày 25/12/2025", "Official letter 12729/VPCP-KGVX of 25/12/2025"),
        ("Nghỉ hoán đổi (làm bù thứ Bảy 04/05)", "Swapped day off (made up on Saturday 04/05)"),
        ("Quốc tế Lao động, nghỉ bù Giỗ Tổ 29/4 và 30/4",
         "Labour Day, compensatory day off for Hung Kings' Day 29/4 and 30/4"),
        ("Tết Nguyên đán Ất Tỵ", "Lunar New Year"),
    ],
)  # fmt: skip
def test_glosses(vietnamese, english):
    assert gloss(vietnamese, "en") == english


ETL = Path(__file__).parents[2] / "etl"


def reasons_of_the_etl() -> list[str]:
    """Sentences of etl/*.py that say in Vietnamese what to do with a row, with their holes filled."""
    found = []
    for file in sorted(ETL.rglob("*.py")):
        if "store" in file.parts:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        inside = {id(part) for node in joined for part in ast.walk(node)}
        found += [
            "".join(str(getattr(p, "value", "")) if isinstance(p, ast.Constant) else "3" for p in n.values)
            for n in joined
        ]
        found += [
            re.sub(r"%\d\$s", "3", node.value.replace("{cause}", "KeyError"))
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside
        ]
    ends = (
        "PAHT.",
        "nguồn.",
        "phần mềm.",
        "dữ liệu.",
        "giá trị.",
        "từng dòng.",
        "mã nào.",
        "được tính.",
        "vị trí.",
        "phản ánh này.",
    )
    return sorted({said for said in found if said.endswith(ends) and VIETNAMESE.search(said)})


def test_reasons_of_the_quarantine_are_told_in_english():
    """The ledger's and the ETL's own; one that is not known is shown as it was kept."""
    kept = [reason for _, reason in REASONS.values()] + reasons_of_the_etl()
    assert len(kept) > 45
    assert [reason for reason in kept if vietnamese_in(reason_text(reason, "en"))] == []
    assert all(reason_text(reason) == reason for reason in kept)
    assert (
        reason_text("at để trống. Điền tại hệ thống PAHT.", "en") == "at empty. Fill it in in the PAHT store."
    )
    assert reason_text("một lý do mới", "en") == "một lý do mới"


def test_words_do_not_change_the_version_of_the_rules(monkeypatch):
    """A verdict does not hang on its words: marts need not be built anew for them."""
    before, read = Rulebook.load("94").version, Path.read_bytes
    monkeypatch.setattr(
        Path, "read_bytes", lambda path: read(path) + (b" " if "words" in path.parts else b"")
    )
    assert Rulebook.load("94").version == before
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b" ")
    assert Rulebook.load("94").version != before


def test_a_file_of_words_that_is_not_whole_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_text("one: {vi: Một}\n", encoding="utf-8")
    with pytest.raises(BadWordsError, match=r"a\.yaml: 'one' needs exactly vi and en"):
        load_words(tmp_path)
    (tmp_path / "a.yaml").write_text("one: {vi: Một, en: One}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("one: {vi: Một, en: One}\n", encoding="utf-8")
    with pytest.raises(BadWordsError, match=r"b\.yaml: 'one' stands in another file too"):
        load_words(tmp_path)


def test_time_that_runs_round_the_clock_is_no_office_time():
    assert Speech("vi").working(5400) == "1 giờ 30 phút làm việc"
    assert Speech("vi", is_round_the_clock=True).working(5400) == "1 giờ 30 phút"
    assert Speech("en", is_round_the_clock=True).working(5400) == "1 hour 30 minutes"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_due_date_of_the_store_is_not_counted_by_a_text(language):
    """Wednesday 20/06/2018 10:00 dispatched, due Friday 10:00; an extension is told, and moves nothing."""
    case = STORIES["due date of the store, open"]
    extended = case._replace(events=f"{case.events}\n2018-06-21 09:00 extended gtvt 2018-07-01 10:00")
    found = explained(extended, language)
    assert f"{found.due_at:%d/%m %H:%M}" == "22/06 10:00"
    assert found.is_due_by_store
    assert found.is_round_the_clock
    speech = Speech(language)
    assert [line.step for line in found.steps] == [
        speech(f"step.{step}") for step in ("dispatched", "given", "not_extended", "now", "conclusion")
    ]
    assert not any("làm việc" in line.when or "working" in line.when for line in found.steps)
    # Thursday 15:00 to Friday 10:00
    assert found.headline == speech("in_time", amount=Speech(language, True).working(19 * 3600))


def test_languages_are_those_of_the_screen():
    assert get_args(Language) == LANGUAGES


if __name__ == "__main__":
    for language in LANGUAGES:
        (GOLDEN / f"explain_{language}.txt").write_text(all_told(language), encoding="utf-8")
