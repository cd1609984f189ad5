"""`aurelius datasets`: registers and shows market data."""

from pathlib import Path
from typing import Annotated

import typer

from aurelius_client.cli.options import AsJson, Server

app = typer.Typer(help="Registers and shows market data.", no_args_is_help=True)


@app.command()
def register(
    file: Annotated[Path, typer.Argument(help="A .csv, .parquet or .arrow file.")],
    name: Annotated[str, typer.Option(help="The id of the dataset to be.")],
    provenance: Annotated[
        Path | None,
        typer.Option(
            help="Where the data came from, as JSON or YAML; every field is mandatory. "
            "Absent means FILE.provenance.json beside it.",
            show_default=False,
        ),
    ] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Uploads a file and registers it.

    An upload that broke off goes on where it ended.

    Example: aurelius datasets register data/us_equities_daily.parquet --name us-equities
    """
    from aurelius_client.cli.progress import upload_bar
    from aurelius_client.cli.registering import provenance_of
    from aurelius_client.cli.server import connect

    source = provenance_of(file, provenance)
    with connect(server) as client, upload_bar(f"uploading {file.name}") as told:
        dataset = client.datasets.register(
            file, name.removeprefix("datasets/"), source, progress=told
        )
    _show(dataset, as_json)


@app.command("list")
def list_(server: Server = None, as_json: AsJson = False) -> None:
    """Lists datasets, newest first.

    Example: aurelius datasets list
    """
    from aurelius_client.cli.output import day, print_messages, print_table
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        if as_json:
            print_messages(client.datasets.list())
            return
        rows = [
            (
                dataset.name.removeprefix("datasets/"),
                f"{dataset.row_count:,}",
                f"{dataset.symbol_count:,}",
                day(dataset.first_time),
                day(dataset.last_time),
            )
            for dataset in client.datasets.list()
        ]
    columns = ("dataset", "rows", "symbols", "first", "last")
    print_table(columns, rows, "no dataset is registered: aurelius datasets register FILE")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A dataset, by name or id.")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Shows one dataset and where it came from.

    Example: aurelius datasets show us-equities
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        dataset = client.datasets.get(full_name("datasets", name))
    _show(dataset, as_json)


def _show(dataset: object, as_json: bool) -> None:
    from aurelius.engine.v1 import dataset_pb2
    from aurelius_client.cli.output import day, enum_text, moment, print_facts, print_message

    assert isinstance(dataset, dataset_pb2.Dataset)
    if as_json:
        print_message(dataset)
        return
    source = dataset.provenance
    print_facts(
        (
            ("dataset", dataset.name),
            ("data hash", dataset.data_hash),
            ("rows", f"{dataset.row_count:,}"),
            ("symbols", ", ".join(dataset.symbols)),
            ("bars", f"{day(dataset.first_time)} to {day(dataset.last_time)}"),
            ("provider", source.provider),
            ("venue", source.venue),
            ("calendar", f"{source.calendar}, {source.time_zone}"),
            ("adjustment", enum_text(source, "adjustment")),
            ("class", f"{enum_text(source, 'data_class')}, {enum_text(source, 'fidelity_tier')}"),
            ("as of", moment(source.as_of_time)),
            ("licence", source.licence),
            ("source", source.source),
            ("steps", str(len(source.transformation_steps))),
            ("registered", f"{moment(dataset.create_time)} by {dataset.creator}"),
        )
    )
