"""The `aurelius` command. Exit codes: docs/reference/cli.md."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from aurelius_client.errors import AureliusError, InvalidInput

EXIT_REFUSED = 2

app = typer.Typer(
    help="Backtests with an identity: the same identity gives the same bytes, anywhere.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def run(
    spec: Annotated[Path, typer.Argument(help="A BacktestSpec, as YAML or JSON.")],
    data: Annotated[
        Path, typer.Option(help="Market data: .csv, .parquet or .arrow, run in this process.")
    ],
    seed: Annotated[int, typer.Option(help="The root of every random stream.", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Prints canonical JSON.")] = False,
) -> None:
    """Runs a specification over a file and prints its identity, digests and metrics."""
    from aurelius_client.canonical_json import canonical_text
    from aurelius_client.cli.local import run_file

    if seed >= 2**64:
        raise InvalidInput("INVALID_FIELD", "seed", found=str(seed), allowed="below 2**64")
    result = run_file(spec, data, seed)
    if as_json:
        sys.stdout.buffer.write(canonical_text(result) + b"\n")
        return
    from aurelius_client.cli.views import print_result

    print_result(result)


@app.command()
def version() -> None:
    """Prints the version of the engine that runs in this process."""
    from aurelius_client.cli.local import engine_version

    typer.echo(engine_version())


def main() -> None:
    """Runs the command; a refusal is one line on standard error."""
    try:
        app()
    except AureliusError as refusal:
        typer.echo(f"error: {refusal}", err=True)
        sys.exit(EXIT_REFUSED)


if __name__ == "__main__":
    main()
