"""`aurelius holdout`: vaults of sealed data, and verdicts from them."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from aurelius_client.cli.options import AsJson, Server

if TYPE_CHECKING:
    from aurelius.engine.v1 import holdout_pb2

app = typer.Typer(help="Judges runs by data that nobody sees.", no_args_is_help=True)
Vault = Annotated[str, typer.Argument(help="A vault, by name or id.")]
_SIGNS = {">=": "GREATER_OR_EQUAL", "<=": "LESS_OR_EQUAL", ">": "GREATER", "<": "LESS"}


@app.command()
def create(
    vault: Annotated[str, typer.Argument(help="The id of the vault to be.")],
    dataset: Annotated[str, typer.Option(help="A sealed dataset.")],
    budget: Annotated[int, typer.Option(help="Evaluations there may ever be.", min=1, max=1000)],
    criterion: Annotated[
        list[str], typer.Option(help='What a run has to reach, as "sharpe_ratio >= 1"; repeatable.')
    ],
    reveal_criteria: Annotated[
        bool, typer.Option("--reveal-criteria", help="Says of each criterion whether it holds.")
    ] = False,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Creates a vault, whose terms never change. Needs the role risk.

    Example: aurelius holdout create final --dataset kept --budget 5 --criterion "sharpe_ratio >= 1"
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.server import connect

    criteria = [_criterion(text) for text in criterion]
    with connect(server) as client:
        created = client.holdouts.create(
            vault.removeprefix("holdoutVaults/"),
            full_name("datasets", dataset),
            criteria,
            budget_count=budget,
            reveals_criteria=reveal_criteria,
        )
    _show(created, [], as_json)


@app.command()
def evaluate(
    vault: Vault,
    run: Annotated[str, typer.Argument(help="A sealed run, by name or id.")],
    request_id: Annotated[
        str,
        typer.Option(help="Spends once, however often it is used.", show_default="a fresh one"),
    ] = "",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Spends one evaluation on a run and prints the verdict; exit code 1 if it does not pass.

    Example: aurelius holdout evaluate final RUN
    """
    from aurelius_client.cli.exits import NO, UNAVAILABLE
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import print_facts, print_message
    from aurelius_client.cli.progress import waiting
    from aurelius_client.cli.server import connect

    name = full_name("holdoutVaults", vault)
    with connect(server) as client, waiting("evaluating"):
        answer = client.holdouts.evaluate(name, full_name("runs", run), request_id=request_id)
        kept = client.holdouts.get(name)
    found = answer.holdout_evaluation
    if as_json:
        print_message(answer)
    else:
        facts = [("evaluation", found.name), ("run", found.run), ("verdict", _verdict(found))]
        for criterion, verdict in zip(kept.criteria, found.criterion_verdicts, strict=False):
            facts.append((f"  {_text(criterion)}", _word(verdict)))
        facts += [
            ("left", f"{answer.remaining_count} of {kept.budget_count} evaluations"),
            ("logged", found.trial_entry),
        ]
        print_facts(facts)
    if found.verdict == found.VERDICT_NONE:
        raise typer.Exit(UNAVAILABLE)
    if found.verdict != found.VERDICT_PASSED:
        raise typer.Exit(NO)


@app.command()
def show(vault: Vault, server: Server = None, as_json: AsJson = False) -> None:
    """Shows one vault: its terms, and what was spent of its budget.

    Example: aurelius holdout show final
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.server import connect

    name = full_name("holdoutVaults", vault)
    with connect(server) as client:
        found = client.holdouts.get(name)
        spent = [] if as_json else list(client.holdouts.evaluations(name))
    _show(found, spent, as_json)


@app.command("list")
def list_(
    vault: Annotated[
        str,
        typer.Option(help="Lists the evaluations of this vault, not vaults.", show_default=False),
    ] = "",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Lists vaults, newest first, or the evaluations of one, oldest first.

    Example: aurelius holdout list
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import minute, print_messages, print_table
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        if vault:
            spent = client.holdouts.evaluations(full_name("holdoutVaults", vault))
            print_messages(spent) if as_json else _print_spent(list(spent))
            return
        if as_json:
            print_messages(client.holdouts.list())
            return
        rows = [
            (
                one.name.removeprefix("holdoutVaults/"),
                f"{one.remaining_count}/{one.budget_count}",
                one.dataset,
                minute(one.create_time),
                one.creator,
            )
            for one in client.holdouts.list()
        ]
    columns = ("vault", "left", "dataset", "created", "creator")
    print_table(columns, rows, "there is no vault: aurelius holdout create")


def _criterion(text: str) -> "holdout_pb2.HoldoutCriterion":
    """Returns the criterion of `METRIC SIGN BOUND`. Raises: InvalidInput: It is none."""
    from aurelius.engine.v1 import holdout_pb2
    from aurelius_client.errors import InvalidInput

    metric, sign, bound = [*text.split(), "", "", ""][:3]
    try:
        number = float(bound)
    except ValueError:
        number = None
    if number is None or sign not in _SIGNS or len(text.split()) != 3:
        raise InvalidInput(
            "USAGE",
            "--criterion",
            found=text,
            allowed="METRIC, one of >= <= > <, and a number, with blanks between",
        )
    comparison: Any = f"COMPARISON_{_SIGNS[sign]}"
    return holdout_pb2.HoldoutCriterion(metric_id=metric, comparison=comparison, bound=number)


def _text(criterion: "holdout_pb2.HoldoutCriterion") -> str:
    from aurelius_client.cli.output import enum_text

    name = enum_text(criterion, "comparison").upper()
    sign = next(sign for sign, comparison in _SIGNS.items() if comparison == name)
    return f"{criterion.metric_id} {sign} {criterion.bound:g}"


def _word(verdict: int) -> str:
    from aurelius.engine.v1 import holdout_pb2

    name = holdout_pb2.HoldoutEvaluation.Verdict.Name(verdict)
    return name.removeprefix("VERDICT_").replace("_", " ").lower()


def _verdict(evaluation: "holdout_pb2.HoldoutEvaluation") -> str:
    return _word(evaluation.verdict)


def _show(
    vault: "holdout_pb2.HoldoutVault",
    spent: list["holdout_pb2.HoldoutEvaluation"],
    as_json: bool,
) -> None:
    from aurelius_client.cli.output import moment, print_facts, print_message

    if as_json:
        print_message(vault)
        return
    told = "of each criterion" if vault.reveals_criteria else "of all criteria together"
    print_facts(
        (
            ("vault", vault.name),
            ("dataset", f"{vault.dataset}, sealed"),
            ("data hash", vault.data_hash),
            ("created", f"{moment(vault.create_time)} by {vault.creator}"),
            *(("has to reach", _text(criterion)) for criterion in vault.criteria),
            ("verdicts", told),
            ("left", f"{vault.remaining_count} of {vault.budget_count} evaluations"),
        )
    )
    if spent:
        _print_spent(spent)


def _print_spent(spent: list["holdout_pb2.HoldoutEvaluation"]) -> None:
    from aurelius_client.cli.output import minute, print_table

    rows = [
        (
            one.name.rpartition("/")[2],
            _verdict(one),
            one.run,
            minute(one.create_time),
            one.creator,
        )
        for one in spent
    ]
    print_table(("number", "verdict", "run", "spent", "creator"), rows, "nothing was spent")
