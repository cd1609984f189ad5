"""`aurelius runs`: shows, replays and downloads what was run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aurelius_client.cli.exits import BROKEN, NO, WARNED
from aurelius_client.cli.options import AsJson, EveryMetric, Server

if TYPE_CHECKING:
    from aurelius.engine.v1 import replay_service_pb2
    from aurelius_client.client import Client

app = typer.Typer(help="Shows, replays and downloads runs.", no_args_is_help=True)
Run = Annotated[str, typer.Argument(help="A run, by name or id.")]
FORMATS = ("arrow", "parquet", "csv", "json")


@app.command("list")
def list_(
    dataset: Annotated[
        str, typer.Option(help="Only runs of this dataset.", show_default=False)
    ] = "",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Lists runs, newest first.

    Example: aurelius runs list --dataset us-equities
    """
    from aurelius_client.cli.names import full_name, template_of
    from aurelius_client.cli.output import enum_text, minute, print_messages, print_table, short
    from aurelius_client.cli.server import connect

    name = full_name("datasets", dataset) if dataset else ""
    with connect(server) as client:
        if as_json:
            print_messages(client.backtests.list(dataset=name))
            return
        rows = [
            (
                run.name.removeprefix("runs/"),
                enum_text(run, "state"),
                minute(run.create_time),
                template_of(run.spec.strategy),
                short(run.result.result_digest, 8),
            )
            for run in client.backtests.list(dataset=name)
        ]
    print_table(
        ("run", "state", "created", "strategy", "result"), rows, "nothing was run: aurelius run"
    )


@app.command()
def show(
    run: Run,
    server: Server = None,
    every_metric: EveryMetric = False,
    as_json: AsJson = False,
) -> None:
    """Shows one run: its state, and its result if it has one.

    Example: aurelius runs show RUN
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import enum_text, moment, print_facts, print_message
    from aurelius_client.cli.server import connect
    from aurelius_client.cli.views import print_result
    from aurelius_client.identities import check_result

    with connect(server) as client:
        found = client.backtests.get(full_name("runs", run))
    if found.HasField("result"):
        check_result(found.result)
    if as_json:
        print_message(found)
        return
    facts = [
        ("state", enum_text(found, "state")),
        ("dataset", found.dataset),
        ("created", f"{moment(found.create_time)} by {found.creator}"),
        ("attempts", str(found.attempt_count)),
    ]
    if found.HasField("failure"):
        reason = found.failure.reason.removeprefix("ERROR_REASON_")
        facts.append(("failure", f"{reason}: {found.failure.message}"))
    if not found.HasField("result"):
        print_facts([("run", found.name), *facts])
        return
    print_facts(facts)
    print_result(found.result, found.spec, every_metric)


@app.command()
def replay(run: Run, server: Server = None, as_json: AsJson = False) -> None:
    """Executes a run's identity again and compares every digest.

    Exit code 0: equal. 1: different. 5: it could not be executed.

    Example: aurelius runs replay RUN
    """
    from aurelius.engine.v1 import replay_service_pb2
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import print_message
    from aurelius_client.cli.progress import waiting
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        identity = client.backtests.get(full_name("runs", run)).identity
        with waiting(f"replaying {run}"):
            done = client.replays.run(identity)
    if as_json:
        print_message(done)
    else:
        _show_replay(done)
    if done.state != replay_service_pb2.Replay.STATE_EQUAL:
        different = done.state == replay_service_pb2.Replay.STATE_DIFFERENT
        raise typer.Exit(NO if different else BROKEN)


@app.command()
def check(run: Run, server: Server = None, as_json: AsJson = False) -> None:
    """Checks a run and prints each check with its severity, its numbers and what to do.

    Exit code 0: nothing but information. 1: a blocker did not pass. 6: only warnings.

    Example: aurelius runs check RUN
    """
    from aurelius_client.cli.check_report import print_report, worst_severity
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import print_message
    from aurelius_client.cli.server import connect
    from aurelius_client.cli.validate import followed
    from aurelius_client.validations import run_checks_of

    with connect(server) as client:
        found = client.backtests.get(full_name("runs", run))
        created = client.validations.create(
            run_checks_of(found), found.dataset, seed=found.identity.seed
        )
        report = followed(client, created)
    if as_json:
        print_message(report)
    else:
        print_report(found.name, report)
    code = {"BLOCKER": NO, "WARNING": WARNED}.get(worst_severity(report.result))
    if code is not None:
        raise typer.Exit(code)


@app.command()
def diff(
    run: Run,
    other: Annotated[str, typer.Argument(help="The run to compare it with.")],
    allow_cross_tier: Annotated[
        bool,
        typer.Option(
            "--allow-cross-tier",
            help="Compares fills of bars, quotes and books with each other.",
        ),
    ] = False,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Compares two sealed runs: what of the identity changed, and what moved first.

    Exit code 0: equal results. 1: different.

    Example: aurelius runs diff RUN OTHER
    """
    from aurelius_client.cli.differences import print_comparison
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import print_message
    from aurelius_client.cli.server import connect

    left, right = full_name("runs", run), full_name("runs", other)
    with connect(server) as client:
        compared = client.backtests.compare(left, right, allow_cross_tier=allow_cross_tier)
    if as_json:
        print_message(compared)
    else:
        print_comparison(left, right, compared)
    if compared.HasField("first_difference"):
        raise typer.Exit(NO)


@app.command()
def artifacts(
    run: Run,
    artifact: Annotated[
        str | None, typer.Argument(help="Its id, such as equity; absent means all.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Downloads to this file, or all artifacts to this folder.", show_default=False
        ),
    ] = None,
    file_format: Annotated[
        str,
        typer.Option("--format", help="arrow, parquet, csv or json.", metavar="FORMAT"),
    ] = "csv",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Lists a run's artifacts, or downloads them and checks their digests.

    Example: aurelius runs artifacts RUN fills --output fills.csv --format csv
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import print_messages, print_table
    from aurelius_client.cli.server import connect
    from aurelius_client.errors import InvalidInput

    if file_format not in FORMATS:
        raise InvalidInput(
            "FORMAT_UNKNOWN", "--format", found=file_format, allowed=", ".join(FORMATS)
        )
    if artifact is not None and output is None:
        output = Path(f"{artifact}.{file_format}")
    name = full_name("runs", run)
    with connect(server) as client:
        if output is not None:
            _download(client, name, artifact, output, file_format)
            return
        if as_json:
            print_messages(client.artifacts.list(name))
            return
        rows = [
            (
                entry.name.rsplit("/", 1)[1],
                f"{entry.row_count:,}",
                f"{entry.size_bytes:,}",
                entry.digest.removeprefix("sha256:")[:32],
            )
            for entry in client.artifacts.list(name)
        ]
    print_table(("artifact", "rows", "bytes", "sha256"), rows, f"{name} has no artifact")


def _show_replay(replay: "replay_service_pb2.Replay") -> None:
    from aurelius_client.cli.differences import difference_facts
    from aurelius_client.cli.output import enum_text, print_facts

    facts = [
        ("replay", replay.name),
        ("state", enum_text(replay, "state")),
        ("sealed", replay.sealed_result_digest),
        ("replayed", replay.replayed_result_digest or "none"),
    ]
    if replay.HasField("first_difference"):
        facts += difference_facts(replay.first_difference, ("sealed", "replayed"))
    if replay.failure_message:
        facts.append(("failure", replay.failure_message))
    print_facts(facts)


def _download(
    client: "Client", run: str, artifact: str | None, output: Path, file_format: str
) -> None:
    from aurelius_client.cli.progress import waiting
    from aurelius_client.refused_files import unwritable
    from aurelius_client.table_files import TableFormat

    kind = TableFormat(file_format)
    if artifact is not None:
        wanted = {f"{run}/artifacts/{artifact}": output}
    else:
        try:
            output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(output, error) from error
        wanted = {
            entry.name: output / f"{entry.name.rsplit('/', 1)[1]}.{file_format}"
            for entry in client.artifacts.list(run)
        }
    written = []
    for name, path in wanted.items():
        with waiting(f"downloading {name.rsplit('/', 1)[1]}"):
            written.append(client.artifacts.download(name, path, format=kind))
    for path in written:
        typer.echo(str(path))
