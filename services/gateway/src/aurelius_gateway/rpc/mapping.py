"""Domain types to messages and back."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from aurelius.contract.v1 import method_policy_pb2
from aurelius.engine.v1 import (
    backtest_pb2,
    backtest_service_pb2,
    backtest_spec_pb2,
    run_identity_pb2,
    strategy_pb2,
)
from aurelius.gateway.v1 import (
    api_key_pb2,
    auth_service_pb2,
    pipeline_run_pb2,
    user_pb2,
)
from aurelius.gateway.v1 import strategy_pb2 as gateway_strategy_pb2
from aurelius.governance.v1 import gate_decision_pb2, lineage_record_pb2
from aurelius_chassis.caller import Caller
from aurelius_gateway.application.services import BacktestFacts, GateFacts, LineageFacts
from aurelius_gateway.application.tokens import IssuedToken
from aurelius_gateway.domain.api_key import ApiKey
from aurelius_gateway.domain.pipeline import (
    PipelineRun,
    PipelineState,
    PipelineStep,
    RunIdentity,
    StepKind,
)
from aurelius_gateway.domain.roles import Principal, Role, in_order
from aurelius_gateway.domain.strategy import JsonDocument, Strategy
from aurelius_gateway.domain.user import User, UserState

# Enum values by name: the generated constructors take names as they take numbers.
ROLES: Mapping[Role, str] = {role: role.value for role in Role}
USER_STATES: Mapping[UserState, str] = {state: f"STATE_{state.name}" for state in UserState}
PIPELINE_STATES: Mapping[PipelineState, str] = {s: f"STATE_{s.name}" for s in PipelineState}
STEP_KINDS: Mapping[StepKind, str] = {kind: f"KIND_{kind.name}" for kind in StepKind}
_ROLES_BY_NAME = {name: role for role, name in ROLES.items()}


def time_to_proto(time: datetime) -> Timestamp:
    """Returns the timestamp of a time."""
    timestamp = Timestamp()
    timestamp.FromDatetime(time)
    return timestamp


def optional_time_to_proto(time: datetime | None) -> Timestamp | None:
    """Returns the timestamp of a time, if there is one."""
    return None if time is None else time_to_proto(time)


def time_from_proto(timestamp: Timestamp) -> datetime:
    """Returns the time of a timestamp, to the microsecond."""
    return timestamp.ToDatetime(UTC)


def roles_to_proto(roles: Iterable[Role]) -> list[str]:
    """Returns the enum values of roles by name, sorted by value."""
    return [ROLES[role] for role in in_order(roles)]


def roles_from_proto(roles: Iterable[method_policy_pb2.Role]) -> frozenset[Role]:
    """Returns the roles of enum values, which the contract keeps defined."""
    return frozenset(_ROLES_BY_NAME[method_policy_pb2.Role.Name(role)] for role in roles)


def principal_from_caller(caller: Caller) -> Principal:
    """Returns who asks; a role that is none of ours means nothing here."""
    known = caller.roles & _ROLES_BY_NAME.keys()
    return Principal(name=caller.name, roles=frozenset(_ROLES_BY_NAME[name] for name in known))


def token_to_proto(token: IssuedToken) -> auth_service_pb2.AccessToken:
    """Returns the message of a token."""
    return auth_service_pb2.AccessToken(
        access_token=token.text,
        expire_time=time_to_proto(token.expire_time),
        user=token.user,
        roles=roles_to_proto(token.roles),
    )


def user_to_proto(user: User) -> user_pb2.User:
    """Returns the message of a user."""
    return user_pb2.User(
        name=user.name,
        create_time=time_to_proto(user.create_time),
        update_time=time_to_proto(user.update_time),
        etag=user.etag,
        roles=roles_to_proto(user.roles),
        state=USER_STATES[user.state],
    )


def api_key_to_proto(key: ApiKey) -> api_key_pb2.ApiKey:
    """Returns the message of a key, which has no secret."""
    return api_key_pb2.ApiKey(
        name=key.name,
        create_time=time_to_proto(key.create_time),
        expire_time=optional_time_to_proto(key.expire_time),
        revoke_time=optional_time_to_proto(key.revoke_time),
        roles=roles_to_proto(key.roles),
    )


def document_from_proto(message: Message) -> JsonDocument:
    """Returns the proto JSON of a message; an absent field stays absent."""
    document: JsonDocument = json_format.MessageToDict(message)
    return document


def strategy_to_proto(strategy: Strategy) -> gateway_strategy_pb2.Strategy:
    """Returns the message of a strategy."""
    return gateway_strategy_pb2.Strategy(
        name=strategy.name,
        create_time=time_to_proto(strategy.create_time),
        creator=strategy.creator,
        display_name=strategy.display_name,
        description=strategy.description,
        definition=json_format.ParseDict(dict(strategy.definition), strategy_pb2.Strategy()),
    )


def backtest_request_to_proto(
    spec: JsonDocument, *, dataset: str, seed: int
) -> backtest_service_pb2.CreateBacktestRequest:
    """Returns the request that asks the engine for a run."""
    return backtest_service_pb2.CreateBacktestRequest(
        spec=_spec_to_proto(spec), dataset=dataset, seed=seed
    )


def pipeline_run_to_proto(run: PipelineRun) -> pipeline_run_pb2.PipelineRun:
    """Returns the message of a pipeline run."""
    return pipeline_run_pb2.PipelineRun(
        name=run.name,
        create_time=time_to_proto(run.create_time),
        update_time=time_to_proto(run.update_time),
        creator=run.creator,
        strategy=run.strategy,
        dataset=run.dataset,
        state=PIPELINE_STATES[run.state],
        steps=[_step_to_proto(step) for step in run.steps],
        run=run.run,
        identity=_identity_to_proto(run.identity) if run.identity else None,
        result_digest=run.result_digest,
        gate_passed=run.gate_passed,
        spec=_spec_to_proto(run.spec),
        seed=run.seed,
        validations=run.validations,
    )


def backtest_from_proto(backtest: backtest_pb2.Backtest) -> BacktestFacts:
    """Returns what the engine says about a run."""
    return BacktestFacts(
        run=backtest.name,
        identity=RunIdentity(
            spec_hash=backtest.identity.spec_hash,
            data_hash=backtest.identity.data_hash,
            seed=backtest.identity.seed,
            engine_version=backtest.identity.engine_version,
        ),
        state=backtest_pb2.Backtest.State.Name(backtest.state),
        ended=backtest.state
        not in (
            backtest_pb2.Backtest.STATE_UNSPECIFIED,
            backtest_pb2.Backtest.STATE_RUNNING,
        ),
        # Only a sealed run has a result; what any other carries is none.
        result_digest=backtest.result.result_digest
        if backtest.state == backtest_pb2.Backtest.STATE_SEALED
        else "",
        failure_reason=backtest.failure.reason,
        failure_detail=backtest.failure.message,
    )


def lineage_from_proto(record: lineage_record_pb2.LineageRecord) -> LineageFacts:
    """Returns what governance says about the lineage of a run."""
    failed = [
        item.detail or item.subject
        for item in record.evidence
        if item.state == lineage_record_pb2.EvidenceItem.STATE_FAILED
    ]
    state = lineage_record_pb2.LineageRecord.State.Name(record.state)
    detail = f"Revision {record.revision} is {state}. {' '.join(failed)}".strip()
    return LineageFacts(record=record.name, detail=detail)


def gate_from_proto(decision: gate_decision_pb2.GateDecision) -> GateFacts:
    """Returns what the gate decided."""
    failed = [check.check for check in decision.checks if not check.passed]
    detail = f"The gate {decision.gate} passed all {len(decision.checks)} checks."
    if not decision.passed:
        detail = f"The gate {decision.gate} did not pass: {', '.join(failed)}."
    return GateFacts(decision=decision.name, passed=decision.passed, detail=detail)


def _spec_to_proto(spec: JsonDocument) -> backtest_spec_pb2.BacktestSpec:
    return json_format.ParseDict(dict(spec), backtest_spec_pb2.BacktestSpec())


def _step_to_proto(step: PipelineStep) -> pipeline_run_pb2.PipelineStep:
    return pipeline_run_pb2.PipelineStep(
        kind=STEP_KINDS[step.kind],
        state=PIPELINE_STATES[step.state],
        resource=step.resource,
        failure_reason=step.failure_reason,
        detail=step.detail,
        start_time=optional_time_to_proto(step.start_time),
        end_time=optional_time_to_proto(step.end_time),
    )


def _identity_to_proto(identity: RunIdentity) -> run_identity_pb2.RunIdentity:
    return run_identity_pb2.RunIdentity(
        spec_hash=identity.spec_hash,
        data_hash=identity.data_hash,
        seed=identity.seed,
        engine_version=identity.engine_version,
    )
