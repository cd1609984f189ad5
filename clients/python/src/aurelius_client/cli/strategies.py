"""`aurelius strategies`: templates with parameters under a name."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aurelius_client.cli.options import AsJson, Server

if TYPE_CHECKING:
    from aurelius.gateway.v1 import strategy_pb2

app = typer.Typer(help="Creates and shows strategies.", no_args_is_help=True)


@app.command()
def create(
    strategy: Annotated[str, typer.Argument(help="The id of the strategy to be.")],
    definition: Annotated[
        Path,
        typer.Option(help="A file with one template and its parameters, as YAML or JSON."),
    ],
    display_name: Annotated[
        str | None, typer.Option(help="What people call it. Absent means its id.")
    ] = None,
    description: Annotated[str, typer.Option(help="What it is meant to do.")] = "",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Creates a strategy, which never changes.

    Example: aurelius strategies create sma-cross --definition sma_cross.yaml
    """
    from aurelius.engine.v1 import strategy_pb2
    from aurelius_client.cli.server import connect
    from aurelius_client.documents import read_message

    strategy_id = strategy.removeprefix("strategies/")
    template = read_message(definition, strategy_pb2.Strategy())
    with connect(server) as client:
        created = client.strategies.create(
            strategy_id,
            template,
            display_name=display_name or strategy_id,
            description=description,
        )
    _show(created, as_json)


@app.command("list")
def list_(server: Server = None, as_json: AsJson = False) -> None:
    """Lists strategies, newest first.

    Example: aurelius strategies list
    """
    from aurelius_client.cli.names import template_of
    from aurelius_client.cli.output import minute, print_messages, print_table
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        if as_json:
            print_messages(client.strategies.list())
            return
        rows = [
            (
                strategy.name.removeprefix("strategies/"),
                template_of(strategy.definition),
                minute(strategy.create_time),
                strategy.creator,
                strategy.display_name,
            )
            for strategy in client.strategies.list()
        ]
    columns = ("strategy", "template", "created", "creator", "called")
    print_table(columns, rows, "there is no strategy: aurelius strategies create")


@app.command()
def show(
    strategy: Annotated[str, typer.Argument(help="A strategy, by name or id.")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Shows one strategy and its parameters.

    Example: aurelius strategies show sma-cross
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        found = client.strategies.get(full_name("strategies", strategy))
    _show(found, as_json)


def _show(strategy: "strategy_pb2.Strategy", as_json: bool) -> None:
    from aurelius_client.canonical_json import canonical_text
    from aurelius_client.cli.output import moment, print_facts, print_message

    if as_json:
        print_message(strategy)
        return
    print_facts(
        (
            ("strategy", strategy.name),
            ("called", strategy.display_name),
            ("description", strategy.description or "none"),
            ("definition", canonical_text(strategy.definition).decode()),
            ("created", f"{moment(strategy.create_time)} by {strategy.creator}"),
        )
    )
