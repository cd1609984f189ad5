"""`aurelius formula`: the formula language, before anything runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aurelius_client.cli.options import AsJson

if TYPE_CHECKING:
    from aurelius.engine.v1 import formula_service_pb2

app = typer.Typer(help="Checks formulas.", no_args_is_help=True)


# A formula may begin with a minus sign, which is no option then.
@app.command(context_settings={"ignore_unknown_options": True})
def check(
    text: Annotated[str, typer.Argument(help="The formula.")],
    groupings: Annotated[
        Path | None,
        typer.Option(
            help="A file with the `groupings` of the formula, as YAML or JSON.", show_default=False
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            help="Checks there. Absent, the engine in this process does.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Checks a formula and says what it reads and how many bars it needs.

    Example: aurelius formula check "rank(ts_mean(close, 20) / close) - 0.5"
    """
    from aurelius_client.formulas import request_of

    declared = _read(groupings)
    if server is None:
        from aurelius_client.cli.local import check_formula

        found = check_formula(request_of(text, declared))
    else:
        from aurelius_client.cli.server import connect

        with connect(server) as client:
            found = client.formulas.check(text, groupings=declared)
    _show(found, as_json)


def _read(path: Path | None) -> dict[str, dict[str, str]]:
    from aurelius.engine.v1 import formula_pb2
    from aurelius_client.documents import read_message

    if path is None:
        return {}
    read = read_message(path, formula_pb2.Formula())
    return {grouping.name: dict(grouping.groups) for grouping in read.groupings}


def _show(found: "formula_service_pb2.CheckFormulaResponse", as_json: bool) -> None:
    from aurelius_client.cli.output import print_facts, print_message

    if as_json:
        print_message(found)
        return
    print_facts(
        (
            ("formula", found.text),
            ("warm-up", f"{found.warm_up_bars} bars"),
            ("reads", ", ".join(found.columns) or "no column"),
            ("groupings", ", ".join(found.groupings) or "none"),
            ("symbols", "compared with each other" if found.cross_sectional else "each alone"),
            ("nodes", str(len(found.nodes))),
        )
    )
