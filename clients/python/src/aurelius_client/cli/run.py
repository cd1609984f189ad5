"""`aurelius run`: a specification over data, in this process or by a server."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aurelius_client.cli.options import AsJson, EveryMetric, StatedFormat, wire_format
from aurelius_client.errors import InvalidInput

if TYPE_CHECKING:
    from aurelius.engine.v1 import backtest_pb2, backtest_spec_pb2
    from aurelius.engine.v1.dataset_service_pb2 import FileFormat

Spec = Annotated[Path, typer.Argument(help="A BacktestSpec, as YAML or JSON.")]
Seed = Annotated[int, typer.Option(help="The root of every random stream.")]


def run(
    spec: Spec,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Market data: a .csv, .parquet or .arrow file, or a vendor's .json.",
            show_default=False,
        ),
    ] = None,
    stated: StatedFormat = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="A registered dataset, by name or id.", show_default=False),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            help="Runs there. Absent, --data runs in this process and --dataset at "
            "AURELIUS_SERVER or http://127.0.0.1:8080.",
            show_default=False,
        ),
    ] = None,
    provenance: Annotated[
        Path | None,
        typer.Option(
            help="Where --data came from, if a server does not have it yet. "
            "Absent means FILE.provenance.json beside it.",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 0,
    every_metric: EveryMetric = False,
    as_json: AsJson = False,
) -> None:
    """Runs a specification and prints its result.

    The result has an identity, digests, metrics and labels.

    Example: aurelius run examples/us_buy_and_hold.yaml --data data/us_equities_daily.parquet
    """
    check_seed(seed)
    if (data is None) == (dataset is None):
        raise InvalidInput(
            "DATA_MISSING" if data is None else "DATA_AMBIGUOUS",
            "a run needs data",
            found="neither --data nor --dataset" if data is None else "--data and --dataset",
            allowed="--data FILE, which runs in this process, or --dataset NAME of a server",
        )
    from aurelius.engine.v1 import backtest_spec_pb2
    from aurelius_client.documents import read_message

    read = read_message(spec, backtest_spec_pb2.BacktestSpec())
    if data is not None and server is None:
        from aurelius_client.cli.local import run_file

        result = run_file(read, data, provenance, seed, wire_format(stated))
    else:
        result = _run_at(server, read, data, dataset, provenance, seed, wire_format(stated))
    show(result, read, as_json, every_metric)


def check_seed(seed: int) -> None:
    """Refuses a seed that is no uint64.

    Raises:
        InvalidInput: It is not in [0, 2**64).
    """
    if not 0 <= seed < 2**64:
        raise InvalidInput("INVALID_FIELD", "seed", found=str(seed), allowed="0 to 2**64 - 1")


def show(
    result: "backtest_pb2.BacktestResult",
    spec: "backtest_spec_pb2.BacktestSpec",
    as_json: bool,
    every_metric: bool,
) -> None:
    """Prints a result: for programs the same bytes through every door."""
    if as_json:
        from aurelius_client.canonical_json import canonical_text

        sys.stdout.buffer.write(canonical_text(result) + b"\n")
        return
    from aurelius_client.cli.views import print_result

    print_result(result, spec, every_metric)


def _run_at(
    server: str | None,
    spec: "backtest_spec_pb2.BacktestSpec",
    data: Path | None,
    dataset: str | None,
    provenance: Path | None,
    seed: int,
    stated: "FileFormat | None",
) -> "backtest_pb2.BacktestResult":
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.progress import waiting
    from aurelius_client.cli.registering import registered
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        if data is not None:
            name = registered(client, data, provenance, stated).name
        else:
            name = full_name("datasets", dataset or "")
        with waiting(f"running over {name}"):
            return client.backtests.run(spec, name, seed=seed)
