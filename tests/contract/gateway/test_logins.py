"""Tokens for passwords and API keys."""

import base64
import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import jwt
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from aurelius.gateway.v1 import (
    api_key_service_pb2,
    auth_service_pb2,
    user_service_pb2,
)
from aurelius_gateway.adapters.argon2_passwords import Argon2Passwords
from tests.contract.gateway.suite import (
    ADMIN_PASSWORD,
    GATEWAY,
    PASSWORD,
    SHARED,
    Client,
    Clock,
    Refusal,
    Running,
    refusal_of,
)

BUSY = "ERROR_REASON_GATEWAY_BUSY"
HOUR = timedelta(hours=1)


def login(client: Client, user_id: str, password: str = PASSWORD) -> Any:
    request = auth_service_pb2.LoginRequest(user_id=user_id, password=password)
    return client.auth.Login(request, **client.kinds)


def exchange(client: Client, api_key: str) -> Any:
    request = auth_service_pb2.ExchangeApiKeyRequest(api_key=api_key)
    return client.auth.ExchangeApiKey(request, **client.kinds)


def me(client: Client) -> Any:
    request = user_service_pb2.GetUserRequest(name="users/me")
    return client.users.GetUser(request, **client.kinds)


def new_key(client: Client, key_id: str = "ci", *roles: str, end: datetime | None = None) -> Any:
    request = api_key_service_pb2.CreateApiKeyRequest(
        parent="users/me", api_key_id=key_id, roles=roles or ("ROLE_RESEARCHER",)
    )
    if end is not None:
        request.expire_time.FromDatetime(end)
    return client.keys.CreateApiKey(request, **client.kinds)


def disable(admin: Client, name: str) -> None:
    admin.users.DisableUser(user_service_pb2.DisableUserRequest(name=name), **admin.kinds)


def set_roles(admin: Client, name: str, *roles: str) -> None:
    request = user_service_pb2.SetUserRolesRequest(name=name, roles=roles)
    admin.users.SetUserRoles(request, **admin.kinds)


def keys_of(client: Client) -> list[dict[str, str]]:
    body = client.auth.GetJsonWebKeySet(auth_service_pb2.GetJsonWebKeySetRequest(), **client.kinds)
    assert body.content_type == "application/json"
    keys: list[dict[str, str]] = json.loads(body.data)["keys"]
    return keys


def test_token_is_signed_by_the_published_key_and_says_who_may_what(
    anonymous: Client, rita: Client, clock: Clock
) -> None:
    token = login(anonymous, "rita")

    (key,) = keys_of(anonymous)
    claims = jwt.decode(
        token.access_token,
        jwt.PyJWK(key).key,
        algorithms=["EdDSA"],
        audience="aurelius",
        issuer="aurelius",
        options={"verify_iat": False},
    )
    assert {name: key[name] for name in ("kty", "crv", "alg", "use")} == {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
    }
    assert set(key) == {"kty", "crv", "alg", "use", "kid", "x"}
    assert jwt.get_unverified_header(token.access_token) == {
        "alg": "EdDSA",
        "kid": key["kid"],
        "typ": "JWT",
    }
    assert claims["sub"] == token.user == "users/rita"
    assert claims["roles"] == ["ROLE_RESEARCHER"]
    assert claims["exp"] - claims["iat"] == 3600
    assert token.expire_time.seconds == claims["exp"]
    assert claims["iat"] == int(clock().timestamp())
    assert list(token.roles) == [2]


def test_key_id_is_the_thumbprint_of_the_key(anonymous: Client) -> None:
    (key,) = keys_of(anonymous)

    canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{key["x"]}"}}'
    digest = base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest())
    assert key["kid"] == digest.decode().rstrip("=")


def test_token_ends_by_the_clock(rita: Client, clock: Clock) -> None:
    assert me(rita).name == "users/rita"

    clock.advance(HOUR + timedelta(seconds=61))  # the chassis forgives a minute

    refusal = refusal_of(lambda: me(rita))
    assert (refusal.code, refusal.domain, refusal.reason) == (
        grpc.StatusCode.UNAUTHENTICATED,
        SHARED,
        "ERROR_REASON_UNAUTHENTICATED",
    )


def test_lifetime_is_a_setting(start: Callable[..., Running]) -> None:
    running = start(token_lifetime_seconds=60)

    token = login(running.anonymous, "admin", ADMIN_PASSWORD)

    assert 59 <= token.expire_time.seconds - running.clock().timestamp() <= 60


def test_tokens_outlive_a_restart(start: Callable[..., Running]) -> None:
    first = start()
    admin = first.admin
    first.stop()

    again = Client(start().anonymous.channel, admin.token)

    assert me(again).name == "users/admin"


def failures(anonymous: Client, admin: Client) -> dict[str, Refusal]:
    admin.new_user("gone", "ROLE_RESEARCHER")
    disable(admin, "users/gone")
    return {
        "unknown": refusal_of(lambda: login(anonymous, "nobody")),
        "wrong": refusal_of(lambda: login(anonymous, "admin", "not the password")),
        "disabled": refusal_of(lambda: login(anonymous, "gone")),
        "disabled and wrong": refusal_of(lambda: login(anonymous, "gone", "not the password")),
    }


def test_every_login_that_fails_gives_the_same_answer(anonymous: Client, admin: Client) -> None:
    refusals = failures(anonymous, admin)

    assert len({refusal.text for refusal in refusals.values()}) == 1
    one = refusals["unknown"]
    assert (one.code, one.domain, one.reason, one.metadata) == (
        grpc.StatusCode.UNAUTHENTICATED,
        GATEWAY,
        "ERROR_REASON_CREDENTIALS_INVALID",
        {},
    )


def test_every_login_that_fails_takes_the_same_work(
    anonymous: Client, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.new_user("gone", "ROLE_RESEARCHER")
    disable(admin, "users/gone")
    hashes: list[str] = []
    matches = Argon2Passwords.matches

    def counted(self: Argon2Passwords, password_hash: str, password: str) -> bool:
        hashes.append(password_hash.rpartition("$")[0].rpartition("$")[0])
        return matches(self, password_hash, password)

    monkeypatch.setattr(Argon2Passwords, "matches", counted)
    for user_id in ("nobody", "gone", "admin"):
        refusal_of(lambda user_id=user_id: login(anonymous, user_id, "not the password"))

    # One verification each, with the same parameters.
    assert len(hashes) == 3
    assert len(set(hashes)) == 1


def test_failed_logins_are_throttled_per_user_until_the_window_ends(
    start: Callable[..., Running],
) -> None:
    running = start(login_max_failures=3, login_window_seconds=60)
    running.admin.new_user("rita", "ROLE_RESEARCHER")
    for _ in range(3):
        wrong = refusal_of(lambda: login(running.anonymous, "rita", "not the password"))
        assert wrong.reason == "ERROR_REASON_CREDENTIALS_INVALID"

    refusal = refusal_of(lambda: login(running.anonymous, "rita"))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "ERROR_REASON_TOO_MANY_ATTEMPTS",
    )
    assert (refusal.metadata["found"], refusal.metadata["allowed"]) == ("4", "3")
    assert refusal.metadata["retry_seconds"] == str(refusal.retry_seconds)
    assert 59 <= refusal.retry_seconds <= 60
    assert running.admin.token  # others are not throttled
    running.clock.advance(timedelta(seconds=refusal.retry_seconds))
    assert login(running.anonymous, "rita").user == "users/rita"


def test_guesses_sent_at_once_are_all_counted(start: Callable[..., Running]) -> None:
    running = start(login_max_failures=3)

    def guess(_: int) -> str:
        # A guess that finds others being looked at is sent again, as its refusal says.
        while True:
            reason = refusal_of(lambda: login(running.anonymous, "admin", "a guess")).reason
            if reason != BUSY:
                return reason

    with ThreadPoolExecutor(8) as pool:
        reasons = list(pool.map(guess, range(16)))

    assert reasons.count("ERROR_REASON_CREDENTIALS_INVALID") == 3
    assert reasons.count("ERROR_REASON_TOO_MANY_ATTEMPTS") == 13


def test_unknown_users_are_throttled_alike(start: Callable[..., Running]) -> None:
    running = start(login_max_failures=1)
    refusal_of(lambda: login(running.anonymous, "nobody"))

    refusal = refusal_of(lambda: login(running.anonymous, "nobody"))

    assert refusal.reason == "ERROR_REASON_TOO_MANY_ATTEMPTS"


def test_throttle_outlives_a_restart(start: Callable[..., Running]) -> None:
    first = start(login_max_failures=1)
    refusal_of(lambda: login(first.anonymous, "admin", "not the password"))
    first.stop()

    refusal = refusal_of(lambda: login(start(login_max_failures=1).anonymous, "admin"))

    assert refusal.reason == "ERROR_REASON_TOO_MANY_ATTEMPTS"


def test_success_resets_the_failures(start: Callable[..., Running]) -> None:
    running = start(login_max_failures=2)

    for _ in range(4):
        refusal_of(lambda: login(running.anonymous, "admin", "not the password"))
        assert login(running.anonymous, "admin", ADMIN_PASSWORD).user == "users/admin"


def test_key_gives_a_token_with_its_roles(anonymous: Client, bob: Client) -> None:
    secret = new_key(bob, "ci", "ROLE_PLATFORM").secret

    token = exchange(anonymous, secret)

    assert token.user == "users/bob"
    assert list(token.roles) == [3]
    assert me(Client(anonymous.channel, token.access_token)).name == "users/bob"


def test_key_loses_the_roles_that_its_user_loses(
    anonymous: Client, admin: Client, bob: Client
) -> None:
    both = new_key(bob, "both", "ROLE_RESEARCHER", "ROLE_PLATFORM").secret
    platform = new_key(bob, "platform", "ROLE_PLATFORM").secret

    set_roles(admin, "users/bob", "ROLE_RESEARCHER", "ROLE_RISK")

    assert list(exchange(anonymous, both).roles) == [2]
    refusal = refusal_of(lambda: exchange(anonymous, platform))
    assert refusal.reason == "ERROR_REASON_CREDENTIALS_INVALID"


def test_key_ends_by_the_clock(anonymous: Client, rita: Client, clock: Clock) -> None:
    secret = new_key(rita, end=clock() + HOUR).secret
    assert exchange(anonymous, secret).user == "users/rita"

    clock.advance(HOUR)

    refusal = refusal_of(lambda: exchange(anonymous, secret))
    assert refusal.reason == "ERROR_REASON_CREDENTIALS_INVALID"


def test_every_key_that_fails_gives_the_same_answer(
    anonymous: Client, admin: Client, rita: Client, bob: Client
) -> None:
    revoked, disabled = new_key(rita).secret, new_key(bob).secret
    rita.keys.RevokeApiKey(
        api_key_service_pb2.RevokeApiKeyRequest(name="users/rita/apiKeys/ci"), **rita.kinds
    )
    disable(admin, "users/bob")
    good = new_key(admin).secret

    presented = [
        revoked,
        disabled,
        good[:-1] + ("a" if good[-1] != "a" else "b"),
        "ak_" + "a" * 16 + "_" + "a" * 52,
        good.upper(),
        good + "a",
        "no key",
    ]

    refusals = [refusal_of(lambda key=key: exchange(anonymous, key)) for key in presented]
    assert {refusal.reason for refusal in refusals} == {"ERROR_REASON_CREDENTIALS_INVALID"}
    assert len({refusal.text for refusal in refusals}) == 1
    assert exchange(anonymous, good).user == "users/admin"


def test_password_change_needs_the_present_one_and_replaces_it(
    anonymous: Client, rita: Client
) -> None:
    def change(current: str, new: str) -> Any:
        request = user_service_pb2.ChangeUserPasswordRequest(
            name="users/me", current_password=current, new_password=new
        )
        return rita.users.ChangeUserPassword(request, **rita.kinds)

    wrong = refusal_of(lambda: change("not the password", "another long one"))
    before = me(rita)
    after = change(PASSWORD, "another long one")

    assert wrong.reason == "ERROR_REASON_CREDENTIALS_INVALID"
    assert after.etag != before.etag
    assert login(anonymous, "rita", "another long one").user == "users/rita"
    old = refusal_of(lambda: login(anonymous, "rita", PASSWORD))
    assert old.reason == "ERROR_REASON_CREDENTIALS_INVALID"
    again = refusal_of(lambda: change(PASSWORD, "another long one"))
    assert again.reason == "ERROR_REASON_CREDENTIALS_INVALID"


def test_password_that_changes_while_it_is_checked_works_no_more(
    anonymous: Client, rita: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    matches = Argon2Passwords.matches
    change = user_service_pb2.ChangeUserPasswordRequest(
        name="users/me", current_password=PASSWORD, new_password="another long one"
    )

    def overtaken(self: Argon2Passwords, password_hash: str, password: str) -> bool:
        found = matches(self, password_hash, password)
        monkeypatch.setattr(Argon2Passwords, "matches", matches)
        rita.users.ChangeUserPassword(change, **rita.kinds)
        return found

    monkeypatch.setattr(Argon2Passwords, "matches", overtaken)

    refusal = refusal_of(lambda: login(anonymous, "rita"))

    assert refusal.reason == "ERROR_REASON_CREDENTIALS_INVALID"
    assert login(anonymous, "rita", "another long one").user == "users/rita"


def test_guesses_at_a_password_change_are_throttled(start: Callable[..., Running]) -> None:
    admin = start(login_max_failures=2).admin
    request = user_service_pb2.ChangeUserPasswordRequest(
        name="users/admin", current_password="a guess", new_password="another long one"
    )
    reasons = [
        refusal_of(lambda: admin.users.ChangeUserPassword(request, **admin.kinds)).reason
        for _ in range(3)
    ]

    assert reasons == [
        "ERROR_REASON_CREDENTIALS_INVALID",
        "ERROR_REASON_CREDENTIALS_INVALID",
        "ERROR_REASON_TOO_MANY_ATTEMPTS",
    ]


def test_key_that_ended_before_it_began_is_refused(rita: Client) -> None:
    refusal = refusal_of(lambda: new_key(rita, end=datetime(2020, 1, 1, tzinfo=UTC)))

    assert refusal.reason == "ERROR_REASON_INVALID_FIELD"
    assert refusal.violations == ("expire_time",)


def test_end_beyond_all_time_is_refused(rita: Client) -> None:
    request = api_key_service_pb2.CreateApiKeyRequest(
        parent="users/me",
        api_key_id="ci",
        roles=["ROLE_RESEARCHER"],
        expire_time=Timestamp(seconds=10**15),
    )

    refusal = refusal_of(lambda: rita.keys.CreateApiKey(request, **rita.kinds))

    assert refusal.reason == "ERROR_REASON_INVALID_FIELD"
