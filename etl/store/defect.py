"""What the check of a store finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Defect:
    """One thing to mend: `kind` is a short fixed word, `where` names view and column, `what` says what to do."""

    kind: str
    where: str
    what: str
