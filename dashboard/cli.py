"""The `ioc` command: one root, each package registers its own commands."""

import typer

import dashboard.cli_accounts
import dashboard.cli_exports
import dashboard.cli_web
import dashboard.demo.cli
import dashboard.demo.nyc
import etl.cli
import geo.cli
import kpi.cli

app = typer.Typer(
    name="ioc",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Bảng điều hành phản ánh hiện trường / dashboard of citizens' field reports.",
)

kpi.cli.register(app)
geo.cli.register(app)
etl.cli.register(app)
dashboard.cli_accounts.register(app)
dashboard.cli_exports.register(app)
dashboard.cli_web.register(app)
dashboard.demo.cli.register(app)
dashboard.demo.nyc.register(app)
