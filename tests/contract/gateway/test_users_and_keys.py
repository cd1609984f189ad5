"""Users and API keys: who may see and change what."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import grpc
import pytest

from aurelius.gateway.v1 import api_key_service_pb2, user_pb2, user_service_pb2
from tests.contract.gateway.suite import GATEWAY, PASSWORD, SHARED, Client, Running, refusal_of
from tests.contract.gateway.test_logins import disable, exchange, me, new_key, set_roles

DENIED = grpc.StatusCode.PERMISSION_DENIED


def get(client: Client, name: str) -> Any:
    return client.users.GetUser(user_service_pb2.GetUserRequest(name=name), **client.kinds)


def list_users(client: Client, **kinds: Any) -> Any:
    return client.users.ListUsers(user_service_pb2.ListUsersRequest(**kinds), **client.kinds)


def list_keys(client: Client, parent: str = "users/me", **kinds: Any) -> Any:
    request = api_key_service_pb2.ListApiKeysRequest(parent=parent, **kinds)
    return client.keys.ListApiKeys(request, **client.kinds)


def revoke(client: Client, name: str) -> Any:
    request = api_key_service_pb2.RevokeApiKeyRequest(name=name)
    return client.keys.RevokeApiKey(request, **client.kinds)


def test_first_administrator_is_a_researcher_too(admin: Client) -> None:
    assert list(me(admin).roles) == [2, 8]


def test_first_administrator_is_made_once(start: Callable[..., Running]) -> None:
    first = start()
    first.admin.new_user("other", "ROLE_ADMIN")
    disable(first.admin, "users/admin")
    first.stop()

    again = start()

    refusal = refusal_of(lambda: again.admin)
    assert refusal.reason == "ERROR_REASON_CREDENTIALS_INVALID"


def test_password_file_is_not_needed_once_there_is_a_user(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    start().stop()

    again = start(admin_password_file=tmp_path / "none")

    assert me(again.admin).name == "users/admin"


def test_without_password_file_there_is_nobody(start: Callable[..., Running]) -> None:
    running = start(admin_password_file=None)

    assert refusal_of(lambda: running.admin).reason == "ERROR_REASON_CREDENTIALS_INVALID"


def test_user_is_created_read_and_found_by_me(admin: Client, rita: Client) -> None:
    user = get(admin, "users/rita")

    assert user == get(rita, "users/me") == get(rita, "users/rita")
    assert (user.name, user.state) == ("users/rita", user_pb2.User.STATE_ACTIVE)
    assert list(user.roles) == [2]
    assert user.etag
    assert user.create_time == user.update_time


def test_user_id_is_taken_once_and_the_first_stays(admin: Client, rita: Client) -> None:
    request = user_service_pb2.CreateUserRequest(
        user_id="rita", roles=["ROLE_ADMIN"], password="some other password"
    )

    refusal = refusal_of(lambda: admin.users.CreateUser(request, **admin.kinds))

    assert (refusal.code, refusal.domain, refusal.reason) == (
        grpc.StatusCode.ALREADY_EXISTS,
        GATEWAY,
        "ERROR_REASON_USER_EXISTS",
    )
    assert refusal.metadata == {"name": "users/rita"}
    assert list(me(rita.login("rita")).roles) == [2]


def test_nobody_is_called_me(admin: Client) -> None:
    request = user_service_pb2.CreateUserRequest(
        user_id="me", roles=["ROLE_RISK"], password=PASSWORD
    )

    refusal = refusal_of(lambda: admin.users.CreateUser(request, **admin.kinds))

    assert refusal.reason == "ERROR_REASON_INVALID_FIELD"


def test_short_password_is_refused_and_never_repeated(admin: Client) -> None:
    request = user_service_pb2.CreateUserRequest(
        user_id="rita", roles=["ROLE_RISK"], password="hunter2"
    )

    refusal = refusal_of(lambda: admin.users.CreateUser(request, **admin.kinds))

    assert refusal.reason == "ERROR_REASON_INVALID_FIELD"
    assert refusal.violations == ("password",)
    assert "hunter2" not in refusal.text


def test_others_are_read_by_administrators_and_auditors_alone(
    admin: Client, rita: Client, bob: Client
) -> None:
    auditor = admin.new_user("ann", "ROLE_AUDITOR")

    refusal = refusal_of(lambda: get(rita, "users/bob"))
    unknown = refusal_of(lambda: get(rita, "users/nobody"))

    assert get(auditor, "users/bob") == get(admin, "users/bob") == get(bob, "users/me")
    assert (refusal.code, refusal.reason) == (DENIED, "ERROR_REASON_NOT_OWNER")
    assert refusal.metadata == {"found": "users/bob", "allowed": "users/rita"}
    # Whether there is such a user is nobody's business either.
    assert unknown.reason == "ERROR_REASON_NOT_OWNER"
    missing = refusal_of(lambda: get(admin, "users/nobody"))
    assert (missing.code, missing.reason) == (
        grpc.StatusCode.NOT_FOUND,
        "ERROR_REASON_USER_NOT_FOUND",
    )


def test_users_are_listed_by_name_page_by_page(admin: Client, rita: Client, bob: Client) -> None:
    first = list_users(admin, page_size=2)
    second = list_users(admin, page_size=2, page_token=first.next_page_token)

    assert [user.name for user in first.users] == ["users/admin", "users/bob"]
    assert [user.name for user in second.users] == ["users/rita"]
    assert second.next_page_token == ""
    forged = refusal_of(lambda: list_users(admin, page_token="forged"))
    assert forged.reason == "ERROR_REASON_PAGE_TOKEN_INVALID"
    negative = refusal_of(lambda: list_users(admin, page_size=-1))
    assert negative.reason == "ERROR_REASON_INVALID_FIELD"


def test_roles_are_set_if_the_etag_is_the_newest(admin: Client, rita: Client) -> None:
    etag = me(rita).etag

    def put(role: str, etag: str, request_id: str = "") -> Any:
        request = user_service_pb2.SetUserRolesRequest(
            name="users/rita", roles=[role], etag=etag, request_id=request_id
        )
        return admin.users.SetUserRoles(request, **admin.kinds)

    changed = put("ROLE_RISK", etag, "one")
    repeated = put("ROLE_RISK", etag, "one")
    stale = refusal_of(lambda: put("ROLE_PRODUCT", etag))
    reused = refusal_of(lambda: put("ROLE_PRODUCT", etag, "one"))

    assert changed == repeated == get(admin, "users/rita")
    assert list(changed.roles) == [5]
    assert (stale.code, stale.reason) == (
        grpc.StatusCode.ABORTED,
        "ERROR_REASON_ETAG_MISMATCH",
    )
    assert stale.metadata == {"name": "users/rita", "found": etag, "allowed": changed.etag}
    assert (reused.domain, reused.reason) == (SHARED, "ERROR_REASON_REQUEST_ID_REUSED")
    assert put("ROLE_RISK", "") == changed  # nothing to change, no new etag


def test_unknown_users_are_not_changed(admin: Client) -> None:
    for call in (
        lambda: set_roles(admin, "users/nobody", "ROLE_RISK"),
        lambda: disable(admin, "users/nobody"),
    ):
        assert refusal_of(call).reason == "ERROR_REASON_USER_NOT_FOUND"


def test_last_active_administrator_stays_one(admin: Client) -> None:
    other = admin.new_user("other", "ROLE_ADMIN")
    disable(other, "users/other")

    for call in (
        lambda: set_roles(admin, "users/me", "ROLE_RESEARCHER"),
        lambda: disable(admin, "users/admin"),
    ):
        refusal = refusal_of(call)
        assert (refusal.code, refusal.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "ERROR_REASON_LAST_ADMINISTRATOR",
        )
        assert refusal.metadata == {"name": "users/admin"}
    assert list(me(admin).roles) == [2, 8]
    set_roles(admin, "users/admin", "ROLE_ADMIN")  # keeps the role


def test_two_administrators_who_disable_each_other_leave_one(admin: Client) -> None:
    other = admin.new_user("other", "ROLE_ADMIN")
    at_once = Barrier(2)

    def strike(client: Client, name: str) -> str:
        at_once.wait()
        try:
            disable(client, name)
        except grpc.RpcError as error:
            return str(error.code().name)
        return "OK"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(strike, (admin, other), ("users/other", "users/admin")))

    # Whoever is second is disabled already.
    assert sorted(outcomes) == ["OK", "PERMISSION_DENIED"]


def test_disabled_user_is_disabled_once_and_logs_in_no_more(admin: Client, rita: Client) -> None:
    disable(admin, "users/rita")
    first = get(admin, "users/rita")
    disable(admin, "users/rita")

    assert first.state == user_pb2.User.STATE_DISABLED
    assert get(admin, "users/rita") == first
    assert refusal_of(lambda: rita.login("rita")).reason == "ERROR_REASON_CREDENTIALS_INVALID"


@pytest.mark.parametrize("fall", ["disabled", "demoted"])
def test_token_of_a_former_administrator_administers_nothing(admin: Client, fall: str) -> None:
    other = admin.new_user("other", "ROLE_ADMIN", "ROLE_RISK")
    if fall == "disabled":
        disable(admin, "users/other")
    else:
        set_roles(admin, "users/other", "ROLE_RISK")

    refusals = [
        refusal_of(lambda: other.new_user("friend", "ROLE_ADMIN")),
        refusal_of(lambda: set_roles(other, "users/other", "ROLE_ADMIN")),
        refusal_of(lambda: disable(other, "users/admin")),
    ]

    assert {(refusal.code, refusal.reason) for refusal in refusals} == {
        (DENIED, "ERROR_REASON_TOKEN_OUTDATED")
    }
    found = "a disabled user" if fall == "disabled" else "ROLE_RISK"
    assert refusals[0].metadata["found"] == found


def test_key_is_shown_once(rita: Client) -> None:
    created = new_key(rita)

    listed = list_keys(rita)

    assert created.secret.startswith("ak_")
    assert len(created.secret) == 3 + 16 + 1 + 52
    assert list(listed.api_keys) == [created.api_key]
    assert created.secret not in str(listed)
    again = refusal_of(lambda: new_key(rita))
    assert (again.code, again.reason) == (
        grpc.StatusCode.ALREADY_EXISTS,
        "ERROR_REASON_API_KEY_EXISTS",
    )
    assert created.secret not in again.text
    assert again.metadata == {"name": "users/rita/apiKeys/ci"}


def test_two_principals_cannot_see_or_change_each_others_keys(rita: Client, bob: Client) -> None:
    new_key(bob, "ci")
    new_key(rita, "ci")

    def create_for_bob() -> None:
        request = api_key_service_pb2.CreateApiKeyRequest(
            parent="users/bob", api_key_id="mine", roles=["ROLE_RESEARCHER"]
        )
        rita.keys.CreateApiKey(request, **rita.kinds)

    refusals = [
        refusal_of(lambda: list_keys(rita, "users/bob")),
        refusal_of(lambda: revoke(rita, "users/bob/apiKeys/ci")),
        refusal_of(lambda: revoke(rita, "users/bob/apiKeys/none")),
        refusal_of(create_for_bob),
    ]

    assert {(refusal.code, refusal.reason) for refusal in refusals} == {
        (DENIED, "ERROR_REASON_NOT_OWNER")
    }
    assert [key.name for key in list_keys(rita).api_keys] == ["users/rita/apiKeys/ci"]
    (kept,) = list_keys(bob).api_keys
    assert not kept.HasField("revoke_time")


def test_key_is_revoked_by_its_user_for_ever(rita: Client) -> None:
    new_key(rita)

    revoked = revoke(rita, "users/me/apiKeys/ci")

    assert revoked.name == "users/rita/apiKeys/ci"
    assert revoked.HasField("revoke_time")
    assert revoke(rita, "users/rita/apiKeys/ci") == revoked
    missing = refusal_of(lambda: revoke(rita, "users/me/apiKeys/none"))
    assert (missing.code, missing.reason) == (
        grpc.StatusCode.NOT_FOUND,
        "ERROR_REASON_API_KEY_NOT_FOUND",
    )


def test_administrators_list_and_revoke_anybodys_keys(admin: Client, rita: Client) -> None:
    key = new_key(rita).api_key

    assert list(list_keys(admin, "users/rita").api_keys) == [key]
    assert revoke(admin, key.name).HasField("revoke_time")
    missing = refusal_of(lambda: list_keys(admin, "users/nobody"))
    assert missing.reason == "ERROR_REASON_USER_NOT_FOUND"


def test_key_has_no_role_that_its_user_or_the_token_has_not(
    admin: Client, rita: Client, bob: Client
) -> None:
    refusal = refusal_of(lambda: new_key(rita, "more", "ROLE_RESEARCHER", "ROLE_RISK"))
    set_roles(admin, "users/bob", "ROLE_RESEARCHER")
    lost = refusal_of(lambda: new_key(bob, "lost", "ROLE_PLATFORM"))

    assert (refusal.code, refusal.reason) == (DENIED, "ERROR_REASON_ROLES_NOT_HELD")
    assert refusal.metadata == {
        "found": "ROLE_RESEARCHER, ROLE_RISK",
        "allowed": "ROLE_RESEARCHER",
    }
    assert lost.reason == "ERROR_REASON_ROLES_NOT_HELD"


def test_key_makes_no_key_with_more_than_its_own_roles(anonymous: Client, bob: Client) -> None:
    secret = new_key(bob, "ci", "ROLE_PLATFORM").secret
    program = Client(anonymous.channel, exchange(anonymous, secret).access_token)

    refusal = refusal_of(lambda: new_key(program, "more", "ROLE_RESEARCHER"))

    assert refusal.reason == "ERROR_REASON_ROLES_NOT_HELD"
    assert refusal.metadata["allowed"] == "ROLE_PLATFORM"


def test_disabled_user_makes_no_key_with_an_old_token(admin: Client, rita: Client) -> None:
    disable(admin, "users/rita")

    refusal = refusal_of(lambda: new_key(rita))

    assert (refusal.code, refusal.reason) == (DENIED, "ERROR_REASON_TOKEN_OUTDATED")


def test_password_of_another_is_not_changed(rita: Client, bob: Client) -> None:
    request = user_service_pb2.ChangeUserPasswordRequest(
        name="users/bob", current_password=PASSWORD, new_password="another long one"
    )

    refusal = refusal_of(lambda: rita.users.ChangeUserPassword(request, **rita.kinds))

    assert refusal.reason == "ERROR_REASON_NOT_OWNER"
    assert bob.login("bob").token


def test_keys_are_listed_by_name_page_by_page(rita: Client) -> None:
    for key_id in ("c", "a", "b"):
        new_key(rita, key_id)

    first = list_keys(rita, page_size=2)
    second = list_keys(rita, page_size=2, page_token=first.next_page_token)

    assert [key.name[-1] for key in (*first.api_keys, *second.api_keys)] == ["a", "b", "c"]
    forged = refusal_of(lambda: list_keys(rita, "users/rita", page_token=first.next_page_token))
    assert forged.reason == "ERROR_REASON_PAGE_TOKEN_INVALID"
