"""Users, keys, throttling and tokens, without any I/O but key files."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurelius_gateway.adapters.jwt_tokens import public_jwk
from aurelius_gateway.adapters.password_file import PasswordFileError, read_password
from aurelius_gateway.domain import api_key
from aurelius_gateway.domain.api_key import ApiKey
from aurelius_gateway.domain.errors import EtagMismatch, GatewayBusy, TooManyAttempts
from aurelius_gateway.domain.login_throttle import LoginAttempts, LoginThrottle
from aurelius_gateway.domain.roles import Principal, Role
from aurelius_gateway.domain.user import User, UserState
from aurelius_gateway.main import Settings

TIME = datetime(2026, 1, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
USER = User(
    id="rita",
    roles=frozenset({Role.ADMIN}),
    state=UserState.ACTIVE,
    password_hash="$argon2id$secret",
    revision=3,
    create_time=TIME,
    update_time=TIME,
)


def test_each_change_of_a_user_has_another_etag_and_no_change_has_none() -> None:
    changes = [
        USER.with_roles([Role.RISK], time=TIME + MINUTE),
        USER.disabled(time=TIME + MINUTE),
        USER.with_password_hash("$argon2id$other", time=TIME + MINUTE),
    ]

    assert {changed.etag for changed in changes} == {"r4"}
    assert {changed.update_time for changed in changes} == {TIME + MINUTE}
    assert USER.with_roles([Role.ADMIN], time=TIME + MINUTE) is USER
    assert changes[1].disabled(time=TIME + MINUTE) is changes[1]


def test_only_the_newest_etag_and_none_match() -> None:
    USER.require_etag("")
    USER.require_etag("r3")

    with pytest.raises(EtagMismatch):
        USER.require_etag("r2")


def test_administrator_must_be_active() -> None:
    assert USER.administers
    assert not USER.disabled(time=TIME).administers
    assert not USER.with_roles([Role.RISK], time=TIME).administers


def test_me_is_the_principal_and_nobody_else() -> None:
    principal = Principal(name="users/rita", roles=frozenset())

    assert principal.owned("users/me") == "users/rita"
    assert principal.owned("users/mel") == "users/mel"
    assert principal.user_id == "rita"


def test_secrets_are_not_in_the_text_of_a_type() -> None:
    issued = api_key.issue(lambda size: bytes(size))
    key = ApiKey(
        user_id="rita",
        id="ci",
        lookup_id=issued.lookup_id,
        hash=issued.hash,
        roles=frozenset(),
        create_time=TIME,
        expire_time=None,
        revoke_time=None,
    )

    assert "argon2" not in repr(USER)
    assert issued.text not in repr(issued)
    assert repr(issued.hash) not in repr(key)


@given(st.binary(min_size=42, max_size=42))
def test_every_issued_key_is_found_again(random: bytes) -> None:
    parts = iter((random[:10], random[10:]))

    issued = api_key.issue(lambda size: next(parts))

    assert api_key.lookup_id_of(issued.text) == issued.lookup_id
    assert api_key.same_hash(issued.hash, api_key.hash_of(issued.text))
    secret = issued.text.rpartition("_")[2].upper() + "===="
    assert base64.b32decode(secret) == random[10:]


@given(st.text(max_size=90))
def test_no_other_text_is_looked_up(text: str) -> None:
    assert api_key.lookup_id_of(text) == ""


def test_key_works_until_the_very_end_or_its_revocation() -> None:
    def key(*, end: datetime | None, revoked: datetime | None = None) -> ApiKey:
        return ApiKey(
            user_id="rita",
            id="ci",
            lookup_id="a" * 16,
            hash=bytes(32),
            roles=frozenset(),
            create_time=TIME,
            expire_time=end,
            revoke_time=revoked,
        )

    assert key(end=None).works(now=TIME + 10_000 * MINUTE)
    assert key(end=TIME + MINUTE).works(now=TIME + MINUTE - timedelta(microseconds=1))
    assert not key(end=TIME + MINUTE).works(now=TIME + MINUTE)
    assert not key(end=None, revoked=TIME).works(now=TIME)


def test_window_begins_with_the_first_failure_and_has_its_number() -> None:
    throttle = LoginThrottle(max_failures=2, window=MINUTE)

    first = throttle.counted("rita", None, pending=0, now=TIME)
    second = throttle.counted("rita", first, pending=0, now=TIME + MINUTE / 2)
    with pytest.raises(TooManyAttempts) as refusal:
        throttle.counted("rita", second, pending=0, now=TIME + MINUTE - timedelta(milliseconds=1))
    third = throttle.counted("rita", second, pending=0, now=TIME + MINUTE)

    assert (first.count, second.count) == (1, 2)
    assert first.window_end == second.window_end == TIME + MINUTE
    assert refusal.value.retry_seconds == 1
    assert third == LoginAttempts(user_id="rita", count=1, window_end=TIME + 2 * MINUTE)


def test_attempts_that_may_still_work_are_no_failures_but_take_their_room() -> None:
    throttle = LoginThrottle(max_failures=2, window=MINUTE)
    before = LoginAttempts(user_id="rita", count=2, window_end=TIME + MINUTE)

    for pending in (1, 2):
        with pytest.raises(GatewayBusy):
            throttle.counted("rita", before, pending=pending, now=TIME)
    with pytest.raises(TooManyAttempts):
        throttle.counted("rita", before, pending=0, now=TIME)


def test_key_of_rfc_8037_has_its_thumbprint() -> None:
    # RFC 8037, appendix A.2 and A.3.
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

    jwk = public_jwk(base64.urlsafe_b64decode(x + "="))

    assert jwk["x"] == x
    assert jwk["kid"] == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def password_file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "password"
    path.touch(mode=0o600)
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_password_is_the_text_without_the_last_newline(tmp_path: Path, ending: bytes) -> None:
    path = password_file(tmp_path, b" twelve chars " + ending)

    assert read_password(path) == " twelve chars "


@pytest.mark.parametrize(
    ("content", "mode", "found"),
    [
        (b"correct horse battery", 0o640, "of mode 0640"),
        (b"correct horse battery", 0o604, "of mode 0604"),
        (b"hunter2", 0o600, "of 7 characters"),
        (b"x" * 257, 0o600, "of 257 characters"),
        (b"\xff" * 12, 0o600, "not UTF-8"),
    ],
)
def test_password_file_that_is_not_as_it_must_be_is_refused(
    tmp_path: Path, content: bytes, mode: int, found: str
) -> None:
    with pytest.raises(PasswordFileError) as refusal:
        read_password(password_file(tmp_path, content, mode))

    assert refusal.value.found == found
    assert "hunter2" not in str(refusal.value)


def test_absent_password_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PasswordFileError, match="absent"):
        read_password(tmp_path / "none")


def test_settings_have_the_documented_defaults() -> None:
    settings = Settings(
        listen="127.0.0.1:0",
        database_url="sqlite://",
        engine_target="e",
        governance_target="g",
        token_key_file=Path("k"),
    )

    assert settings.token_lifetime_seconds == 3600
    assert settings.admin_password_file is None
