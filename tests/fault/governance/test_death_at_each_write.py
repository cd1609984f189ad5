"""The service is killed before and after each write of a decision; the log and the answers hold."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import StatusCode

from tests.contract.chassis.harness import info
from tests.contract.governance import engine_double, ledger_verifier
from tests.contract.governance.engine_double import RUN, EngineDouble
from tests.contract.governance.serving import ISSUER, Served, served, serving
from tests.fault.governance.dying_service import WAIT_SECONDS, Moment, serving_until

ONE = {"request_id": "one"}


@dataclass(frozen=True)
class Decision:
    """A decision: what must be there before, the call, and how many statements write it."""

    prepare: Callable[[Served], object]
    call: Callable[[Served], Any]
    writes: int


def _ask(service: Served) -> str:
    service.complete(RUN)
    return str(service.ask(RUN).name)


def _only_promotion(service: Served) -> str:
    """Returns the name of the promotion that `_ask` made, as the log has it."""
    return str(json.loads(service.entries()[2].entry_json)["subject"])


def _refusal(call: Callable[[], Any]) -> Any:
    with pytest.raises(grpc.RpcError) as refusal:
        call()
    if refusal.value.code() is StatusCode.UNAVAILABLE:
        raise refusal.value
    return info(refusal.value)


DECISIONS = {
    "lineage": Decision(lambda s: None, lambda s: s.record(RUN, **ONE), writes=5),
    "gate": Decision(lambda s: s.record(RUN), lambda s: s.gate(RUN, **ONE), writes=5),
    "request": Decision(lambda s: s.complete(RUN), lambda s: s.ask(RUN, **ONE), writes=5),
    "approval": Decision(_ask, lambda s: s.approve(_only_promotion(s), **ONE), writes=5),
    "rejection": Decision(_ask, lambda s: s.reject(_only_promotion(s), **ONE), writes=5),
    "incomplete_evidence": Decision(
        lambda s: None, lambda s: _refusal(lambda: s.ask(RUN, **ONE)), writes=4
    ),
    "self_approval": Decision(
        _ask,
        lambda s: _refusal(lambda: s.approve(_only_promotion(s), user="rita", **ONE)),
        writes=4,
    ),
}
CASES = [
    pytest.param(decision, moment, id=f"{name}-{moment}")
    for name, decision in DECISIONS.items()
    for moment in (
        *(Moment(before_statement=number) for number in range(decision.writes)),
        Moment(before_commit=True),
        Moment(after_commit=True),
    )
]


def verified(service: Served) -> list[dict[str, Any]]:
    """Returns the log as the stranger's verifier accepts it."""
    entries = [entry.entry_json.encode() for entry in service.entries()]
    if not entries:
        return []
    newest = service.checkpoint()
    return ledger_verifier.verify_log(entries, newest.signed_note, newest.verifier_key)


@pytest.mark.parametrize(("decision", "moment"), CASES)
def test_log_verifies_and_the_same_request_has_one_answer_and_one_entry(
    decision: Decision, moment: Moment, tmp_path: Path
) -> None:
    with engine_double.serving(EngineDouble()) as target:
        with serving(tmp_path, target) as service:
            decision.prepare(service)
            before = verified(service)

        with (
            serving_until(moment, tmp_path, target, ISSUER.key_set()) as (port, process),
            grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
        ):
            dying = served(None, channel, tmp_path)
            with pytest.raises(grpc.RpcError) as lost:
                decision.call(dying)
            process.join(WAIT_SECONDS)
            died_of = process.exitcode

        with serving(tmp_path, target) as service:
            restarted = verified(service)
            answers = [decision.call(service) for _ in range(2)]
            after = verified(service)

    assert (lost.value.code(), died_of) == (StatusCode.UNAVAILABLE, -9)
    assert len(restarted) == len(before) + moment.after_commit
    assert answers[0] == answers[1]
    assert len(after) == len(before) + 1
    assert after[: len(restarted)] == restarted


def test_every_write_of_a_decision_has_its_moment(tmp_path: Path) -> None:
    with engine_double.serving(EngineDouble()) as target:
        for name, decision in DECISIONS.items():
            folder = tmp_path / name
            folder.mkdir()
            with serving(folder, target) as service:
                decision.prepare(service)
            beyond = Moment(before_statement=decision.writes)
            with (
                serving_until(beyond, folder, target, ISSUER.key_set()) as (port, process),
                grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
            ):
                decision.call(served(None, channel, folder))

                assert process.is_alive(), name
