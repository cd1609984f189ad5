"""`aurelius validate`: a study of a specification over data of a server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aurelius_client.cli.exits import NO
from aurelius_client.cli.options import AsJson, Server
from aurelius_client.cli.run import Seed, check_seed
from aurelius_client.errors import InvalidInput

if TYPE_CHECKING:
    from aurelius.engine.v1 import validation_pb2
    from aurelius_client.client import Client


def validate(
    spec: Annotated[Path, typer.Argument(help="A ValidationSpec, as YAML or JSON.")],
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
    """Studies a specification at a server and prints what was judged. Exit 1: not passed.

    Example: aurelius validate walk_forward.yaml --dataset us-equities
    """
    check_seed(seed)
    if (data is None) == (dataset is None):
        raise InvalidInput(
            "DATA_MISSING" if data is None else "DATA_AMBIGUOUS",
            "a validation needs data",
            found="neither --data nor --dataset" if data is None else "--data and --dataset",
            allowed="--data FILE or --dataset NAME",
        )
    from aurelius.engine.v1 import validation_pb2
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.registering import registered
    from aurelius_client.cli.server import connect
    from aurelius_client.documents import read_message

    read = read_message(spec, validation_pb2.ValidationSpec())
    with connect(server) as client:
        if data is not None:
            name = registered(client, data, provenance).name
        else:
            name = full_name("datasets", dataset or "")
        created = client.validations.create(read, name, seed=seed)
        found = followed(client, created)
    show(found, as_json)
    if not found.result.passed:
        raise typer.Exit(NO)


def followed(
    client: "Client", validation: "validation_pb2.Validation"
) -> "validation_pb2.Validation":
    """Shows a validation's progress up to its end, and returns it with its result.

    Raises:
        ValidationNotSucceeded: It ended without one.
    """
    from aurelius_client.cli.progress import counting, going_on
    from aurelius_client.validations import succeeded

    with going_on(validation.name), counting(validation.name) as told:
        for newer in client.validations.watch(validation.name):
            validation, progress = newer, newer.progress
            left = f"{progress.eta_seconds:.0f} s left" if progress.HasField("eta_seconds") else ""
            told(progress.done_count, progress.total_count, left)
    return succeeded(validation)


def show(validation: "validation_pb2.Validation", as_json: bool) -> None:
    """Prints a validation: its progress, or its checks, its statistics and its tables."""
    from aurelius_client.cli.output import enum_text, print_facts, print_message

    if as_json:
        print_message(validation)
        return
    facts = [
        ("validation", validation.name),
        ("study", study_of(validation)),
        ("state", enum_text(validation, "state")),
        ("dataset", validation.dataset),
        ("seed", str(validation.seed)),
        ("elapsed", f"{validation.progress.elapsed_seconds:.1f} s"),
    ]
    if validation.HasField("failure"):
        reason = validation.failure.reason.removeprefix("ERROR_REASON_")
        facts.append(("failure", f"{reason}: {validation.failure.message}"))
    if validation.HasField("result"):
        facts.append(("executions", f"{validation.result.execution_count:,}"))
        facts.append(("result digest", validation.result.result_digest))
    print_facts(facts)
    if validation.HasField("result"):
        _print_result(validation.result)


def study_of(validation: "validation_pb2.Validation") -> str:
    """Returns the name of a validation's study; of one in a list, nothing."""
    return (validation.spec.WhichOneof("study") or "").replace("_", " ")


def _print_result(result: "validation_pb2.ValidationResult") -> None:
    from aurelius_client.cli.check_report import print_checks
    from aurelius_client.cli.output import print_facts

    numbers = []
    for statistic in result.statistics:
        defined = statistic.WhichOneof("outcome") == "value"
        value = f"{statistic.value:,.6g}" if defined else statistic.undefined_reason
        numbers.append((statistic.metric_id, value))
    if numbers:
        typer.echo()
        print_facts(numbers)
    print_checks(result)
    typer.echo("passed" if result.passed else "not passed: a blocker failed")
