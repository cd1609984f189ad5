"""What the command makes of answers that a sound server does not give."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest

from aurelius.engine.v1 import backtest_service_pb2, dataset_pb2, replay_service_pb2
from tests.contract.client.doubles import Refuse
from tests.contract.client.engine_double import Backtest, EngineDouble

SPEC = {"strategy": {"buyAndHold": {}}, "calendar": "XNYS"}
Replay = replay_service_pb2.Replay


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(SPEC))
    return path


def aurelius(engine: EngineDouble, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "aurelius_client.cli.main", *map(str, arguments)]
    variables = {"AURELIUS_SERVER": f"http://{engine.target}", "AURELIUS_TOKEN": "t"}
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | variables,
        timeout=60,
    )


def test_a_replay_that_differs_is_exit_code_one_and_says_where(
    engine: EngineDouble, spec: Path
) -> None:
    def differs(request: Any, _: grpc.ServicerContext) -> Replay:
        replay = Replay(
            name="replays/p1", state=Replay.STATE_DIFFERENT, sealed_result_digest="sha256:a"
        )
        replay.first_difference.artifact_id = "fills"
        replay.first_difference.row = 3
        replay.first_difference.column = "price"
        replay.first_difference.sealed_value = "1.5"
        replay.first_difference.replayed_value = "1.25"
        replay.first_difference.symbol = "GOOG"
        replay.first_difference.step = 7
        replay.first_difference.event_time.FromJsonString("2009-03-02T00:00:00Z")
        return replay

    engine.handler("CreateReplay", differs)
    run = json.loads(aurelius(engine, "run", spec, "--dataset", "goog", "--json").stdout)["run"]

    done = aurelius(engine, "runs", "replay", run)

    assert done.returncode == 1
    assert "fills.price of GOOG at 2009-03-02 00:00:00Z, step 7, row 3" in done.stdout
    assert "1.25" in done.stdout


def test_a_replay_that_fails_is_exit_code_five(engine: EngineDouble, spec: Path) -> None:
    failed = Replay(name="replays/p1", state=Replay.STATE_FAILED, failure_message="no memory")
    engine.handler("CreateReplay", lambda *_: failed)
    run = json.loads(aurelius(engine, "run", spec, "--dataset", "goog", "--json").stdout)["run"]

    done = aurelius(engine, "runs", "replay", run)

    assert done.returncode == 5
    assert "no memory" in done.stdout


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (Backtest.STATE_FAILED, 2),
        (Backtest.STATE_CRASHED, 5),
        (Backtest.STATE_QUARANTINED, 5),
        (Backtest.STATE_CANCELLED, 1),
    ],
)
def test_a_run_that_ends_otherwise_prints_its_reason(
    engine: EngineDouble, spec: Path, state: Any, code: int
) -> None:
    engine.end_state = state

    done = aurelius(engine, "run", spec, "--dataset", "goog", "--json")

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr == "error: LOOKBACK_TOO_LONG: needs 30 bars\n"


@pytest.mark.parametrize("command", [("run", "--dataset", "goog"), ("runs", "show")])
def test_a_result_that_was_changed_is_exit_code_five(
    engine: EngineDouble, spec: Path, command: tuple[str, ...]
) -> None:
    run = json.loads(aurelius(engine, "run", spec, "--dataset", "goog", "--json").stdout)["run"]

    def change(backtest: Any) -> None:
        backtest.result.result_digest = "sha256:" + "0" * 64

    engine.tamper["GetBacktest"] = change
    engine.tamper["CreateBacktest"] = change
    name, *options = command

    done = aurelius(engine, name, *options, run if name == "runs" else spec)

    assert done.returncode == 5
    assert done.stderr.startswith("error: DIGEST_MISMATCH: the result of runs/")


COMMANDS: list[tuple[str, ...]] = [
    ("run", "SPEC", "--dataset", "goog", "--json"),
    ("run", "SPEC", "--dataset", "goog"),
    ("datasets", "list"),
    ("datasets", "list", "--json"),
    ("version",),
    ("--help",),
    ("runs", "--help"),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("place", ["full", "closed"])
def test_output_that_cannot_be_written_is_one_line_and_exit_code_five(
    engine: EngineDouble, spec: Path, arguments: tuple[str, ...], place: str
) -> None:
    engine.datasets["datasets/goog"] = dataset_pb2.Dataset(name="datasets/goog")
    named = [str(spec) if argument == "SPEC" else argument for argument in arguments]
    command = [sys.executable, "-m", "aurelius_client.cli.main", *named]
    variables = {"AURELIUS_SERVER": f"http://{engine.target}", "AURELIUS_TOKEN": "t"}
    redirected = {"full": 'exec "$@" > /dev/full', "closed": 'exec "$@" >&-'}[place]

    done = subprocess.run(
        ["sh", "-c", redirected, "sh", *command],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env=os.environ | variables,
        timeout=60,
    )

    said = {"full": "No space left on device", "closed": "Bad file descriptor"}[place]
    assert done.stderr == (
        "error: OUTPUT_UNWRITABLE: standard output cannot be written "
        f"(found {said}; allowed a place with room)\n"
    )
    assert done.returncode == 5


def test_a_reader_who_leaves_is_no_error(engine: EngineDouble, spec: Path) -> None:
    command = [sys.executable, "-m", "aurelius_client.cli.main", "run", str(spec)]
    variables = {"AURELIUS_SERVER": f"http://{engine.target}", "AURELIUS_TOKEN": "t"}
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(
        [*command, "--dataset", "goog", "--json"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env=os.environ | variables,
        timeout=60,
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (grpc.StatusCode.INTERNAL, 5),
        (grpc.StatusCode.PERMISSION_DENIED, 3),
        (grpc.StatusCode.NOT_FOUND, 2),
    ],
)
def test_a_refusal_is_one_line_and_its_exit_code(
    engine: EngineDouble, status: Any, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise Refuse(status, "ERROR_REASON_IT_IS_SO", "it is so", found="a", allowed="b")

    engine.handler("ListDatasets", refuse)

    done = aurelius(engine, "datasets", "list")

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr == "error: IT_IS_SO: it is so (found a; allowed b)\n"


def test_a_data_file_that_does_not_exist_is_not_asked_for_its_provenance(
    engine: EngineDouble, tmp_path: Path
) -> None:
    done = aurelius(engine, "datasets", "register", tmp_path / "nope.csv", "--name", "nope")

    assert done.returncode == 2
    assert done.stderr.startswith("error: FILE_UNREADABLE: ")
    assert "No such file" in done.stderr
    assert engine.requests("CreateDatasetUpload") == []


def test_a_diff_names_what_changed_and_what_moved_first(engine: EngineDouble) -> None:
    asked = []

    def compared(request: Any, _: grpc.ServicerContext) -> Any:
        asked.append((request.name, request.other))
        response = backtest_service_pb2.CompareBacktestsResponse()
        response.identity_changes.add(path="dataHash", left="sha256:" + "a" * 64, right="sha256:b")
        response.metric_changes.add(path="sharpe_ratio", left="1.5", right="UNDEFINED_NO_RISK")
        response.first_difference.artifact_id = "equity"
        response.first_difference.column = "cash"
        return response

    engine.handler("CompareBacktests", compared)
    left, right = "r" + "a" * 26, "r" + "b" * 26

    done = aurelius(engine, "runs", "diff", left, right)

    assert asked == [(f"runs/{left}", f"runs/{right}")]
    assert done.returncode == 1
    for text in ("dataHash", "sharpe_ratio", "UNDEFINED_NO_RISK", "equity.cash, row 0"):
        assert text in done.stdout


def test_a_diff_across_tiers_is_asked_for_by_an_option(engine: EngineDouble) -> None:
    asked = []

    def compared(request: Any, _: grpc.ServicerContext) -> Any:
        asked.append(request.allow_cross_tier)
        return backtest_service_pb2.CompareBacktestsResponse()

    engine.handler("CompareBacktests", compared)
    names = ("r" + "a" * 26, "r" + "b" * 26)

    aurelius(engine, "runs", "diff", *names)
    aurelius(engine, "runs", "diff", *names, "--allow-cross-tier")

    assert asked == [False, True]


def test_a_diff_of_equal_results_is_exit_code_zero(engine: EngineDouble) -> None:
    nothing = backtest_service_pb2.CompareBacktestsResponse()
    engine.handler("CompareBacktests", lambda *_: nothing)

    done = aurelius(engine, "runs", "diff", "r" + "a" * 26, "r" + "b" * 26)

    assert done.returncode == 0, done.stderr
    assert "the identities are equal" in done.stdout


def test_a_diff_shows_both_values_of_a_metric_on_a_terminal_of_80_columns(
    engine: EngineDouble,
) -> None:
    response = backtest_service_pb2.CompareBacktestsResponse()
    name = "cornish_fisher_value_at_risk_95_ratio"
    response.metric_changes.add(
        path=name, left="-0.009163244922259927", right="-0.008163244922259927"
    )
    response.metric_changes.add(path="beta", left="0.5", right="0.5000000000000001")
    engine.handler("CompareBacktests", lambda *_: response)

    done = aurelius(engine, "runs", "diff", "r" + "a" * 26, "r" + "b" * 26)

    lines = [line.split() for line in done.stdout.splitlines()]
    assert [name, "-0.0091632449", "-0.0081632449"] in lines
    assert ["beta", "0.5", "0.5,", "last", "bits"] in lines
