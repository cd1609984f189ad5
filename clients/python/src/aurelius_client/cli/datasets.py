"""`aurelius datasets`: registers and shows market data."""

from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aurelius_client.cli.adapters import adapters
from aurelius_client.cli.events import bars, events
from aurelius_client.cli.options import AsJson, Server, StatedFormat, wire_format
from aurelius_client.cli.quality import quality
from aurelius_client.cli.synthesize import synthesize

if TYPE_CHECKING:
    from aurelius.engine.v1 import dataset_pb2
    from aurelius_client.slices import VerifiedSlice

app = typer.Typer(help="Registers and shows market data.", no_args_is_help=True)
app.command()(quality)
app.command()(adapters)
app.command()(events)
app.command()(bars)
app.command()(synthesize)
_TIME = "A date, its end in UTC, or a time, as ISO 8601."


class Adjusted(Enum):
    """What prices are adjusted for."""

    RAW = "raw"
    SPLITS = "splits"
    SPLITS_AND_DIVIDENDS = "splits-and-dividends"


@app.command()
def register(
    file: Annotated[
        Path, typer.Argument(help="A .csv, .parquet or .arrow file, or a vendor's .json.")
    ],
    name: Annotated[str, typer.Option(help="The id of the dataset to be.")],
    provenance: Annotated[
        Path | None,
        typer.Option(
            help="Where the data came from, as JSON or YAML; every field is mandatory. "
            "Absent means FILE.provenance.json beside it.",
            show_default=False,
        ),
    ] = None,
    stated: StatedFormat = None,
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

    kind = wire_format(stated)
    source = provenance_of(file, provenance, kind)
    with connect(server) as client, upload_bar(f"uploading {file.name}") as told:
        dataset = client.datasets.register(
            file, name.removeprefix("datasets/"), source, format=kind, progress=told
        )
    _show(dataset, as_json)


@app.command("as-of")
def as_of(
    series: Annotated[str, typer.Argument(help="A series, as in the provenance of versions.")],
    time: Annotated[str, typer.Argument(help=_TIME)],
    registered: Annotated[
        str | None,
        typer.Option(help="Only versions registered by then.", show_default=False),
    ] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Shows the version of a series that was known at a time.

    Example: aurelius datasets as-of goog-daily 2024-06-30
    """
    from aurelius_client.cli.server import connect

    asked = _instant(time, "TIME")
    with connect(server) as client:
        dataset = client.datasets.as_of(
            series,
            asked,
            registered_time=None if registered is None else _instant(registered, "--registered"),
        )
    _show(dataset, as_json)


@app.command()
def adjusted(
    name: Annotated[str, typer.Argument(help="A dataset, by name or id.")],
    time: Annotated[str, typer.Argument(help=_TIME)],
    output: Annotated[Path, typer.Option(help="A .parquet, .arrow, .csv or .json file.")],
    adjustment: Annotated[
        Adjusted, typer.Option(help="What prices are adjusted for.")
    ] = Adjusted.SPLITS_AND_DIVIDENDS,
    server: Server = None,
) -> None:
    """Downloads the bars up to a time, adjusted for the actions known then.

    No later split or dividend changes them.

    Example: aurelius datasets adjusted us-equities-with-actions 2005-01-31 --output then.parquet
    """
    from aurelius.engine.v1 import dataset_pb2
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import print_facts
    from aurelius_client.cli.server import connect
    from aurelius_client.errors import InvalidInput
    from aurelius_client.table_files import TableFormat

    suffixes = {f".{kind.value}": kind for kind in TableFormat}
    if output.suffix not in suffixes:
        raise InvalidInput(
            "INVALID_FIELD", "--output", found=output.suffix, allowed=", ".join(suffixes)
        )
    asked = _instant(time, "TIME")
    wire: Any = dataset_pb2.Adjustment.Value(f"ADJUSTMENT_{adjustment.name}")
    with connect(server) as client:
        path = client.datasets.download_adjusted(
            full_name("datasets", name), asked, wire, output, format=suffixes[output.suffix]
        )
    print_facts((("written", str(path)), ("as of", f"{asked:%Y-%m-%d %H:%M:%S} UTC")))


@app.command("slice")
def slice_(
    name: Annotated[str, typer.Argument(help="A dataset, by name or id.")],
    output: Annotated[Path, typer.Option("--out", help="Where the Arrow file goes.")],
    symbol: Annotated[
        list[str] | None, typer.Option(help="One of the symbols; absent means all.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(help="The first moment, ISO 8601 in UTC.", show_default=False),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(help="The moment after the window, ISO 8601 in UTC.", show_default=False),
    ] = None,
    data_hash: Annotated[
        str, typer.Option(help="What the dataset must hash to.", show_default=False)
    ] = "",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Downloads a part of a dataset as a file that proves itself.

    Example: aurelius datasets slice us-equities --symbol AAPL --start 2010-01-01 --out a.arrow
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        found = client.datasets.slice(
            full_name("datasets", name),
            output,
            symbols=symbol or (),
            start_time=None if start is None else _moment(start, "--start"),
            end_time=None if end is None else _moment(end, "--end"),
            data_hash=data_hash,
        )
    _show_slice(found, data_hash, as_json)


@app.command("verify-slice")
def verify_slice(
    file: Annotated[Path, typer.Argument(help="A file of `aurelius datasets slice`.")],
    data_hash: Annotated[
        str,
        typer.Option(
            help="What the dataset must hash to, as a run's identity has it. Absent means "
            "what the file says: then it is only known to fit itself.",
            show_default=False,
        ),
    ] = "",
    symbol: Annotated[
        list[str] | None,
        typer.Option(
            help="One of the symbols it must be of; absent means any.", show_default=False
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(help="The first moment it must have; absent means any.", show_default=False),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(help="The moment after its window; absent means any.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Checks that a file has all rows of its slice, and no others; asks nobody.

    Example: aurelius datasets verify-slice a.arrow
    """
    from aurelius_client.slices import Asked, verify_slice_file

    asked = Asked(
        symbols=symbol or None,
        start=None if start is None else _nanoseconds(_moment(start, "--start")),
        end=None if end is None else _nanoseconds(_moment(end, "--end")),
    )
    _show_slice(verify_slice_file(file, data_hash=data_hash, asked=asked), data_hash, as_json)


@app.command("list")
def list_(
    series: Annotated[
        str, typer.Option(help="Only versions of this series.", show_default=False)
    ] = "",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Lists datasets, newest first.

    Example: aurelius datasets list
    """
    from aurelius_client.cli.output import day, print_messages, print_table
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        if as_json:
            print_messages(client.datasets.list(series=series))
            return
        rows = [
            (
                dataset.name.removeprefix("datasets/"),
                f"{dataset.row_count:,}",
                f"{dataset.symbol_count:,}",
                day(dataset.first_time),
                day(dataset.last_time),
            )
            for dataset in client.datasets.list(series=series)
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
            ("times", f"{day(dataset.first_time)} to {day(dataset.last_time)}"),
            *(
                ("events", f"{enum_text(each, 'type').replace('_', ' ')}: {each.row_count:,} rows")
                for each in dataset.event_tables
            ),
            ("provider", source.provider),
            ("venue", source.venue),
            ("calendar", f"{source.calendar}, {source.time_zone}"),
            ("adjustment", enum_text(source, "adjustment")),
            ("class", f"{enum_text(source, 'data_class')}, {enum_text(source, 'fidelity_tier')}"),
            ("as of", moment(source.as_of_time)),
            ("licence", source.licence),
            ("source", source.source),
            (
                "steps",
                str(len(source.transformation_steps)) if not source.untransformed else "none",
            ),
            ("series", source.series or "none"),
            ("read by", dataset.adapter.removeprefix("marketAdapters/") or "no adapter"),
            *_judged(dataset),
            ("registered", f"{moment(dataset.create_time)} by {dataset.creator}"),
        )
    )


def _judged(dataset: "dataset_pb2.Dataset") -> tuple[tuple[str, str], ...]:
    """Returns what the data says; sealed data says nothing."""
    from aurelius.engine.v1 import dataset_pb2
    from aurelius_client.cli.output import day, enum_text

    if dataset.provenance.data_class == dataset_pb2.DATA_CLASS_SEALED:
        return ()
    verdict = enum_text(dataset.survivorship, "verdict")
    survivorship = (("survivorship", f"{verdict}: {dataset.survivorship.detail}"),)
    return (
        *(survivorship if dataset.HasField("survivorship") else ()),
        ("quality", f"worst finding: {enum_text(dataset, 'quality_severity')}"),
        *(
            ("flag", f"{flag.flag}: {flag.count:,}, first {day(flag.first_time)}")
            for flag in dataset.quality_flags
        ),
    )


def _show_slice(found: "VerifiedSlice", pinned: str, as_json: bool) -> None:
    import rfc8785

    from aurelius_client.cli.output import print_facts
    from aurelius_client.slices import time_text

    start, end = time_text(found.start), time_text(found.end)
    facts: dict[str, Any] = {
        "dataset": found.dataset,
        "dataHash": found.data_hash,
        "sliceHash": found.slice_hash,
        "symbols": found.symbols,
        "startTime": start,
        "endTime": end,
        "rowCount": found.table.num_rows,
    }
    if as_json:
        typer.echo(rfc8785.dumps(facts))
        return
    print_facts(
        (
            ("dataset", found.dataset),
            ("data hash", f"{found.data_hash}, {'as asked for' if pinned else 'as the file says'}"),
            ("slice hash", found.slice_hash),
            ("symbols", ", ".join(found.symbols) or "all"),
            ("window", f"{start} to before {end}"),
            ("rows", f"{found.table.num_rows:,}, verified"),
        )
    )


def _nanoseconds(time: datetime) -> int:
    """Returns a time with a zone in ns since 1970."""
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


def _moment(text: str, what: str) -> datetime:
    """Returns a time; of a date its midnight. Raises: InvalidInput: It is neither."""
    return _instant(text if len(text) != len("2024-06-30") else f"{text}T00:00:00", what)


def _instant(text: str, what: str) -> datetime:
    """Returns a time; of a date its last microsecond. Raises: InvalidInput: It is neither."""
    from aurelius_client.errors import InvalidInput

    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("INVALID_FIELD", what, found=text, allowed="ISO 8601") from error
    if len(text) == len("2024-06-30"):
        found += timedelta(days=1, microseconds=-1)
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
