"""`aurelius sweep`: a space of specifications over data of a server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aurelius_client.cli.options import AsJson, Server
from aurelius_client.cli.run import Seed, check_seed
from aurelius_client.errors import InvalidInput

if TYPE_CHECKING:
    from aurelius.engine.v1 import sweep_pb2
    from aurelius_client.client import Client


def sweep(
    spec: Annotated[Path, typer.Argument(help="A SweepSpec, as YAML or JSON.")],
    data: Annotated[
        Path | None,
        typer.Option(help="Market data, registered first if need be.", show_default=False),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="A registered dataset, by name or id.", show_default=False),
    ] = None,
    provenance: Annotated[
        Path | None,
        typer.Option(
            help="Where --data came from. Absent means FILE.provenance.json beside it.",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 0,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Searches a space of specifications at a server and prints the best trial.

    Example: aurelius sweep sweep.yaml --dataset us-equities
    """
    check_seed(seed)
    if (data is None) == (dataset is None):
        raise InvalidInput(
            "DATA_MISSING" if data is None else "DATA_AMBIGUOUS",
            "a sweep needs data",
            found="neither --data nor --dataset" if data is None else "--data and --dataset",
            allowed="--data FILE or --dataset NAME",
        )
    from aurelius.engine.v1 import sweep_pb2
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.registering import registered
    from aurelius_client.cli.server import connect
    from aurelius_client.documents import read_message

    read = read_message(spec, sweep_pb2.SweepSpec())
    with connect(server) as client:
        if data is not None:
            name = registered(client, data, provenance).name
        else:
            name = full_name("datasets", dataset or "")
        created = client.sweeps.create(read, name, seed=seed)
        show(followed(client, created), as_json)


def followed(client: "Client", sweep: "sweep_pb2.Sweep") -> "sweep_pb2.Sweep":
    """Shows a sweep's progress up to its end, and returns it with its result.

    Raises:
        SweepNotSucceeded: It ended without one.
    """
    from aurelius_client.cli.progress import counting, going_on
    from aurelius_client.sweeps import succeeded

    with going_on(sweep.name), counting(sweep.name) as told:
        for newer in client.sweeps.watch(sweep.name):
            sweep, progress = newer, newer.progress
            left = f"{progress.eta_seconds:.0f} s left" if progress.HasField("eta_seconds") else ""
            told(progress.done_count, progress.total_count, left)
    return succeeded(sweep)


def show(sweep: "sweep_pb2.Sweep", as_json: bool) -> None:
    """Prints a sweep: its progress, or its result and its best trial."""
    from aurelius_client.cli.output import enum_text, print_facts, print_message

    if as_json:
        print_message(sweep)
        return
    facts = [
        ("sweep", sweep.name),
        ("state", enum_text(sweep, "state")),
        ("dataset", sweep.dataset),
        ("seed", str(sweep.seed)),
        ("done", f"{sweep.progress.done_count:,} of {sweep.progress.total_count:,} trials"),
        ("elapsed", f"{sweep.progress.elapsed_seconds:.1f} s"),
    ]
    if sweep.HasField("failure"):
        reason = sweep.failure.reason.removeprefix("ERROR_REASON_")
        facts.append(("failure", f"{reason}: {sweep.failure.message}"))
    if sweep.HasField("result"):
        result = sweep.result
        facts += [
            ("ended by", enum_text(result, "stop_reason")),
            ("refused", f"{result.refused_count:,}"),
            ("quarantined", f"{result.quarantined_count:,}"),
            ("excluded", f"{result.excluded_count:,} points"),
            ("sampler", result.sampler),
            ("trials digest", result.trials_digest),
        ]
    if sweep.progress.HasField("best"):
        facts += _trial_facts(sweep.progress.best)
    elif sweep.HasField("result"):
        facts.append(("best trial", "none keeps the constraints"))
    print_facts(facts)


def _trial_facts(trial: "sweep_pb2.SweepTrial") -> list[tuple[str, str]]:
    from google.protobuf import json_format

    facts = [("best trial", trial.name.rsplit("/", 1)[1]), ("run", trial.run)]
    for parameter in trial.parameters:
        value = json_format.MessageToJson(parameter.value, indent=None)
        value = value.removesuffix(".0")  # whole numbers are doubles there
        facts.append((parameter.path.rsplit(".", 1)[-1], value))
    for metric in trial.metrics:
        defined = metric.WhichOneof("outcome") == "value"
        value = f"{metric.value:,.6g}" if defined else metric.undefined_reason
        facts.append((metric.metric_id, value))
    return facts
