"""`ioc geo check`: prints the findings of geo.check."""

import json
from dataclasses import asdict

import typer

from geo.check import Finding, check_all
from geo.places import PlaceDataError


def run(*, as_json: bool) -> int:
    """Print every finding; 0 when all pass, 1 when one does not, 2 when a data file cannot be read."""
    try:
        findings = check_all()
    except PlaceDataError as error:
        typer.echo(f"ioc geo check: {error}", err=True)
        return 2
    failed = sum(not f.ok for f in findings)
    if as_json:
        typer.echo(json.dumps([{**asdict(f), "ok": f.ok} for f in findings], ensure_ascii=False))
    else:
        _print(findings)
        typer.echo(f"{len(findings)} checks, {failed} failed")
    return 1 if failed else 0


def _print(findings: list[Finding]) -> None:
    place = None
    for finding in findings:
        if finding.place != place:
            place = finding.place
            typer.echo(place)
        mark = "ok  " if finding.ok else "FAIL"
        typer.echo(f"  {mark} {finding.check:<20} {finding.worst:.7f} {finding.measure}")
        for problem in finding.problems:
            typer.echo(f"         {problem}")
