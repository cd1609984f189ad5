"""Passwords and keys are in no log, no error and no file."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from google.api import httpbody_pb2

from aurelius.gateway.v1 import auth_service_pb2, user_service_pb2
from aurelius_chassis import telemetry
from tests.contract.gateway.suite import ADMIN_PASSWORD, PASSWORD, Client, Running, refusal_of
from tests.contract.gateway.test_logins import exchange, login, new_key

NEW_PASSWORD = "a brand new secret one"
GUESS = "a guess that fails"


@pytest.fixture
def logs() -> Iterator[io.BytesIO]:
    before = structlog.get_config()
    stream = io.BytesIO()
    telemetry.configure_logs("gateway", stream)
    yield stream
    structlog.configure(**before)


def test_no_secret_is_logged_or_stored(
    logs: io.BytesIO, start: Callable[..., Running], tmp_path: Path
) -> None:
    running = start()
    admin = running.admin
    rita = admin.new_user("rita", "ROLE_RESEARCHER")
    key = new_key(rita).secret
    token = exchange(running.anonymous, key).access_token
    refusal_of(lambda: login(running.anonymous, "rita", GUESS))
    change = user_service_pb2.ChangeUserPasswordRequest(
        name="users/me", current_password=PASSWORD, new_password=NEW_PASSWORD
    )
    rita.users.ChangeUserPassword(change, **rita.kinds)
    running.stop()

    secrets = (ADMIN_PASSWORD, PASSWORD, NEW_PASSWORD, GUESS, key, token, admin.token, "$argon2")
    lines = logs.getvalue().decode()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("gateway.db*"))
    assert [json.loads(line)["event"] for line in lines.splitlines()].count("rpc_ended") == 7
    for secret in secrets:
        assert secret not in lines
        if secret != "$argon2":
            assert secret.encode() not in stored
    assert b"$argon2id$" in stored


@pytest.mark.parametrize(
    "body",
    [
        {"userId": "rita", "password": GUESS * 20},
        {"userId": "rita", "password": [GUESS]},
        {"userId": "rita", "password": {GUESS: 1}},
        {"userId": "Rita", "password": GUESS},
        {"userId": "rita", "password": GUESS, "more": GUESS},
    ],
)
def test_refused_login_by_json_repeats_no_password(anonymous: Client, body: Any) -> None:
    request = auth_service_pb2.LoginRequest(
        http_body=httpbody_pb2.HttpBody(data=json.dumps(body).encode())
    )

    refusal = refusal_of(lambda: anonymous.auth.Login(request, **anonymous.kinds))

    assert GUESS not in refusal.text


def test_too_long_key_is_not_repeated(anonymous: Client) -> None:
    refusal = refusal_of(lambda: exchange(anonymous, "ak_secret" * 100))

    assert refusal.reason == "ERROR_REASON_INVALID_FIELD"
    assert "ak_secret" not in refusal.text
