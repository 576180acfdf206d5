"""Work in a process of its own, so that its peak memory and its processor time are its own."""

import multiprocessing
from collections.abc import Callable
from queue import Empty
from typing import Any


def in_a_process(work: Callable[..., None], *args: Any) -> dict[str, Any]:
    """What `work(queue, *args)` puts; SystemExit when it ends without (its words stand above)."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=work, args=(queue, *args))
    process.start()
    while True:
        try:
            found: dict[str, Any] = queue.get(timeout=1)
        except Empty:
            if not process.is_alive():
                raise SystemExit(1) from None
        else:
            process.join()
            return found
