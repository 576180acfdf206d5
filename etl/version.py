"""What facts are made by: law, maps, the code that decides them and the unit of the IOC, as one short fingerprint.

Facts that another version made are built anew: `ioc etl follow` does so by itself. Comments and docstrings of the
code do not count, nor do versions of libraries: a new one that changes figures is a change for FACTS_EPOCH.
"""

import ast
import hashlib
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from etl.facts import Judging
from etl.repeats import report_group
from kpi import mart

FACTS_EPOCH = 1
"""Raise it by hand when something outside of code, law and maps changes facts."""
ROOTS = ("etl.facts", "etl.daily", "etl.repeats", "etl.side")
"""Modules that decide what stands in the mart, with every module of ours that they import."""
_OURS = ("etl", "geo", "kpi")
_NOT_BY_SOURCE = ("kpi.mart",)
"""Of the mart's contract only columns and types decide facts, not indexes and comments."""
_MAPS = (".yaml", ".csv", ".geojson")
_LENGTH = 12
_PARSE_TRIES, _PARSE_PAUSE_S = 10, 0.05


def facts_version(judging: Judging) -> str:
    """Equal versions make equal facts of equal rows."""
    parts = (str(FACTS_EPOCH), judging.rulebook.version, judging.ioc_unit_code, code_version(), _columns())
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:_LENGTH]


@cache
def code_version(root: Path = Path(__file__).parent.parent) -> str:
    """Fingerprint of the deciding code and of the maps' data under `root`."""
    digest = hashlib.sha256()
    for name, tree in sorted(deciding(root).items()):
        digest.update(f"{name}\0{ast.dump(_bare(tree))}\0".encode())
    for path in sorted((root / "geo").rglob("*")):
        if path.suffix in _MAPS:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def deciding(root: Path) -> dict[str, ast.Module]:
    """ROOTS and what they import of ours, by module name."""
    found: dict[str, ast.Module] = {}
    todo = list(ROOTS)
    while todo:
        name = todo.pop()
        path = _file_of(root, name)
        if path is None or name in found or name in _NOT_BY_SOURCE:
            continue
        found[name] = _parse(path.read_text(encoding="utf-8"))
        todo += _imported(found[name])
    return found


def _parse(code: str) -> ast.Module:
    """The parser of CPython 3.11 fails when another thread parses in the middle of it: then it is asked again."""
    for _ in range(_PARSE_TRIES - 1):
        try:
            return ast.parse(code)
        except SystemError:
            time.sleep(_PARSE_PAUSE_S)
    return ast.parse(code)


def _file_of(root: Path, name: str) -> Path | None:
    if name.split(".")[0] not in _OURS:
        return None
    path = root.joinpath(*name.split("."))
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _bare(tree: ast.Module) -> ast.Module:
    """Without strings that stand for themselves: docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [line for line in node.body if not _is_word(line)]
    return tree


def _is_word(line: ast.stmt) -> bool:
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    )


@cache
def _columns() -> str:
    tables = (*mart.FACTS, report_group)
    return ";".join(f"{t.fullname}:{','.join(f'{c.name} {c.type!r}' for c in t.columns)}" for t in tables)
