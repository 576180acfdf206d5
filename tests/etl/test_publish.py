"""What follow tells the others: the version tick on Redis, the numbers for Prometheus."""

import json
import urllib.request
from datetime import timedelta

import pytest
import redis

from etl import publish
from etl.metrics import Metrics
from tests.etl import worlds

pytestmark = pytest.mark.server


def test_each_change_is_ticked_once_with_its_run(valkey_url, store, new_mart, backfill, following):
    worlds.fill(store, 3)
    mart_url = new_mart()
    backfill(store, mart_url)
    steps = following(store, mart_url)
    steps._f.publisher = publish.Publisher(valkey_url, worlds.PROVINCE)
    listener = redis.Redis.from_url(valkey_url).pubsub(ignore_subscribe_messages=True)
    listener.subscribe("ioc:94:version")
    listener.get_message(timeout=2)
    while (
        steps.step()
    ):  # whatever another database's transaction held back is read again first, and changes nothing
        pass
    count = steps._f.metrics.registry.get_sample_value
    applied_before = count("ioc_etl_steps_total")
    with store.writing() as conn:
        store.report(conn, 9)
    steps.step()
    steps.step()
    ticks = [json.loads(m["data"])["run_id"] for _ in range(4) if (m := listener.get_message(timeout=0.5))]
    assert ticks == [2]
    assert count("ioc_etl_steps_total") == applied_before + 1


def test_redis_gone_is_no_failure():
    publisher = publish.Publisher("redis://127.0.0.1:1/0", worlds.PROVINCE)
    assert publisher.tick(1, worlds.FIRST) is False
    assert publish.Publisher(None, worlds.PROVINCE).tick(1, worlds.FIRST) is False


def test_metrics_answer_over_http(unused_port):
    metrics = Metrics()
    metrics.behind(7, worlds.FIRST, worlds.FIRST + timedelta(seconds=90))
    metrics.serve("127.0.0.1", unused_port)
    with urllib.request.urlopen(f"http://127.0.0.1:{unused_port}/metrics") as answer:
        said = answer.read()
    assert b"ioc_etl_reports_waiting 7.0" in said
    assert b"ioc_etl_behind_seconds 90.0" in said


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
