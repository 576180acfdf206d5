"""What `ioc explain` and `ioc whatif` share: the mart behind IOC_MART_URL, and errors said in one line."""

import sys
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, Engine, create_engine, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError

from kpi import mart
from kpi.rules import UnknownChoiceError, UnknownRegulationError
from kpi.settings import Settings

OK, BAD_QUESTION = 0, 2
IOC_LEVEL = "ioc"


class QuestionError(ValueError):
    """The question cannot be answered; the text says why and what to do."""


def answer(command: str, question: Callable[[Settings, Connection], str]) -> int:
    """Print what `question` says of the mart, read only; returns the exit code."""
    settings = Settings()
    try:
        with engine_of(settings).connect().execution_options(postgresql_readonly=True) as conn:
            print(question(settings, conn))
    except (QuestionError, UnknownRegulationError, UnknownChoiceError, ArgumentError) as error:
        return complain(command, str(error))
    except (OperationalError, ProgrammingError) as error:
        reason = str(error.orig).strip().splitlines()[0]
        return complain(
            command, f"the mart cannot be read ({reason}); check IOC_MART_URL and run `ioc etl backfill`"
        )
    return OK


def engine_of(settings: Settings) -> Engine:
    """Of the mart behind IOC_MART_URL. Raises QuestionError, ArgumentError."""
    if not settings.mart_url:
        raise QuestionError("IOC_MART_URL is not set: where is the KPI mart?")
    return create_engine(make_url(settings.mart_url).set(drivername="postgresql+psycopg"))


def complain(command: str, problem: str) -> int:
    """One line on stderr; returns the exit code."""
    print(f"ioc {command}: {problem}", file=sys.stderr)
    return BAD_QUESTION


def units(conn: Connection, province: str) -> tuple[dict[str, str], str]:
    """Short names by code, and the code of the province's own IOC ('' if none is named)."""
    u = mart.unit.c
    stmt = select(u.unit_code, u.short_name, u.level, u.parent_unit_code).where(u.province_code == province)
    rows = conn.execute(stmt).all()
    iocs = sorted((row.parent_unit_code is not None, row.unit_code) for row in rows if row.level == IOC_LEVEL)
    return {row.unit_code: row.short_name for row in rows}, iocs[0][1] if iocs else ""


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows as lines of aligned columns."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
