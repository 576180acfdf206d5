"""Processes that run only a share of the time: as on slow machines of their own, however many share this one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

PERIOD_S = 0.1


@contextmanager
def slowed(pids: tuple[int, ...], core_share: float) -> Iterator[None]:
    """Each process is stopped for the rest of every tenth of a second; they run freely again afterwards."""
    done = threading.Event()
    turns = [(pid, core_share, done, place / len(pids)) for place, pid in enumerate(pids)]
    threads = [threading.Thread(target=_take_turns, args=each) for each in turns if core_share < 1]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()


def _take_turns(pid: int, core_share: float, done: threading.Event, phase: float) -> None:
    """`phase` of a period later than the first, so that they do not all want the cores at once."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        done.wait(phase * PERIOD_S)
        while not done.wait(core_share * PERIOD_S):
            process.suspend()
            done.wait((1 - core_share) * PERIOD_S)
            process.resume()
