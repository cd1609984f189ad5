"""Rows of the tables to domain types and back."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping

from aurelius_gateway.domain.api_key import ApiKey
from aurelius_gateway.domain.login_throttle import LoginAttempts
from aurelius_gateway.domain.pipeline import (
    PipelineRun,
    PipelineState,
    PipelineStep,
    RunIdentity,
    StepKind,
)
from aurelius_gateway.domain.roles import Role, in_order
from aurelius_gateway.domain.strategy import Strategy
from aurelius_gateway.domain.user import User, UserState

Row = dict[str, Any]


def time_to_text(time: datetime) -> str:
    """Returns a time as text of one length, whose order is the order of time."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def user_to_row(user: User) -> Row:
    """Returns the row of a user."""
    return {
        "id": user.id,
        "roles": _roles_to_text(user.roles),
        "state": user.state.value,
        "password_hash": user.password_hash,
        "revision": user.revision,
        "create_time": time_to_text(user.create_time),
        "update_time": time_to_text(user.update_time),
    }


def user_from_row(row: RowMapping) -> User:
    """Returns the user of a row."""
    return User(
        id=row["id"],
        roles=_roles_from_text(row["roles"]),
        state=UserState(row["state"]),
        password_hash=row["password_hash"],
        revision=row["revision"],
        create_time=datetime.fromisoformat(row["create_time"]),
        update_time=datetime.fromisoformat(row["update_time"]),
    )


def login_attempts_to_row(attempts: LoginAttempts) -> Row:
    """Returns the row of the attempts for a user id."""
    return {
        "user_id": attempts.user_id,
        "attempt_count": attempts.count,
        "window_end": time_to_text(attempts.window_end),
    }


def login_attempts_from_row(row: RowMapping) -> LoginAttempts:
    """Returns the attempts of a row."""
    return LoginAttempts(
        user_id=row["user_id"],
        count=row["attempt_count"],
        window_end=datetime.fromisoformat(row["window_end"]),
    )


def api_key_to_row(key: ApiKey) -> Row:
    """Returns the row of a key."""
    return {
        "user_id": key.user_id,
        "id": key.id,
        "lookup_id": key.lookup_id,
        "hash": key.hash,
        "roles": _roles_to_text(key.roles),
        "create_time": time_to_text(key.create_time),
        "expire_time": _optional_to_text(key.expire_time),
        "revoke_time": _optional_to_text(key.revoke_time),
    }


def api_key_from_row(row: RowMapping) -> ApiKey:
    """Returns the key of a row."""
    return ApiKey(
        user_id=row["user_id"],
        id=row["id"],
        lookup_id=row["lookup_id"],
        hash=bytes(row["hash"]),
        roles=_roles_from_text(row["roles"]),
        create_time=datetime.fromisoformat(row["create_time"]),
        expire_time=_optional_from_text(row["expire_time"]),
        revoke_time=_optional_from_text(row["revoke_time"]),
    )


def strategy_to_row(strategy: Strategy) -> Row:
    """Returns the row of a strategy."""
    return {
        "id": strategy.id,
        "display_name": strategy.display_name,
        "description": strategy.description,
        "definition": json.dumps(strategy.definition, allow_nan=False),
        "creator": strategy.creator,
        "create_time": time_to_text(strategy.create_time),
    }


def strategy_from_row(row: RowMapping) -> Strategy:
    """Returns the strategy of a row."""
    return Strategy(
        id=row["id"],
        display_name=row["display_name"],
        description=row["description"],
        definition=json.loads(row["definition"]),
        creator=row["creator"],
        create_time=datetime.fromisoformat(row["create_time"]),
    )


def pipeline_run_to_row(run: PipelineRun) -> Row:
    """Returns the row of a pipeline run."""
    return {
        "id": run.id,
        "creator": run.creator,
        "strategy": run.strategy,
        "dataset": run.dataset,
        "spec": json.dumps(run.spec, allow_nan=False),
        "seed": str(run.seed),
        "validations": json.dumps(list(run.validations)),
        "revision": run.revision,
        "state": run.state.value,
        "steps": json.dumps([_step_to_document(step) for step in run.steps]),
        "run": run.run,
        "identity": json.dumps(asdict(run.identity)) if run.identity else None,
        "result_digest": run.result_digest,
        "gate_passed": run.gate_passed,
        "create_time": time_to_text(run.create_time),
        "update_time": time_to_text(run.update_time),
    }


def pipeline_run_from_row(row: RowMapping) -> PipelineRun:
    """Returns the pipeline run of a row."""
    return PipelineRun(
        id=row["id"],
        creator=row["creator"],
        strategy=row["strategy"],
        dataset=row["dataset"],
        spec=json.loads(row["spec"]),
        seed=int(row["seed"]),
        validations=tuple(json.loads(row["validations"])),
        revision=row["revision"],
        state=PipelineState(row["state"]),
        steps=tuple(_step_from_document(step) for step in json.loads(row["steps"])),
        run=row["run"],
        identity=RunIdentity(**json.loads(row["identity"])) if row["identity"] else None,
        result_digest=row["result_digest"],
        gate_passed=row["gate_passed"],
        create_time=datetime.fromisoformat(row["create_time"]),
        update_time=datetime.fromisoformat(row["update_time"]),
    )


def _step_to_document(step: PipelineStep) -> Row:
    return {
        **asdict(step),
        "kind": step.kind.value,
        "state": step.state.value,
        "start_time": _optional_to_text(step.start_time),
        "end_time": _optional_to_text(step.end_time),
    }


def _step_from_document(document: Row) -> PipelineStep:
    return PipelineStep(
        **{
            **document,
            "kind": StepKind(document["kind"]),
            "state": PipelineState(document["state"]),
            "start_time": _optional_from_text(document["start_time"]),
            "end_time": _optional_from_text(document["end_time"]),
        }
    )


def _roles_to_text(roles: Iterable[Role]) -> str:
    return json.dumps([role.value for role in in_order(roles)])


def _roles_from_text(text: str) -> frozenset[Role]:
    return frozenset(map(Role, json.loads(text)))


def _optional_to_text(time: datetime | None) -> str | None:
    return None if time is None else time_to_text(time)


def _optional_from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
