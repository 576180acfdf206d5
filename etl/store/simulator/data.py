"""The simulator's data files, read once."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_DATA = Path(__file__).parent / "data"


@cache
def read(name: str) -> Any:
    """The parsed `data/<name>.yaml`: habits, fields, units or words."""
    return yaml.safe_load((_DATA / f"{name}.yaml").read_text(encoding="utf-8"))
