"""Commands of `ioc` that belong to geo/. Heavy imports stay inside the commands: `ioc --help` must be quick."""

from pathlib import Path
from typing import Annotated

import typer

JSON = typer.Option("--json", help="JSON instead of text")
LANG = typer.Option("--lang", help="vi or en")

geo_app = typer.Typer(help="Units and boundaries.", no_args_is_help=True)


@geo_app.command("check")
def check(
    data: Annotated[
        Path | None,
        typer.Option("--data", help="another folder of units and boundaries, laid out as geo/data"),
    ] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Check the data of units and boundaries: codes, dates, polygons, tiling, succession.

    Exit 0: all is well. 1: something is to be mended (each line names it). 2: a data file cannot be read.
    """
    from geo import cli_check
    from geo.places import use_folder

    if data is not None:
        use_folder(data)
    raise typer.Exit(cli_check.run(as_json=as_json))


def locate(
    lon: Annotated[float | None, typer.Option("--lon", help="longitude, degrees (WGS 84)")] = None,
    lat: Annotated[float | None, typer.Option("--lat", help="latitude, degrees (WGS 84)")] = None,
    on: Annotated[str | None, typer.Option("--on", help="day in Vietnam, YYYY-MM-DD")] = None,
    province: Annotated[
        str | None, typer.Option("--province", help="code or name: 94, soctrang; default: all provinces held")
    ] = None,
    batch: Annotated[
        str | None, typer.Option("--batch", help="file of JSON lines {lon, lat, on}, or - for standard input")
    ] = None,
    as_json: Annotated[bool, JSON] = False,
    lang: Annotated[str, LANG] = "vi",
) -> None:
    """Province, district and commune of a point on a day, or why there is none.

    --batch writes one JSON line per line read, in order. Exit 0: answered, also when the answer is "in no commune".
    2: the question cannot be read (said on stderr; a batch stops at that line).
    """
    from geo import cli_locate

    if batch is not None:
        raise typer.Exit(cli_locate.batch(batch, province=province, lang=lang))
    raise typer.Exit(cli_locate.single(lon, lat, on, province=province, as_json=as_json, lang=lang))


def register(app: typer.Typer) -> None:
    """Add this package's commands to the root command."""
    app.add_typer(geo_app, name="geo")
    app.command("locate")(locate)
