"""Every RPC through REST and through gRPC on the same port: equal bodies, equal errors."""

from typing import Any

import grpc
import pytest
from google.rpc import code_pb2

from aurelius_chassis.descriptors import method_policies
from aurelius_client.suite import contract
from tests.contract.rest import refusals
from tests.contract.rest.cases import CASES
from tests.contract.rest.methods import (
    RPCS,
    Doors,
    answers_of,
    carries_bytes,
    documents_of,
    request_type,
)
from tests.contract.rest.world import ROLES, World

POLICIES = method_policies(contract.services())
# google.rpc.Code to HTTP, as docs/reference/rest.md says.
HTTP_OF_CODE = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
}
every_rpc = pytest.mark.parametrize("method", sorted(RPCS))


def test_every_rpc_of_the_contract_has_a_case() -> None:
    assert set(CASES) == set(RPCS)


def _without(document: Any, names: frozenset[str]) -> Any:
    """Returns a document whose fields of these names say only whether they are set."""
    if isinstance(document, list):
        return [_without(item, names) for item in document]
    if isinstance(document, dict):
        return {
            key: bool(value) if key in names else _without(value, names)
            for key, value in document.items()
        }
    return document


@every_rpc
def test_both_doors_give_the_same_answer(world: World, doors: Doors, method: str) -> None:
    rpc, case = RPCS[method], CASES[method](world)
    token = "" if rpc.anonymous else world.token(case.role)

    rest = doors.rest(rpc, case.request, token)
    native = doors.grpc(rpc, case.native or case.request, token)

    assert rest.status_code == 200, rest.text
    assert native
    if carries_bytes(rpc):
        pieces: list[Any] = native
        assert rest.content == b"".join(piece.data for piece in pieces)
        assert {piece.content_type for piece in pieces} == {rest.headers["content-type"]}
        return
    assert rest.headers["content-type"] == "application/json"
    assert _without(answers_of(rpc, rest), case.differing) == _without(
        list(documents_of(native)), case.differing
    )


def _same_refusal(doors: Doors, method: str, request: Any, token: str) -> dict[str, Any]:
    """Returns the refusal that both doors give."""
    rpc = RPCS[method]
    rest = doors.rest(rpc, request, token)
    with pytest.raises(grpc.RpcError) as native:
        doors.grpc(rpc, request, token)

    expected = refusals.document_of_grpc(native.value)
    assert rest.headers["content-type"] == "application/json"
    assert rest.json() == expected
    assert rest.status_code == HTTP_OF_CODE[code_pb2.Code.Name(expected["code"])]
    return expected


def _reason(document: dict[str, Any]) -> str:
    return refusals.of_document(document).reason


@every_rpc
def test_both_doors_ask_for_a_token(world: World, doors: Doors, method: str) -> None:
    rpc = RPCS[method]
    if rpc.anonymous:
        assert POLICIES[rpc.path].required_roles == {"ROLE_ANONYMOUS"}
        return

    refusal = _same_refusal(doors, method, CASES[method](world).request, "")

    assert _reason(refusal) == "UNAUTHENTICATED"


@every_rpc
def test_both_doors_refuse_a_role_that_may_not(world: World, doors: Doors, method: str) -> None:
    allowed = POLICIES[RPCS[method].path].required_roles
    others = [role for role in ROLES if f"ROLE_{role}" not in allowed]
    if len(allowed) == len(ROLES) or "ROLE_ANONYMOUS" in allowed:
        assert len(others) in (0, len(ROLES))
        return

    for role in others:
        refusal = _same_refusal(doors, method, CASES[method](world).request, world.token(role))
        assert _reason(refusal) == "PERMISSION_DENIED"


def _invalid(method: str) -> Any:
    """Returns a request that breaks a rule of the contract."""
    request: Any = request_type(RPCS[method])()
    fields = request.DESCRIPTOR.fields_by_name
    rpc = RPCS[method]
    for name in rpc.bound:
        # A segment of the right shape, and a name that no rule allows.
        setattr(request, name, _filled(rpc.template, name))
    if rpc.body not in ("", "http_body"):
        # Over REST the body is always there.
        getattr(request, rpc.body).data = b"some"
    if "page_size" in fields:
        request.page_size = -1
    return request


def _filled(template: str, name: str) -> str:
    pattern = template.partition("{" + name + "=")[2].partition("}")[0]
    return pattern.replace("*", "NO-SUCH-ID")


@every_rpc
def test_both_doors_refuse_a_request_that_breaks_a_rule(
    world: World, doors: Doors, method: str
) -> None:
    rpc, request = RPCS[method], _invalid(method)
    if not request.DESCRIPTOR.fields:
        assert method == "AuthService/GetJsonWebKeySet"
        return
    token = "" if rpc.anonymous else world.token(CASES[method](world).role)

    refusal = _same_refusal(doors, method, request, token)

    assert _reason(refusal) == "INVALID_FIELD"
    assert refusal["details"][1]["fieldViolations"]


@pytest.mark.parametrize(
    ("method", "reason", "fields"),
    [
        ("DatasetService/GetDataset", "DATASET_NOT_FOUND", {"name": "datasets/nothing"}),
        ("BacktestService/GetBacktest", "RUN_NOT_FOUND", {"name": f"runs/r{'a' * 26}"}),
        ("BacktestService/WatchBacktest", "RUN_NOT_FOUND", {"name": f"runs/r{'a' * 26}"}),
        ("ReplayService/GetReplay", "REPLAY_NOT_FOUND", {"name": "replays/nothing"}),
        ("ReplayService/WatchReplay", "REPLAY_NOT_FOUND", {"name": "replays/nothing"}),
        (
            "ArtifactService/DownloadArtifact",
            "RUN_NOT_FOUND",
            {"name": f"runs/r{'a' * 26}/artifacts/equity"},
        ),
        (
            "GateDecisionService/GetGateDecision",
            "GATE_DECISION_NOT_FOUND",
            {"name": "gateDecisions/nothing"},
        ),
        ("PromotionService/GetPromotion", "PROMOTION_NOT_FOUND", {"name": "promotions/nothing"}),
        (
            "LedgerService/GetLedgerEntry",
            "LEDGER_ENTRY_NOT_FOUND",
            {"name": "ledgerEntries/999999"},
        ),
        ("StrategyService/GetStrategy", "STRATEGY_NOT_FOUND", {"name": "strategies/nothing"}),
        (
            "PipelineRunService/WatchPipelineRun",
            "PIPELINE_RUN_NOT_FOUND",
            {"name": "pipelineRuns/nothing"},
        ),
        ("BacktestService/ListBacktests", "PAGE_TOKEN_INVALID", {"page_token": "forged"}),
    ],
)
def test_both_doors_refuse_alike_what_a_service_refuses(
    world: World, doors: Doors, method: str, reason: str, fields: dict[str, str]
) -> None:
    request = request_type(RPCS[method])(**fields)

    refusal = _same_refusal(doors, method, request, world.token("RESEARCHER"))

    assert _reason(refusal) == reason


def test_both_doors_refuse_a_wrong_password_alike(world: World, doors: Doors) -> None:
    request = request_type(RPCS["AuthService/Login"])(user_id="nobody", password="guess")

    refusal = _same_refusal(doors, "AuthService/Login", request, "")

    assert _reason(refusal) == "CREDENTIALS_INVALID"


def test_both_doors_refuse_a_promotion_without_evidence_alike(world: World, doors: Doors) -> None:
    request = request_type(RPCS["PromotionService/CreatePromotion"])(
        run=world.run(5).name, target_stage=1, justification="no evidence yet", validate_only=True
    )

    refusal = _same_refusal(
        doors, "PromotionService/CreatePromotion", request, world.token("RESEARCHER")
    )

    assert _reason(refusal) == "EVIDENCE_INCOMPLETE"
