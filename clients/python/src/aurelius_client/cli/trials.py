"""`aurelius trials`: what was ever tried, and what it says of one run."""

from typing import Annotated

import typer

from aurelius_client.cli.options import AsJson, Server

app = typer.Typer(help="Shows what was ever tried.", no_args_is_help=True)


@app.command("list")
def list_(server: Server = None, as_json: AsJson = False) -> None:
    """Lists every entry of the log of trials, oldest first.

    Example: aurelius trials list
    """
    from aurelius_client.cli.output import minute, print_messages, print_table
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        if as_json:
            print_messages(client.trials.list())
            return
        rows = [
            (
                entry.name.removeprefix("trialEntries/"),
                entry.event.lower(),
                entry.subject,
                f"{entry.executed_count:,}/{entry.planned_count:,}",
                ", ".join(entry.strategies),
                minute(entry.time),
            )
            for entry in client.trials.list()
        ]
    columns = ("entry", "event", "subject", "executed", "strategies", "time")
    print_table(columns, rows, "nothing was tried: aurelius run")


@app.command()
def assess(
    run: Annotated[str, typer.Argument(help="A sealed run, by name or id.")],
    log_size: Annotated[
        int, typer.Option(help="Judges by the first so many entries; 0 means all.", min=0)
    ] = 0,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Counts the trials behind a run and deflates its Sharpe ratio by them.

    Example: aurelius trials assess RUN
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import print_facts, print_message
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        found = client.trials.assess(full_name("runs", run), log_size=log_size)
    if as_json:
        print_message(found)
        return
    facts = [
        ("run", found.run),
        ("trials", f"{found.trial_count:,} distinct specifications"),
        ("unnamed", f"{found.unnamed_count:,} cancelled, failed or crashed"),
        ("data", f"{len(found.data_hashes)} data hashes of one history"),
    ]
    facts += [(f"  {one.strategy}", one.reason) for one in found.strategies]
    for statistic in found.statistics:
        defined = statistic.WhichOneof("outcome") == "value"
        value = f"{statistic.value:,.6g}" if defined else statistic.undefined_reason
        facts.append((statistic.metric_id.replace("_", " "), value))
    facts += [("log size", f"{found.log_size:,}"), ("log root", f"sha256:{found.root_hash.hex()}")]
    print_facts(facts)
