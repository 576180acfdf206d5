"""The citizens' words and the citizens themselves, all invented."""

import hashlib
from collections.abc import Iterator

import numpy as np

from etl.store.simulator.data import read
from etl.store.simulator.dice import Dice, Ints
from etl.store.simulator.reports import Reports
from etl.store.simulator.setting import Setting


def titles_and_bodies(setting: Setting, reports: Reports) -> tuple[list[str], list[str]]:
    """Title and body of each report; reports of one matter tell the same thing in other words."""
    words = read("words")
    topics = [words["topics"][f["code"]] for f in read("fields")["fields"]]
    matter, dice = Dice(setting.seed, reports.origin), Dice(setting.seed, reports.number)
    topic = matter.below("topic", np.array([len(t) for t in topics])[reports.field])
    place = matter.below("words place", len(words["places"]))
    since = dice.below("since", len(words["since"]))
    ask = dice.below("ask", len(words["asks"]))
    house = matter.below("house", 240) + 1
    hostile = np.where(
        dice.chance("hostile", read("habits")["dirt"]["hostile_words"]),
        dice.below("hostile words", len(words["hostile"])),
        -1,
    )
    names = [c.full_name[0].lower() + c.full_name[1:] for c in setting.places.communes]
    titles, bodies = [], []
    columns = (reports.field, topic, place, since, ask, house, hostile, reports.commune)
    for f, t, p, s, a, h, bad, c in zip(*(x.tolist() for x in columns), strict=True):
        title, body = topics[f][t]
        where = _at(words["places"][p], names[c])
        titles.append(title.replace("{x} {c}", where).replace("{c}", names[c]))
        text = f"{body} Tại số {h}, {where}, {words['since'][s]}. {words['asks'][a]}"
        if bad >= 0:
            titles[-1], text = (
                (titles[-1], words["hostile"][bad] + " " + text) if h % 2 else (words["hostile"][bad], text)
            )
        bodies.append(text)
    return titles, bodies


def _at(place: str, commune: str) -> str:
    """ "trước chợ, xã Kế An", but "cầu nhỏ ở xã Kế An"."""
    return f"{place} {commune}" if place.endswith((" ở", " qua")) else f"{place}, {commune}"


def sender_keys(setting: Setting, senders: Ints) -> list[str]:
    """Pseudonyms. A real store would key the hash with a secret of its own; here everybody is invented."""
    key = f"demo {setting.province_code} {setting.seed}".encode()
    pseudonym = {
        s: hashlib.blake2b(s.to_bytes(8, "big"), key=key, digest_size=10).hexdigest()
        for s in np.unique(senders).tolist()
    }
    return [pseudonym[s] for s in senders.tolist()]


def citizens(setting: Setting, first: int, last: int) -> Iterator[tuple[int, str, str, str, str, str]]:
    """Invented identities of citizens number `first` to `last`: id, name, phone, CCCD, address, e-mail.

    Phone numbers and CCCD begin with zeros that no real one has; the e-mail domain is reserved for examples.
    """
    numbers = np.arange(first, last + 1, dtype=np.int64)
    dice, people = Dice(setting.seed, numbers), read("words")["people"]
    parts = [
        [people[k][i] for i in dice.below(k, len(people[k])).tolist()] for k in ("family", "middle", "given")
    ]
    home = dice.below("home", len(setting.places.communes)).tolist()
    house = (dice.below("house number", 300) + 1).tolist()
    for n, family, middle, given, c, h in zip(numbers.tolist(), *parts, home, house, strict=True):
        commune = setting.places.communes[c].full_name
        yield (
            n,
            f"{family} {middle} {given}",
            f"0000{n:07d}",
            f"000{n:09d}",
            f"Số {h}, {commune}",
            f"congdan{n}@example.org",
        )
