"""What a demo remembers in its state folder: its parameters, its secrets, how far its preparation went."""

import secrets
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

FILE = "demo.json"


class StateMismatchError(Exception):
    """The folder holds a demo with other parameters."""


def _secret() -> str:
    return secrets.token_urlsafe(12)


class DemoState(BaseModel):
    """One demo. Random secrets are made once and kept in the folder, readable by its owner only."""

    model_config = ConfigDict(extra="forbid")

    province: str
    reports: int
    seed: int
    clock_offset_weeks: int
    secret_key: str = Field(default_factory=lambda: secrets.token_urlsafe(48))
    reader_password: str = Field(default_factory=_secret)
    web_password: str = Field(default_factory=_secret)
    wall_token: str = Field(default_factory=lambda: secrets.token_urlsafe(24))
    account_passwords: dict[str, str] = Field(default_factory=dict)
    done_steps: list[str] = Field(default_factory=list)

    def save(self, folder: Path) -> None:
        """Write the state so that a crash leaves either the old or the new one."""
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{FILE}.part"
        part.touch(mode=0o600)
        part.write_text(self.model_dump_json(indent=2), encoding="utf-8")
        part.replace(folder / FILE)


def open_state(folder: Path, wanted: DemoState) -> DemoState:
    """The folder's state, or `wanted` where the folder is new.

    Raises StateMismatchError when the folder holds a demo with other parameters: nothing is overwritten.
    """
    path = folder / FILE
    if not path.exists():
        wanted.save(folder)
        return wanted
    found = DemoState.model_validate_json(path.read_text(encoding="utf-8"))
    for name in ("province", "reports", "seed", "clock_offset_weeks"):
        if getattr(found, name) != getattr(wanted, name):
            raise StateMismatchError(
                f"{folder} holds a demo with {name}={getattr(found, name)}, asked for {getattr(wanted, name)}: "
                f"delete the folder (make clean) or name another one (STATE=…)"
            )
    return found
