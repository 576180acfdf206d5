"""The store contract as data, read from contract_v1.sql: views, columns, types, meaning."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SCHEMA = "ioc_v1"
FILE = Path(__file__).parent / "contract_v1.sql"
TYPES = {"timestamptz": "timestamp with time zone"}
"""Short names of the contract that PostgreSQL's format_type spells out."""
EVENT_KINDS = [
    "sent",
    "received",
    "info_requested",
    "info_supplied",
    "refused",
    "withdrawn",
    "merged",
    "passed_on",
    "designation_requested",
    "designated",
    "dispatched",
    "accepted",
    "returned_wrong",
    "forwarded",
    "coordination_returned",
    "coordination_result",
    "extended",
    "completed",
    "result",
    "approved",
    "sent_back",
    "published",
    "rated",
    "feedback",
    "clarified",
    "voided",
]
"""docs/architecture.md says what each means."""
ALLOWED = {
    ("unit", "level"): ["ioc", "department", "district", "commune", "central", "utility"],
    ("report", "urgency"): ["normal", "urgent", "instant"],
    ("report", "secrecy"): ["none", "sender", "state"],
    ("report_event", "kind"): EVENT_KINDS,
    ("report_event", "rating"): ["1", "2", "3"],
}
"""The values that a column of the contract may have, as text."""
KEYS = {
    "unit": "unit_code", "field": "field_code", "channel": "channel_code", "report": "report_id",
    "report_event": "event_id", "hotline_call": "call_id", "directive": "directive_id",
}  # fmt: skip
"""View -> the column that is unique within the province."""
_VIEW = re.compile(
    rf"-- Grain: (?P<grain>.+?)\nCREATE OR REPLACE VIEW {SCHEMA}\.(?P<name>\w+) .*?AS\nSELECT (?P<body>.*?)\nFROM ",
    re.DOTALL,
)
_COLUMN = re.compile(r"^\s*(?P<name>\w+),?\s*-- (?P<type>[a-z0-9 ]+?)(?P<null>, null)?: (?P<meaning>.+)$")


class ContractFileError(ValueError):
    """contract_v1.sql does not read as its own header says; names view and line."""


@dataclass(frozen=True)
class Column:
    """One column of a view; `type` as the file has it."""

    name: str
    type: str
    is_nullable: bool
    meaning: str

    @property
    def pg_type(self) -> str:
        """The type as format_type() spells it."""
        return TYPES.get(self.type, self.type)


@dataclass(frozen=True)
class View:
    """One view of the contract."""

    name: str
    grain: str
    columns: tuple[Column, ...]


@cache
def views() -> tuple[View, ...]:
    """The contract's views, in the file's order. Raises ContractFileError."""
    return parse(FILE.read_text(encoding="utf-8"))


def parse(text: str) -> tuple[View, ...]:
    """The views of a contract file's text. Raises ContractFileError."""
    found = tuple(
        View(m["name"], m["grain"], tuple(_column(m["name"], line) for line in m["body"].splitlines()))
        for m in _VIEW.finditer(text)
    )
    if len(found) != text.count("CREATE OR REPLACE VIEW"):
        raise ContractFileError("contract_v1.sql: a view has no line '-- Grain: …' right above it")
    return found


def _column(view: str, line: str) -> Column:
    match = _COLUMN.match(line)
    if match is None:
        raise ContractFileError(f"contract_v1.sql, view {view}: no '-- type: meaning' in {line.strip()!r}")
    return Column(match["name"], match["type"], match["null"] is not None, match["meaning"])
