"""Places where the same matter comes back: only in worlds that have them, where and when their data says, until cured."""

from datetime import date, timedelta

import numpy as np
import pytest

from etl.store.simulator.data import read
from etl.store.simulator.dice import Bools
from etl.store.simulator.office import EPOCH, day_number
from etl.store.simulator.recurring import Sites
from etl.store.simulator.reports import Reports, make_reports
from etl.store.simulator.setting import Setting
from geo.locate import locate_many
from tests.etl.store.stores import NOW

REPORTS = 12_000
BEGIN = ("94", 7, REPORTS, date(2022, 12, 1), NOW)
NEAR_DEG = 0.0003


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting.begin(*BEGIN, has_recurring=True)


@pytest.fixture(scope="module")
def reports(setting: Setting) -> Reports:
    return make_reports(setting, np.arange(1, REPORTS + 1))


def at_site(reports: Reports, sites: Sites, site: int) -> Bools:
    """First tellings of the site's field within some 30 m of it."""
    near = (abs(reports.lon - sites.lon[site]) < NEAR_DEG) & (abs(reports.lat - sites.lat[site]) < NEAR_DEG)
    return near & (reports.field == sites.field[site]) & (reports.origin == reports.number)


def test_nothing_else_changes(setting: Setting, reports: Reports) -> None:
    """The same reports as in the world without, but for those of the sites: their field, commune and point."""
    plain = make_reports(Setting.begin(*BEGIN), np.arange(1, REPORTS + 1))
    assert (plain.sent_at == reports.sent_at).all()
    assert (plain.sender == reports.sender).all()
    assert (plain.channel == reports.channel).all()
    moved = ~np.isclose(plain.lon, reports.lon, equal_nan=True) | (plain.field != reports.field)
    assert 0.04 < moved.mean() < 0.12
    is_on_land = (plain.lon > 100) & (
        plain.lon < setting.places.lon.max() + 0.1
    )  # neither swapped nor at sea
    assert (plain.commune == reports.commune)[~moved & is_on_land].all()


def test_the_worst_site_of_each_kind_stands_out(setting: Setting, reports: Reports) -> None:
    sites = setting.sites
    assert sites is not None
    for kind in range(len(sites.rhythm)):
        counts = [at_site(reports, sites, site).sum() for site in np.flatnonzero(sites.kind == kind)]
        assert max(counts) >= 12
        assert max(counts) > 1.5 * min(counts)


def test_floods_come_with_spring_tides_and_noise_on_weekends(setting: Setting, reports: Reports) -> None:
    sites = setting.sites
    assert sites is not None
    for rhythm in ("spring_tide", "weekend"):
        own = [s for s in range(len(sites.kind)) if sites.rhythm[sites.kind[s]] == rhythm]
        rows = np.logical_or.reduce([at_site(reports, sites, site) for site in own])
        days = day_number(reports.sent_at[rows]).astype("datetime64[D]")
        if rhythm == "weekend":
            assert np.isin((days.astype(int) + 3) % 7, (4, 5, 6)).mean() > 0.9  # others are there by chance
        else:
            months = days.astype("datetime64[M]").astype(int) % 12 + 1
            assert np.isin(months, read("recurring")["high_water_months"]).mean() > 0.9


def test_nothing_comes_from_a_cured_site(setting: Setting, reports: Reports) -> None:
    sites = setting.sites
    assert sites is not None
    cured = np.flatnonzero(sites.cured_on < day_number(np.array([int(NOW.timestamp())]))[0])
    assert len(cured)
    for site in cured:
        rows = at_site(reports, sites, site)
        after = day_number(reports.sent_at[rows]) >= sites.cured_on[site]
        assert after.sum() <= 2  # by chance


def test_a_site_keeps_its_place_through_changes_of_communes(setting: Setting) -> None:
    sites = setting.sites
    assert sites is not None
    for era, first in enumerate(setting.places.first_days.tolist()):
        codes = locate_many(sites.lon, sites.lat, EPOCH + timedelta(days=first), "94")
        told = [setting.places.communes[n].code if n >= 0 else None for n in sites.commune[era]]
        assert told == [code if isinstance(code, str) else None for code in codes["commune_code"]]


def test_the_store_keeps_what_kind_of_world_it_is(setting: Setting) -> None:
    assert Setting.from_json(setting.to_json(), NOW).has_recurring
    older = {key: value for key, value in setting.to_json().items() if key != "has_recurring"}
    assert not Setting.from_json(older, NOW).has_recurring
