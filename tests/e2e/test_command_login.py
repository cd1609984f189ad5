"""Who calls: passwords, keys, tokens and roles, as the command sees them."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from aurelius.contract.v1 import method_policy_pb2
from aurelius_client import Client
from tests.conftest import REPOSITORY
from tests.e2e.command import Command


@pytest.fixture
def stranger(suite: Any, tmp_path: Path) -> Command:
    """Somebody at a new machine."""
    return Command(folder=tmp_path, server=suite.url)


@pytest.fixture
def admin_file(suite: Any, tmp_path: Path) -> Path:
    path = tmp_path / "admin-password"
    path.write_text(f"{suite.admin_password}\n")
    return path


def token_file(folder: Path) -> Path:
    return folder / "settings/aurelius/tokens.json"


def test_before_login_a_command_says_how_to_log_in(stranger: Command) -> None:
    line = stranger.refused(3, "datasets", "list")

    assert line.startswith("error: UNAUTHENTICATED: you are not logged in to ")
    assert f"aurelius login --server {stranger.server}" in line


def test_login_keeps_a_token_that_only_its_owner_reads(
    stranger: Command, admin_file: Path, tmp_path: Path
) -> None:
    done = stranger.ok("login", "--user", "admin", "--password-file", admin_file)

    assert done.out.startswith(f"logged in to {stranger.server} as users/admin until ")
    path = token_file(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(json.loads(path.read_text())) == [stranger.server]
    assert stranger.ok("users", "list").out.count("admin") >= 1


def test_a_token_file_that_others_may_read_is_not_used(
    stranger: Command, admin_file: Path, tmp_path: Path
) -> None:
    stranger.ok("login", "--user", "admin", "--password-file", admin_file)
    token_file(tmp_path).chmod(0o644)

    line = stranger.refused(3, "datasets", "list")

    assert line.startswith("error: FILE_EXPOSED: ")
    assert "found 0644; allowed 0600" in line


def test_a_token_that_ended_is_not_sent(
    stranger: Command, admin_file: Path, tmp_path: Path
) -> None:
    stranger.ok("login", "--user", "admin", "--password-file", admin_file)
    path = token_file(tmp_path)
    kept = json.loads(path.read_text())
    kept[stranger.server]["expires"] = 1.0
    path.write_text(json.dumps(kept))

    line = stranger.refused(3, "datasets", "list")

    assert "ended" in line


def test_a_wrong_password_is_refused_and_nothing_is_kept(stranger: Command, tmp_path: Path) -> None:
    path = tmp_path / "guess"
    path.write_text("not the password at all")

    line = stranger.refused(3, "login", "--user", "admin", "--password-file", path)

    assert line.startswith("error: CREDENTIALS_INVALID: ")
    assert not token_file(tmp_path).exists()


def test_without_a_terminal_nobody_is_asked(stranger: Command) -> None:
    line = stranger.refused(2, "login", "--user", "admin")

    assert line.startswith("error: INPUT_MISSING: ")


def test_a_token_of_the_environment_comes_first(stranger: Command, admin_file: Path) -> None:
    stranger.ok("login", "--user", "admin", "--password-file", admin_file)

    line = stranger.refused(3, "datasets", "list", AURELIUS_TOKEN="made.up.token")

    assert line.startswith("error: UNAUTHENTICATED: ")


def test_an_api_key_logs_in_and_calls(stranger: Command, suite: Any) -> None:
    with Client(suite.url, token=suite.admin_token) as client:
        key = client.api_keys.create("command-key", [method_policy_pb2.ROLE_ADMIN]).secret

    done = stranger.ok("login", AURELIUS_API_KEY=key)
    called = stranger.ok("users", "list", "--json", AURELIUS_API_KEY=key)
    refused = stranger.refused(3, "users", "list", AURELIUS_API_KEY="ak_wrong")

    assert "as users/admin until" in done.out
    assert "users/admin" in {user["name"] for user in called.lines}
    assert refused.startswith("error: CREDENTIALS_INVALID: ")


def test_users_are_created_listed_and_given_roles(suite: Any, tmp_path: Path) -> None:
    admin = Command(folder=tmp_path, server=suite.url, token=suite.admin_token)
    path = tmp_path / "password"
    path.write_text("correct horse battery\n")

    created = admin.ok(
        "users", "create", "carol", "--role", "risk", "--password-file", path, "--json"
    ).json
    changed = admin.ok(
        "users", "set-roles", "carol", "--role", "auditor", "--role", "ROLE_RISK", "--json"
    ).json
    again = admin.refused(2, "users", "create", "carol", "--role", "risk", "--password-file", path)
    unknown = admin.refused(2, "users", "set-roles", "carol", "--role", "boss")

    assert created["roles"] == ["ROLE_RISK"]
    assert changed["roles"] == ["ROLE_RISK", "ROLE_AUDITOR"]
    assert again.startswith("error: USER_EXISTS: ")
    assert "found boss; allowed researcher" in unknown
    assert "risk, auditor" in admin.ok("users", "list").out


def test_another_role_is_refused_with_the_roles_that_may(suite: Any, tmp_path: Path) -> None:
    auditor = Command(
        folder=tmp_path, server=suite.url, token=suite.user("command-auditor", "ROLE_AUDITOR")
    )

    line = auditor.refused(3, "users", "set-roles", "admin", "--role", "risk")

    assert line.startswith("error: PERMISSION_DENIED: ")
    assert "found ROLE_AUDITOR; allowed ROLE_ADMIN" in line


def test_strategies_are_created_listed_and_shown(suite: Any, tmp_path: Path) -> None:
    researcher = Command(folder=tmp_path, server=suite.url, token=suite.admin_token)
    path = tmp_path / "strategy.yaml"
    path.write_text("trendFollowing: {fastBars: 10, slowBars: 20}\n")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("trendFollowing: {fastBars: 30, slowBars: 20}\n")

    created = researcher.ok(
        "strategies", "create", "command-sma", "--definition", path, "--json"
    ).json
    shown = researcher.ok("strategies", "show", "command-sma", "--json").json
    refused = researcher.refused(2, "strategies", "create", "wrong", "--definition", wrong)

    assert created["definition"] == {"trendFollowing": {"fastBars": 10, "slowBars": 20}}
    assert shown == created
    assert "command-sma" in researcher.ok("strategies", "list").out
    assert "trendFollowing" in researcher.ok("strategies", "show", "command-sma").out
    assert refused.startswith("error: INVALID_FIELD: ")


def test_no_server_is_exit_code_four(tmp_path: Path) -> None:
    nobody = Command(folder=tmp_path, server="http://127.0.0.1:1", token="t")

    line = nobody.refused(4, "runs", "list")

    assert line.startswith("error: UNAVAILABLE: ")


def test_a_plain_server_elsewhere_is_refused_before_a_token_is_sent(tmp_path: Path) -> None:
    nobody = Command(folder=tmp_path, server="http://aurelius.example:80", token="t")

    line = nobody.refused(2, "runs", "list")

    assert line.startswith("error: SERVER_INVALID: ")


@pytest.mark.parametrize(
    ("arguments", "reason", "words"),
    [
        (("run", "spec.yaml"), "DATA_MISSING", "--data FILE"),
        (("run", "spec.yaml", "--data", "a", "--dataset", "b"), "DATA_AMBIGUOUS", "--dataset"),
        (("run", "nothing.yaml", "--data", "a.csv"), "FILE_UNREADABLE", "nothing.yaml"),
        (("run", "nothing.yaml", "--dataset", "a"), "FILE_UNREADABLE", "nothing.yaml"),
        (("run", "GOOG", "--data", "a.xls"), "FILE_MALFORMED", ".csv, .parquet, .arrow"),
        (("run", "GOOG", "--data", "a.csv"), "FILE_UNREADABLE", "a.csv"),
        (("run", "GOOG", "--data", "a.csv", "--seed", "-1"), "INVALID_FIELD", "2**64 - 1"),
        (("run",), "USAGE", "--help"),
        (("frobnicate",), "USAGE", "frobnicate"),
        (("run", "GOOG", "--seed", "x"), "USAGE", "--seed"),
    ],
)
def test_what_is_typed_wrong_is_one_line(
    tmp_path: Path, arguments: tuple[str, ...], reason: str, words: str
) -> None:
    spec = str(REPOSITORY / "examples/goog_trend.yaml")
    typed = [spec if word == "GOOG" else word for word in arguments]

    line = Command(folder=tmp_path).refused(2, *typed)

    assert line.startswith(f"error: {reason}: ")
    assert words in line
