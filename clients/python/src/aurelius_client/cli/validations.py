"""`aurelius validations`: lists, shows, watches, cancels, and downloads tables of results."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aurelius_client.cli.options import AsJson, Server
from aurelius_client.cli.runs import FORMATS

if TYPE_CHECKING:
    from aurelius.engine.v1 import validation_pb2

app = typer.Typer(help="Shows, watches and cancels validations.", no_args_is_help=True)
Validation = Annotated[str, typer.Argument(help="A validation, by name or id.")]


@app.command("list")
def list_(
    dataset: Annotated[
        str, typer.Option(help="Only validations of this dataset.", show_default=False)
    ] = "",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Lists validations, newest first.

    Example: aurelius validations list --dataset us-equities
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import enum_text, minute, print_messages, print_table, short
    from aurelius_client.cli.server import connect

    name = full_name("datasets", dataset) if dataset else ""
    with connect(server) as client:
        if as_json:
            print_messages(client.validations.list(dataset=name))
            return
        rows = [
            (
                validation.name.removeprefix("validations/"),
                enum_text(validation, "state"),
                minute(validation.create_time),
                _verdict(validation),
                short(validation.result.result_digest, 8),
            )
            for validation in client.validations.list(dataset=name)
        ]
    columns = ("validation", "state", "created", "verdict", "digest")
    print_table(columns, rows, "nothing was validated: aurelius validate")


def _verdict(validation: "validation_pb2.Validation") -> str:
    if not validation.HasField("result"):
        return ""
    return "passed" if validation.result.passed else "not passed"


@app.command()
def show(validation: Validation, server: Server = None, as_json: AsJson = False) -> None:
    """Shows one validation: its progress, or its checks and statistics.

    Example: aurelius validations show VALIDATION
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.server import connect
    from aurelius_client.cli.validate import show as show_validation

    with connect(server) as client:
        show_validation(client.validations.get(full_name("validations", validation)), as_json)


@app.command()
def watch(validation: Validation, server: Server = None, as_json: AsJson = False) -> None:
    """Watches one validation to its end; with --json, each message as canonical JSON.

    Example: aurelius validations watch VALIDATION
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import print_message
    from aurelius_client.cli.server import connect
    from aurelius_client.cli.validate import followed
    from aurelius_client.cli.validate import show as show_validation
    from aurelius_client.validations import succeeded

    name = full_name("validations", validation)
    with connect(server) as client:
        found = client.validations.get(name)
        if not as_json:
            show_validation(followed(client, found), as_json)
            return
        for found in client.validations.watch(name):
            print_message(found)
    succeeded(found)


@app.command()
def cancel(validation: Validation, server: Server = None, as_json: AsJson = False) -> None:
    """Cancels a running validation; one that ended stays as it is.

    Example: aurelius validations cancel VALIDATION
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.server import connect
    from aurelius_client.cli.validate import show as show_validation

    with connect(server) as client:
        show_validation(client.validations.cancel(full_name("validations", validation)), as_json)


@app.command()
def recheck(validation: Validation, server: Server = None, as_json: AsJson = False) -> None:
    """Computes one validation again in this process, and compares every digest.

    Exit code 0: all equal. 1: a difference.

    Example: aurelius validations recheck VALIDATION
    """
    from aurelius_client.cli.exits import NO
    from aurelius_client.cli.local import say_when_compiling
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.progress import waiting
    from aurelius_client.cli.rechecked import print_recheck
    from aurelius_client.cli.server import connect

    with connect(server) as client, waiting("computing it again"):
        say_when_compiling()
        found = client.validations.recheck(full_name("validations", validation))
    print_recheck(found, as_json)
    if not found.equal:
        raise typer.Exit(NO)


@app.command()
def table(
    name: Annotated[str, typer.Argument(help="VALIDATION/tables/TABLE.")],
    output: Annotated[
        Path | None, typer.Option(help="Absent means TABLE.FORMAT.", show_default=False)
    ] = None,
    file_format: Annotated[
        str, typer.Option("--format", help="arrow, parquet, csv or json.", metavar="FORMAT")
    ] = "csv",
    server: Server = None,
) -> None:
    """Downloads one table of a result and checks its digest.

    Example: aurelius validations table VALIDATION/tables/windows --output windows.csv
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.progress import waiting
    from aurelius_client.cli.server import connect
    from aurelius_client.errors import InvalidInput
    from aurelius_client.table_files import TableFormat

    if file_format not in FORMATS:
        raise InvalidInput(
            "FORMAT_UNKNOWN", "--format", found=file_format, allowed=", ".join(FORMATS)
        )
    path = output or Path(f"{name.rsplit('/', 1)[-1]}.{file_format}")
    with connect(server) as client, waiting("downloading the table"):
        whole = full_name("validations", name)
        written = client.validations.download(whole, path, format=TableFormat(file_format))
    typer.echo(str(written))
