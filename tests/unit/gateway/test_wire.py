"""Refusals and enums of the gateway, and what they become on the wire."""

from enum import Enum
from typing import Any

import pytest

from aurelius.contract.v1 import method_policy_pb2
from aurelius.engine.v1 import strategy_pb2
from aurelius.gateway.v1 import error_reason_pb2, pipeline_run_pb2, user_pb2
from aurelius_chassis.caller import Caller
from aurelius_chassis.errors import ErrorTable
from aurelius_chassis.template_parameters import REASON, refuse_unknown_parameter
from aurelius_gateway.application import pipeline_work
from aurelius_gateway.domain import pipeline
from aurelius_gateway.domain.errors import GatewayError
from aurelius_gateway.domain.pipeline import PipelineState, StepKind
from aurelius_gateway.domain.roles import Role
from aurelius_gateway.domain.user import UserState
from aurelius_gateway.rpc import mapping, service_calls
from aurelius_gateway.rpc.errors import DOMAIN, WIRE_ERRORS

# What a step of a pipeline run says; no call is refused with it.
IN_STEPS = {
    reason.rpartition("/")[2]
    for reason in (pipeline.INTERRUPTED, pipeline_work.NOT_SEALED, service_calls.UNAVAILABLE)
}


def test_every_refusal_has_a_wire_error_and_every_reason_a_refusal() -> None:
    assert set(WIRE_ERRORS) == set(GatewayError.__subclasses__())
    sent = [wire.reason for wire in WIRE_ERRORS.values()]
    assert len(sent) == len(set(sent))
    by_hook = {REASON}  # an unknown parameter is refused before a handler sees the request
    documented = set(error_reason_pb2.ErrorReason.keys())
    assert set(sent) | by_hook | IN_STEPS | {"ERROR_REASON_UNSPECIFIED"} == documented


def test_reasons_in_steps_are_documented_as_such() -> None:
    contract = error_reason_pb2.DESCRIPTOR.enum_types_by_name["ErrorReason"]

    assert set(contract.values_by_name) >= IN_STEPS
    assert {"ERROR_REASON_INTERRUPTED", "ERROR_REASON_SERVICE_UNAVAILABLE"} < IN_STEPS


def test_hook_for_unknown_parameters_speaks_for_the_gateway() -> None:
    hook = refuse_unknown_parameter(strategy_pb2.Strategy.DESCRIPTOR, domain=DOMAIN)
    refusal = hook("strategy.definition.breakout.", "entry")

    assert refusal is not None
    status = ErrorTable(DOMAIN, WIRE_ERRORS).status_of(refusal)
    assert status is not None
    assert DOMAIN in str(status)


@pytest.mark.parametrize(
    ("members", "names", "values"),
    [
        (Role, mapping.ROLES, method_policy_pb2.Role),
        (UserState, mapping.USER_STATES, user_pb2.User.State),
        (PipelineState, mapping.PIPELINE_STATES, pipeline_run_pb2.PipelineRun.State),
        (StepKind, mapping.STEP_KINDS, pipeline_run_pb2.PipelineStep.Kind),
    ],
)
def test_every_member_of_an_enum_is_on_the_wire(
    members: type[Enum], names: dict[Enum, str], values: Any
) -> None:
    never_sent = {name for name in values.keys() if values.Value(name) == 0}  # noqa: SIM118

    assert set(names) == set(members)
    assert set(names.values()) == set(values.keys()) - never_sent - {"ROLE_ANONYMOUS"}


def test_roles_are_in_the_order_of_the_contract() -> None:
    numbers = [method_policy_pb2.Role.Value(role.value) for role in Role]

    assert numbers == sorted(numbers)


def test_role_that_is_none_of_ours_means_nothing() -> None:
    caller = Caller(name="users/rita", roles=frozenset({"ROLE_RISK", "ROLE_OF_TOMORROW"}))

    assert mapping.principal_from_caller(caller).roles == {Role.RISK}


def test_roles_survive_the_wire() -> None:
    user = user_pb2.User(roles=mapping.roles_to_proto(set(Role)))

    assert mapping.roles_from_proto(user.roles) == set(Role)
    assert list(user.roles) == sorted(user.roles)
