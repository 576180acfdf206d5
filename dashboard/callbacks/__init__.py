"""Callbacks, one module per page, twins by name. Decorated functions stay thin: scope, filters, one query, one builder."""

from importlib import import_module

MODULES = (
    "shell",
    "filterbar",
    "overview",
    "map",
    "units",
    "unit",
    "places",
    "reports",
    "report",
    "ranking",
    "extracts",
    "data",
    "methods",
)


def load() -> None:
    """Import each module, which registers its callbacks; called once, by create_app."""
    for name in MODULES:
        import_module(f"dashboard.callbacks.{name}")
