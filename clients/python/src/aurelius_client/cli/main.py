"""The `aurelius` command. Exit codes: docs/reference/cli.md."""

import os
import sys

import typer

from aurelius_client.cli import datasets, exits, runs, strategies, users
from aurelius_client.cli.login import login
from aurelius_client.cli.parity import parity
from aurelius_client.cli.run import run
from aurelius_client.cli.up import up
from aurelius_client.errors import AureliusError, InvalidInput

app = typer.Typer(
    help="Backtests with an identity: the same identity gives the same bytes, anywhere.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(run)
app.command()(parity)
app.add_typer(datasets.app, name="datasets")
app.add_typer(runs.app, name="runs")
app.add_typer(strategies.app, name="strategies")
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


def main() -> None:
    """Runs the command; a refusal is one line on standard error."""
    # gRPC writes lines of its own to standard error, such as of a server that goes away.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as misuse:
        code = _misused(misuse)
    except AureliusError as refusal:
        typer.echo(f"error: {refusal}", err=True)
        code = exits.exit_code_of(refusal)
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("error: INTERRUPTED: stopped by the person at the terminal", err=True)
        code = exits.INTERRUPTED
    except BrokenPipeError:
        # Nobody reads on: what is left must not be flushed at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = exits.OK
    sys.exit(code if isinstance(code, int) else exits.OK)


def _misused(misuse: typer.TyperException) -> int:
    """Says in one line what was wrong with the arguments; a bare group has shown its help."""
    message = " ".join(misuse.format_message().split())
    if not message:
        return exits.REFUSED
    refusal = InvalidInput("USAGE", message.rstrip("."), allowed="see --help")
    typer.echo(f"error: {refusal}", err=True)
    return exits.REFUSED


if __name__ == "__main__":
    main()
