"""Every command of `aurelius`, in the order of its help."""

import typer

from aurelius_client.cli import (
    datasets,
    formula,
    holdout,
    option_pricing,
    runs,
    strategies,
    sweeps,
    trials,
    users,
    validations,
)
from aurelius_client.cli.login import login
from aurelius_client.cli.parity import parity
from aurelius_client.cli.run import run
from aurelius_client.cli.sweep import sweep
from aurelius_client.cli.up import up
from aurelius_client.cli.validate import validate

app = typer.Typer(
    help="Backtests with an identity: the same identity gives the same bytes, anywhere.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(run)
app.command()(sweep)
app.command()(validate)
app.command()(parity)
app.add_typer(datasets.app, name="datasets")
app.add_typer(runs.app, name="runs")
app.add_typer(sweeps.app, name="sweeps")
app.add_typer(validations.app, name="validations")
app.add_typer(trials.app, name="trials")
app.add_typer(holdout.app, name="holdout")
app.add_typer(strategies.app, name="strategies")
app.add_typer(formula.app, name="formula")
app.add_typer(option_pricing.app, name="options")
app.add_typer(users.app, name="users")
app.command()(login)
app.command()(up)


@app.command()
def version() -> None:
    """Prints the versions of the command and of its engine.

    Example: aurelius version
    """
    from importlib.metadata import version as installed

    from aurelius_client.cli.local import engine_version, has_engine

    typer.echo(f"aurelius-client {installed('aurelius-client')}")
    typer.echo(f"engine {engine_version() if has_engine() else 'none'}")
