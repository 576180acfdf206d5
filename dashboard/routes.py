"""HTTP routes beside the pages (feeds, exports, metrics): each module adds its `register(server, runtime)` here.

All of them stand behind dashboard.guard; a route reads its rows with access.current_scope(), never with its own.
"""

from collections.abc import Callable

from fastapi import FastAPI

from dashboard import downloads, hotspots_feed, map_feed, replay_feed
from dashboard.runtime import Runtime
from dashboard.wall import routes as wall

ROUTES: tuple[Callable[[FastAPI, Runtime], None], ...] = (
    map_feed.register,
    hotspots_feed.register,
    replay_feed.register,
    downloads.register,
    wall.register,
)
