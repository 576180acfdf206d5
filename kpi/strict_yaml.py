"""YAML data read strictly: unknown, doubled or missing keys and wrong types are refused with file, line and field."""

import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

Loc = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """Base of every record read from YAML: frozen, no unknown key, no silent cast."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the parser in C where PyYAML has it


class _Loader(_Base):
    """Without two traps of YAML 1.1: `on`, `yes`, `no` are words here, and 11:30 is not the number 690."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":int"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|false)$"), list("tf"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?(0|[1-9]\d*)$"), list("-+0123456789")
)


class DataError(ValueError):
    """A data file says something that cannot be right. Its text is file:line: field: what is wrong."""

    def __init__(self, file: str, line: int, field: str, problem: str) -> None:
        self.file, self.line, self.field, self.problem = file, line, field, problem
        super().__init__(f"{file}:{line}: {field}: {problem}")


class Located:
    """Plain values of one YAML file together with the line on which each of them stands."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self._lines: dict[Loc, int] = {(): 1}
        self._loader = _Loader(text)
        try:
            node = self._loader.get_single_node()
            self.values = self._plain(node, ()) if node is not None else {}
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise DataError(
                file, mark.line + 1 if mark else 1, "YAML", error.problem or str(error)
            ) from error
        finally:
            self._loader.dispose()

    def line_of(self, loc: Loc) -> int:
        """Line of the value at `loc`, or of the nearest thing around it that is written in the file."""
        while loc not in self._lines:
            loc = loc[:-1]
        return self._lines[loc]

    def error(self, loc: Loc, problem: str) -> DataError:
        """A DataError about the value at `loc`."""
        return DataError(self.file, self.line_of(loc), ".".join(str(part) for part in loc) or "file", problem)

    def _plain(self, node: yaml.Node, loc: Loc) -> Any:
        self._lines.setdefault(loc, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._plain_mapping(node, loc)
        if isinstance(node, yaml.SequenceNode):
            return tuple(self._plain(item, (*loc, i)) for i, item in enumerate(node.value))
        return self._scalar(node, loc)

    def _scalar(self, node: yaml.Node, loc: Loc) -> Any:
        try:
            return self._loader.construct_object(node)
        except ValueError as error:  # a date such as 2024-02-30
            raise self.error(loc, f"{node.value!r}: {error}") from error

    def _plain_mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self._loader.construct_object(key_node)
            line = key_node.start_mark.line + 1
            if key in values:
                raise DataError(self.file, line, ".".join(map(str, (*loc, key))), "the key stands twice")
            self._lines[(*loc, key)] = line
            values[key] = self._plain(value_node, (*loc, key))
        return values


def parse(text: str, file: str, model: type[Model]) -> tuple[Model, Located]:
    """Read `text` as `model`; DataError names file, line and field of the first thing that is wrong."""
    located = Located(text, file)
    try:
        return model.model_validate(located.values), located
    except ValidationError as error:
        first = error.errors()[0]
        problem = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        raise located.error(first["loc"], problem) from error


def load(path: Path, model: type[Model]) -> tuple[Model, Located]:
    """Read the file at `path` as `model`. The file is named in errors by its last two parts."""
    return parse(path.read_text(encoding="utf-8"), "/".join(path.parts[-2:]), model)
