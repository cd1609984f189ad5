"""The story of `make demo`: real data, through every door, on this machine.

Each step says what it showed and stops the program when it did not show it. The
suite runs in a folder that is removed at the end.
"""

import json
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from google.protobuf import json_format
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from aurelius.contract.v1 import method_policy_pb2
from aurelius.engine.v1 import (
    backtest_pb2,
    backtest_spec_pb2,
    dataset_pb2,
    replay_service_pb2,
    sweep_pb2,
)
from aurelius.governance.v1 import promotion_pb2
from aurelius_client import AureliusError, Client
from aurelius_client.cli.doors import DOORS, Question
from aurelius_client.documents import read_message
from aurelius_client.errors import FailedPrecondition, PermissionDenied
from aurelius_client.ledger_proofs import ProofInvalid, verify_consistency, verify_inclusion
from aurelius_client.suite.processes import RunningSuite, Suite, SuiteOptions
from aurelius_client.targets import parse_target

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "examples/goog_trend.yaml"
SWEEP = ROOT / "examples/sweeps/goog_averages.yaml"
DATA = ROOT / "data/us_equities_with_actions.parquet"
DATASET = "us-equities"
CANDIDATE = promotion_pb2.Promotion.STAGE_CANDIDATE
PRODUCTION = promotion_pb2.Promotion.STAGE_PRODUCTION
console = Console(highlight=False)


class NotShown(Exception):
    """A step did not show what it promises."""


def require(shown: bool, what: str) -> None:
    """Stops the program when a step did not show what it promises."""
    if not shown:
        raise NotShown(what)


def done(what: str, *facts: str) -> None:
    """Prints one step that held, and the facts behind it."""
    console.print(f"[green]✓[/green] {what}")
    for fact in facts:
        console.print(f"    [dim]{fact}[/dim]", soft_wrap=True)


class People:
    """A researcher and an approver: two people, two logins."""

    def __init__(self, suite: RunningSuite) -> None:
        """Creates them as the administrator, with passwords that nobody keeps."""
        self._target = suite.target
        roles = {
            # Rita may approve, and still not what she asked for herself.
            "rita": [
                method_policy_pb2.ROLE_RESEARCHER,
                method_policy_pb2.ROLE_RISK,
                method_policy_pb2.ROLE_APPROVER,
            ],
            "ada": [method_policy_pb2.ROLE_APPROVER, method_policy_pb2.ROLE_AUDITOR],
        }
        self._passwords = {name: secrets.token_urlsafe(16) for name in roles}
        with Client(suite.target) as admin:
            admin.login("admin", suite.admin_password)
            for name, held in roles.items():
                admin.users.create(name, held, self._passwords[name])

    def log_in(self, name: str) -> tuple[Client, str]:
        """Returns a client of one of them, and the token that it uses."""
        client = Client(self._target)
        return client, client.login(name, self._passwords[name]).access_token


def register(client: Client) -> dataset_pb2.Dataset:
    """Registers the bundled dataset with its provenance."""
    provenance = json_format.Parse(
        DATA.with_suffix(".provenance.json").read_text(), dataset_pb2.Provenance()
    )
    dataset = client.datasets.register(DATA, DATASET, provenance)
    done(
        f"registered {dataset.name}: {dataset.row_count:,} real daily bars of "
        f"{', '.join(dataset.symbols)}",
        f"provider {dataset.provenance.provider}, licence {dataset.provenance.licence}",
        f"data hash {dataset.data_hash}",
    )
    return dataset


def through_every_door(suite: RunningSuite, token: str) -> backtest_pb2.BacktestResult:
    """Runs one specification through every door and compares all that came back."""
    question = Question(
        spec=read_message(SPEC, backtest_spec_pb2.BacktestSpec()),
        data=DATA,
        provenance=DATA.with_suffix(".provenance.json"),
        dataset=f"datasets/{DATASET}",
        seed=0,
        target=parse_target(suite.url),
        token=token,
    )
    answers = {name: door(question) for name, door in DOORS.items()}
    first = answers["in-process"]
    table = Table("door", "result digest", "equal", box=None, pad_edge=False)
    for name, answer in answers.items():
        equal = answer == first
        table.add_row(name, answer.result.result_digest, "yes" if equal else "[red]no[/red]")
    console.print(table)
    require(len(answers) == 4, "four doors")
    require(all(answer == first for answer in answers.values()), "one result through every door")
    done(
        f"one identity, one result through {len(answers)} doors: in this process, gRPC, REST, SDK",
        f"{len(first.artifacts)} tables hashed again from what each door sent",
    )
    return first.result


def search(client: Client) -> None:
    """Searches a space of specifications, and makes the run of the best trial."""
    spec = read_message(SWEEP, sweep_pb2.SweepSpec())
    swept = client.sweeps.run(spec, f"datasets/{DATASET}")
    best = swept.result.best
    require(swept.result.trial_count > 50, "a sweep of more than 50 trials")
    trial = client.sweeps.trial(best.name)
    alone = client.backtests.run(trial.spec, swept.dataset, seed=swept.seed)
    require(alone.run == best.run, "the identity of a trial is that of its run")
    values = {metric.metric_id: metric for metric in alone.metrics}
    require(len(best.metrics) > 0, "metrics of the best trial")
    require(all(values[m.metric_id] == m for m in best.metrics), "a trial has its run's metrics")
    lengths = " and ".join(f"{p.value.number_value:.0f}" for p in best.parameters)
    done(
        f"{swept.result.trial_count} pairs of averages tried: the best by Sharpe ratio are "
        f"{lengths} bars, at {values['sharpe_ratio'].value:.2f}",
        "that trial, run by itself, is the same run with the same metrics, bit for bit",
        f"{best.run} of {swept.name}",
    )


def refused_promotion(client: Client, run: str, stage: promotion_pb2.Promotion.Stage) -> int:
    """Asks for a promotion that must be refused; returns how many things are missing."""
    try:
        client.promotions.create(run, stage, "The demonstration asks too early.")
    except FailedPrecondition as refusal:
        require(refusal.reason == "EVIDENCE_INCOMPLETE", f"refused for {refusal.reason}")
        require(len(refusal.missing) > 0, "a list of what is missing")
        name = promotion_pb2.Promotion.Stage.Name(stage).removeprefix("STAGE_").lower()
        done(
            f"promotion to {name} refused: {refusal.reason}",
            *(item.description for item in refusal.missing),
        )
        return len(refusal.missing)
    raise NotShown("a promotion without evidence is refused")


def complete_evidence(client: Client, run: str) -> None:
    """Lets governance verify the lineage and evaluate the gate that promotes."""
    record = client.lineage_records.create(run)
    states = [item.State.Name(item.state).removeprefix("STATE_") for item in record.evidence]
    require(record.state == record.STATE_VERIFIED, "verified lineage")
    done(
        f"governance verified the lineage itself: {states.count('VERIFIED')} items recomputed "
        f"and equal, {states.count('NOT_COLLECTED')} named as not collected",
        f"{record.name} at {record.ledger_entry}",
    )
    gate = client.gate_decisions.create(run, "crv")
    require(gate.passed, "a passed gate")
    done(
        "gate crv passed: the run was executed again and gave the same bytes, its studies were "
        "computed, downloaded and judged again, and the log of trials was verified",
        *(f"{check.check}: {check.observed}" for check in gate.checks),
    )


def trials_count(client: Client, run: str) -> None:
    """Asks the gate again after the search: the same run was chosen among many now."""
    gate = client.gate_decisions.create(run, "crv")
    (found,) = [check for check in gate.checks if check.check == "deflated_sharpe"]
    require(not found.passed, "a deflated Sharpe ratio that a search lowers")
    done(
        f"after the search the same run does not pass the gate: its deflated Sharpe ratio is "
        f"{float(found.observed):.2f}, {found.expected} passes",
        found.detail,
    )


def two_people(researcher: Client, approver: Client, run: str) -> promotion_pb2.Promotion:
    """Asks as one person; is refused as that person; is approved by the other."""
    asked = researcher.promotions.create(run, CANDIDATE, "Worth the work of full validation.")
    try:
        researcher.promotions.approve(asked.name, "I approve my own request.")
        raise NotShown("nobody approves their own request")
    except PermissionDenied as refusal:
        require(refusal.reason == "SELF_APPROVAL", f"refused for {refusal.reason}")
        done(f"an approver cannot approve her own request: {refusal.reason}")
    approved = approver.promotions.approve(asked.name, "Evidence read, replay equal.")
    require(approved.state == approved.STATE_APPROVED, "an approved promotion")
    require(approved.decider != approved.requester, "two people")
    done(
        f"{approved.decider} approved what {approved.requester} requested",
        f"{approved.name} at {approved.decision_ledger_entry}",
    )
    return approved


def replay(client: Client, result: backtest_pb2.BacktestResult) -> None:
    """Executes the identity again and compares digests."""
    again = client.replays.run(result.identity)
    require(again.state == replay_service_pb2.Replay.STATE_EQUAL, "an equal replay")
    require(again.replayed_result_digest == result.result_digest, "the same digest")
    done("replayed from the identity alone: every digest equal", again.name)


def ledger_offline(client: Client, promotion: promotion_pb2.Promotion) -> None:
    """Checks the log's proofs without the suite, and shows that a tampered copy fails."""
    pinned = client.ledger.checkpoint().verifier_key
    proof = client.ledger.prove_inclusion(promotion.decision_ledger_entry)
    verify_inclusion(proof, pinned)
    verify_consistency(client.ledger.prove_consistency(1), pinned)
    done(
        "the decision is in the signed log: inclusion and consistency checked offline",
        f"log of {proof.checkpoint.tree_size} entries, root {proof.checkpoint.root_hash}",
    )
    entry = json.loads(proof.entry.entry_json)
    entry["actor"] = "users/mallory"
    proof.entry.entry_json = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    try:
        verify_inclusion(proof, pinned)
    except ProofInvalid as refusal:
        done(f"a tampered copy fails: {refusal.message}")
        return
    raise NotShown("a tampered copy fails")


def story(suite: RunningSuite, started: Callable[[], float]) -> None:
    """Tells it, step by step."""
    done(f"the suite is up: engine, governance, gateway and Envoy at {suite.url}")
    people = People(suite)
    rita, token = people.log_in("rita")
    ada, _ = people.log_in("ada")
    with rita, ada:
        register(rita)
        result = through_every_door(suite, token)
        refused_promotion(rita, result.run, CANDIDATE)
        complete_evidence(rita, result.run)
        approved = two_people(rita, ada, result.run)
        refused_promotion(rita, result.run, PRODUCTION)
        search(rita)
        trials_count(rita, result.run)
        replay(ada, result)
        ledger_offline(ada, approved)
        summary(result, started())


def summary(result: backtest_pb2.BacktestResult, seconds: float) -> None:
    """Prints what a person takes home."""
    values = {metric.metric_id: metric for metric in result.metrics}
    rows = Table(box=None, show_header=False, pad_edge=False)
    rows.add_column(style="dim")
    rows.add_column(overflow="fold")
    rows.add_row("run", result.run)
    rows.add_row("identity", f"spec {result.identity.spec_hash}")
    rows.add_row("", f"data {result.identity.data_hash}")
    rows.add_row("", f"seed {result.identity.seed}, engine {result.identity.engine_version}")
    rows.add_row("result digest", f"[bold]{result.result_digest}[/bold]")
    rows.add_row("final equity", f"{values['final_equity'].value:,.2f}")
    error = values["sharpe_standard_error_ratio"].value
    rows.add_row("Sharpe ratio", f"{values['sharpe_ratio'].value:.2f} ± {error:.2f}")
    rows.add_row("deepest drawdown", f"{values['max_drawdown_ratio'].value:.1%}")
    rows.add_row("round trips", f"{values['trade_count'].value:.0f}")
    rows.add_row("rests on", ", ".join(result.labels))
    title = f"one backtest, four doors, one digest — in {seconds:.0f} s"
    console.print(Panel(rows, title=title, title_align="left", expand=False))
    console.print("`make up` keeps the suite running; the README says what to read next.")


def tell() -> None:
    """Runs the story in a home of its own, which is removed at its end, however it ends."""
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="aurelius-demo-") as folder:
            suite = Suite(SuiteOptions(home=Path(folder) / "home", all_free=True))
            with suite.running() as running:
                story(running, lambda: time.monotonic() - began)
    except (NotShown, AureliusError) as failure:
        console.print(f"[red]✗ not shown: {failure}[/red]")
        sys.exit(1)
