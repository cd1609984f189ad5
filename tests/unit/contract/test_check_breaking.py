"""The check against the released contract names what a change takes from its callers."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

TOOL = REPOSITORY / "tools/check_breaking.py"
RUNS = "aurelius/engine/v1/backtest_service.proto"
SPEC = "aurelius/engine/v1/backtest_spec.proto"
STRATEGY = "aurelius/engine/v1/strategy.proto"
DATASET = "aurelius/engine/v1/dataset.proto"
KEYS = "aurelius/gateway/v1/api_key_service.proto"
SERVICE = "aurelius.engine.v1.BacktestService"


def check(root: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), "--root", str(root), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def copy(root: Path) -> Path:
    shutil.copy(REPOSITORY / "buf.yaml", root / "buf.yaml")
    for folder in ("protos", "third_party"):
        shutil.copytree(
            REPOSITORY / folder, root / folder, ignore=shutil.ignore_patterns("released")
        )
    return root


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree whose contract was released as it is."""
    root = copy(tmp_path_factory.mktemp("released"))
    done = check(root, "--release")
    assert done.returncode == 0, done.stderr
    return root / "protos/released/contract.binpb"


@pytest.fixture
def change(released: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Checks a copy in which one text of one file was replaced."""

    def changed(file: str, old: str, new: str) -> subprocess.CompletedProcess[str]:
        root = copy(tmp_path)
        path = root / "protos" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        return check(root, "--against", str(released))

    return changed


Change = Callable[..., subprocess.CompletedProcess[str]]
ROLES_OF_CANCEL = """      post: "/v1/{name=runs/*}:cancel"
      body: "http_body"
    };
    option (aurelius.contract.v1.required_roles) = ROLE_RESEARCHER;
"""
IN_CREATE = "message CreateBacktestRequest {\n"


def rpc_of(text: str, name: str) -> str:
    """Returns the text of one RPC of a file, its comment included."""
    lines = text.splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.startswith(f"  rpc {name}("))
    end = next(i for i in range(at, len(lines)) if lines[i] == "  }\n")
    while lines[at - 1].startswith("  //"):
        at -= 1
    return "".join(lines[at : end + 1])


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (SPEC, "double initial_cash = 7", "double starting_cash = 7", '"initial_cash"'),
        (RUNS, '{get: "/v1/runs"}', '{get: "/v1/backtests"}', f"{SERVICE}.ListBacktests: HTTP"),
        (
            RUNS,
            '{get: "/v1/{name=runs/*}"}',
            '{get: "/v1/{name=runs/**}"}',
            "GET /v1/{name=runs/*}",
        ),
        (RUNS, '{get: "/v1/runs"}', '{post: "/v1/runs:list"}', "GET /v1/runs is gone"),
        (
            RUNS,
            ROLES_OF_CANCEL,
            ROLES_OF_CANCEL[: ROLES_OF_CANCEL.index("    option")],
            f"{SERVICE}.CancelBacktest: role ROLE_RESEARCHER is gone",
        ),
        (
            RUNS,
            '"engine.backtests"',
            '"engine.runs"',
            f"{SERVICE}.CreateBacktest: capability was engine.backtests",
        ),
        (
            RUNS,
            "= IDEMPOTENCY_NATURAL",
            "= IDEMPOTENCY_ONCE",
            f"{SERVICE}.CreateBacktest: idempotency",
        ),
        (SPEC, "lte: 1e15", "lte: 1e9", "BacktestSpec.initial_cash: rule double.lte is tightened"),
        (SPEC, "gte: -1", "gte: 0", "BacktestSpec.risk_free_ratio: rule double.gte is tightened"),
        (
            STRATEGY,
            "gte: 1\n",
            "gt: 1\n",
            "TsMomentum.lookback_bars: rule int32.gt/gte is tightened",
        ),
        (SPEC, '"100000"', '"1000000"', "BacktestSpec.initial_cash: default_json was 100000"),
        (
            SPEC,
            '    (aurelius.contract.v1.default_json) = "\\"UNITS_FRACTIONAL\\""\n',
            "    (google.api.field_behavior) = OPTIONAL\n",
            "BacktestSpec.units: default_json",
        ),
        (
            RUNS,
            "string dataset = 3 [\n    (google.api.field_behavior) = OPTIONAL",
            "string dataset = 3 [\n    (google.api.field_behavior) = REQUIRED",
            "ListBacktestsRequest.dataset: was optional, is required",
        ),
        (
            RUNS,
            '"^runs/r[a-z2-7]{26}$"',
            '"^runs/r[a-z]{26}$"',
            "GetBacktestRequest.name: rule string.pattern is tightened",
        ),
        (
            STRATEGY,
            "this.fast_bars : 20",
            "this.fast_bars : 21",
            "cel trend_following.fast_below_slow",
        ),
        (SPEC, "not_in: [0]", "not_in: [0, 1]", "rule enum.not_in is tightened"),
        (
            SPEC,
            "max_items: 10000",
            "max_items: 10",
            "symbols: rule repeated.max_items is tightened",
        ),
        (SPEC, "max_len: 64", "max_len: 6", "symbols: rule repeated.items.string.max_len is"),
        (
            KEYS,
            '(google.api.resource_reference).type = "gateway.aurelius.dev/User"',
            '(google.api.resource_reference).type = "gateway.aurelius.dev/ApiKey"',
            "resource_reference type was gateway.aurelius.dev/User, is gateway.aurelius.dev/ApiKey",
        ),
        (DATASET, '"datasets/{dataset}"', '"data/{dataset}"', "Dataset: resource pattern"),
    ],
)
def test_what_takes_from_a_caller_is_named(
    change: Change, file: str, old: str, new: str, says: str
) -> None:
    done = change(file, old, new)

    assert done.returncode == 1, done.stdout + done.stderr
    assert says in done.stderr


def test_a_loosened_rule_is_told_and_passes(change: Change) -> None:
    done = change(STRATEGY, "required = true", "required = false")

    assert done.returncode == 0, done.stderr
    assert "Strategy.template: rule required is loosened" in done.stdout


def test_a_removed_rpc_is_named(change: Change) -> None:
    rpc = rpc_of((REPOSITORY / "protos" / RUNS).read_text(), "CancelBacktest")

    done = change(RUNS, rpc, "")

    assert done.returncode == 1
    assert 'RPC "CancelBacktest" on service "BacktestService" was deleted' in done.stderr


def test_a_new_required_field_is_named(change: Change) -> None:
    field = "  // Why.\n  string why = 90 [(google.api.field_behavior) = REQUIRED];\n\n"

    done = change(RUNS, IN_CREATE, IN_CREATE + field)

    assert done.returncode == 1
    assert "CreateBacktestRequest.why: a new field is required" in done.stderr


def test_a_new_optional_field_a_new_rpc_and_a_wider_rule_pass(change: Change) -> None:
    text = (REPOSITORY / "protos" / RUNS).read_text()
    rpc = rpc_of(text, "GetBacktest")
    another = rpc.replace("GetBacktest", "PeekBacktest").replace("runs/*}", "runs/*}:peek")
    message = "// The request of PeekBacktest.\nmessage PeekBacktestRequest {\n"
    message += "  // The run.\n  string name = 1;\n}\n\n"
    wider = text.replace(rpc, f"{rpc}\n{another}", 1)
    wider = wider.replace("// The request of GetBacktest.\n", message + "// The request.\n", 1)
    wider = wider.replace(IN_CREATE, f"{IN_CREATE}  // Why.\n  optional string why = 90;\n\n", 1)
    wider = wider.replace("string.max_len = 4096", "string.max_len = 8192")

    done = change(RUNS, text, wider)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ListBacktestsRequest.page_token: rule string.max_len is loosened" in done.stdout


def test_without_the_released_image_the_check_fails(tmp_path: Path) -> None:
    done = check(copy(tmp_path))

    assert done.returncode == 1
    assert "protos/released/contract.binpb is missing; only --release" in done.stderr


def test_an_image_named_but_absent_fails_too(tmp_path: Path) -> None:
    done = check(copy(tmp_path), "--against", str(tmp_path / "absent.binpb"))

    assert done.returncode == 1
    assert "absent.binpb is missing" in done.stderr


def test_a_contract_that_breaks_cannot_become_the_released_one(
    released: Path, tmp_path: Path
) -> None:
    root = copy(tmp_path)
    kept = root / "protos/released/contract.binpb"
    kept.parent.mkdir()
    shutil.copy(released, kept)
    path = root / "protos" / SPEC
    path.write_text(path.read_text().replace("lte: 1e15", "lte: 1", 1))

    done = check(root, "--release")

    assert done.returncode == 1
    assert kept.read_bytes() == released.read_bytes()


def test_a_contract_that_does_not_build_is_refused(tmp_path: Path) -> None:
    root = copy(tmp_path)
    (root / "protos" / SPEC).write_text("not a contract")

    done = check(root)

    assert done.returncode == 1
    assert "does not build" in done.stderr
