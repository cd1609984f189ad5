"""Refusals say what was found, but never a secret."""

import pytest
from google.api import httpbody_pb2
from google.protobuf.message import Message

from aurelius.gateway.v1 import api_key_service_pb2, auth_service_pb2, user_service_pb2
from aurelius_chassis.errors import ErrorTable, RequestRefused
from aurelius_chassis.redaction import REDACTED, is_secret, text_of
from aurelius_chassis.strict_json import merge_body
from aurelius_chassis.validation import refuse_invalid

PASSWORD = "hunter2"


def test_too_short_password_is_refused_and_not_repeated() -> None:
    request = user_service_pb2.CreateUserRequest(user_id="rita", roles=[2], password=PASSWORD)

    with pytest.raises(RequestRefused) as refusal:
        refuse_invalid(request)

    status = ErrorTable("gateway.aurelius.dev").status_of(refusal.value)
    assert refusal.value.facts["found"] == REDACTED
    assert status is not None
    assert PASSWORD.encode() not in status.SerializeToString()


def test_other_values_are_repeated() -> None:
    request = api_key_service_pb2.ListApiKeysRequest(parent="users/Rita")

    with pytest.raises(RequestRefused) as refusal:
        refuse_invalid(request)

    assert refusal.value.facts["found"] == "users/Rita"


def test_whole_request_is_repeated_without_its_secrets() -> None:
    request = auth_service_pb2.LoginRequest(user_id="rita", password=PASSWORD)

    assert text_of(request) == 'user_id: "rita"'


def test_secret_that_the_path_sets_otherwise_is_not_repeated() -> None:
    request = auth_service_pb2.LoginRequest(
        password="correct horse",
        http_body=httpbody_pb2.HttpBody(data=b'{"password": "hunter2"}'),
    )

    with pytest.raises(RequestRefused) as refusal:
        merge_body(request)

    assert refusal.value.facts == {"found": REDACTED, "allowed": REDACTED}


@pytest.mark.parametrize("body", [b'{"password": ["hunter2"]}', b'{"password": "hunter2'])
def test_malformed_body_is_not_repeated(body: bytes) -> None:
    request = auth_service_pb2.LoginRequest(http_body=httpbody_pb2.HttpBody(data=body))

    with pytest.raises(RequestRefused) as refusal:
        merge_body(request)

    assert PASSWORD not in f"{refusal.value}{refusal.value.facts}{refusal.value.violations}"


@pytest.mark.parametrize(
    ("message", "field", "secret"),
    [
        (auth_service_pb2.LoginRequest, "password", True),
        (auth_service_pb2.LoginRequest, "user_id", False),
        (auth_service_pb2.ExchangeApiKeyRequest, "api_key", True),
        (auth_service_pb2.AccessToken, "access_token", True),
        (user_service_pb2.ChangeUserPasswordRequest, "current_password", True),
        (user_service_pb2.ChangeUserPasswordRequest, "new_password", True),
        (api_key_service_pb2.CreateApiKeyResponse, "secret", True),
        (api_key_service_pb2.CreateApiKeyResponse, "api_key", False),
        (api_key_service_pb2.CreateApiKeyRequest, "api_key_id", False),
        (api_key_service_pb2.ListApiKeysRequest, "page_token", False),
    ],
)
def test_secret_fields_are_known(message: type[Message], field: str, secret: bool) -> None:
    assert is_secret(message.DESCRIPTOR.fields_by_name[field]) is secret
