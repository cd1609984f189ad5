"""`aurelius` against the running suite: the same bytes, the same digests, the same refusals."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from aurelius_client import identities
from aurelius_client.cli import doors
from aurelius_client.cli.commands import app
from tests.conftest import REPOSITORY
from tests.e2e.command import PROVENANCE, Command, write_goog

SPEC = REPOSITORY / "examples/goog_trend.yaml"


@pytest.fixture
def aurelius(suite: Any, tmp_path: Path) -> Command:
    return Command(folder=tmp_path, server=suite.url, token=suite.admin_token)


@pytest.fixture
def goog_file(goog_csv: Path, tmp_path: Path) -> Path:
    return write_goog(tmp_path, goog_csv)


@pytest.fixture
def goog_run(aurelius: Command, goog_file: Path) -> str:
    """The name of the sealed GOOG run."""
    done = aurelius.ok("run", SPEC, "--data", goog_file, "--server", aurelius.server, "--json")
    name: str = done.json["run"]
    return name


def test_in_process_and_server_print_the_same_bytes(aurelius: Command, goog_file: Path) -> None:
    here = aurelius.ok("run", SPEC, "--data", goog_file, "--seed", "7", "--json")
    there = aurelius.ok(
        "run", SPEC, "--data", goog_file, "--server", aurelius.server, "--seed", "7", "--json"
    )

    assert here.out == there.out
    assert here.json["identity"]["seed"] == "7"


def test_a_person_sees_the_same_here_and_there(aurelius: Command, goog_file: Path) -> None:
    here = aurelius.ok("run", SPEC, "--data", goog_file)
    there = aurelius.ok("run", SPEC, "--data", goog_file, "--server", aurelius.server)

    assert here.out == there.out
    assert max(map(len, there.out.splitlines())) <= 100


def test_a_registered_dataset_is_listed_shown_and_run_over(
    aurelius: Command, goog_file: Path
) -> None:
    registered = aurelius.ok(
        "datasets", "register", goog_file, "--name", "goog-daily", "--json"
    ).json

    listed = {dataset["name"] for dataset in aurelius.ok("datasets", "list", "--json").lines}
    shown = aurelius.ok("datasets", "show", "goog-daily", "--json").json
    by_id = aurelius.ok("run", SPEC, "--dataset", "goog-daily", "--json")
    by_name = aurelius.ok("run", SPEC, "--dataset", "datasets/goog-daily", "--json")

    assert registered["name"] == "datasets/goog-daily"
    assert "datasets/goog-daily" in listed
    assert shown == registered
    assert shown["rowCount"] == "2148"
    assert shown["provenance"]["licence"] == PROVENANCE["licence"]
    assert by_id.out == by_name.out
    assert by_id.json["identity"]["dataHash"] == registered["dataHash"]
    assert "goog-daily" in aurelius.ok("datasets", "list").out
    assert registered["dataHash"] in aurelius.ok("datasets", "show", "goog-daily").out


def test_a_file_without_provenance_is_not_registered(
    aurelius: Command, goog_csv: Path, tmp_path: Path
) -> None:
    data = tmp_path / "other.csv"
    shutil.copy(goog_csv, data)
    data.write_text(data.read_text() + "2013-03-02,GOOG,1,1,1,1,1\n")

    line = aurelius.refused(2, "run", SPEC, "--data", data, "--server", aurelius.server)

    assert line.startswith("error: PROVENANCE_MISSING: ")
    assert "other.provenance.json" in line


def test_a_provenance_that_lacks_a_field_is_refused_by_the_server(
    aurelius: Command, goog_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "less.yaml"
    path.write_text(json.dumps({k: v for k, v in PROVENANCE.items() if k != "licence"}))

    line = aurelius.refused(
        2, "datasets", "register", goog_file, "--name", "less", "--provenance", path
    )

    assert line.startswith("error: INVALID_FIELD: provenance.licence")
    assert "DATASET_NOT_FOUND" in aurelius.refused(2, "datasets", "show", "less")


def test_runs_are_listed_and_shown(aurelius: Command, goog_run: str) -> None:
    listed = {run["name"]: run for run in aurelius.ok("runs", "list", "--json").lines}
    shown = aurelius.ok("runs", "show", goog_run, "--json").json

    assert listed[goog_run]["state"] == "STATE_SEALED"
    assert shown == listed[goog_run]
    assert shown["creator"] == "users/admin"
    assert goog_run.removeprefix("runs/") in aurelius.ok("runs", "list").out
    person = aurelius.ok("runs", "show", goog_run.removeprefix("runs/")).out
    assert shown["result"]["resultDigest"] in person
    assert "Sharpe" in person


def test_runs_of_another_dataset_are_left_out(aurelius: Command, goog_run: str) -> None:
    dataset = aurelius.ok("runs", "show", goog_run, "--json").json["dataset"]

    of_it = aurelius.ok("runs", "list", "--dataset", dataset, "--json").lines
    of_another = aurelius.ok("runs", "list", "--dataset", "nothing-here", "--json").lines

    assert goog_run in {run["name"] for run in of_it}
    assert of_another == []


def test_a_replay_is_equal(aurelius: Command, goog_run: str) -> None:
    done = aurelius.ok("runs", "replay", goog_run, "--json").json

    assert done["state"] == "STATE_EQUAL"
    assert done["replayedResultDigest"] == done["sealedResultDigest"]
    assert "state     equal" in aurelius.ok("runs", "replay", goog_run).out


@pytest.mark.parametrize("file_format", ["arrow", "parquet", "csv", "json"])
def test_all_artifacts_are_downloaded_in_every_format(
    aurelius: Command, goog_run: str, tmp_path: Path, file_format: str
) -> None:
    folder = tmp_path / "tables"

    done = aurelius.ok("runs", "artifacts", goog_run, "--output", folder, "--format", file_format)

    names = [f"{name}.{file_format}" for name in sorted(identities.ARTIFACT_IDS)]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert done.out.splitlines() == [str(folder / name) for name in names]


def test_one_artifact_is_downloaded_to_a_file(
    aurelius: Command, goog_run: str, tmp_path: Path
) -> None:
    path = tmp_path / "equity.parquet"

    aurelius.ok("runs", "artifacts", goog_run, "equity", "--output", path, "--format", "parquet")

    listed = {a["name"]: a for a in aurelius.ok("runs", "artifacts", goog_run, "--json").lines}
    assert listed[f"{goog_run}/artifacts/equity"]["rowCount"] == str(len(pq.read_table(path)))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("balances", "--output", "x.csv"), "ARTIFACT_NOT_FOUND"),
        (("fills", "--output", "x.xls", "--format", "xls"), "FORMAT_UNKNOWN"),
        (("fills", "--output", "nothing/x.csv"), "FILE_UNWRITABLE"),
    ],
)
def test_what_cannot_be_downloaded_is_refused(
    aurelius: Command, goog_run: str, arguments: tuple[str, ...], reason: str
) -> None:
    line = aurelius.refused(2, "runs", "artifacts", goog_run, *arguments)

    assert line.startswith(f"error: {reason}: ")


def test_parity_holds_through_every_door(aurelius: Command, goog_file: Path) -> None:
    done = aurelius.ok("parity", SPEC, "--data", goog_file, "--json").json

    assert done["equal"] is True
    assert list(done["compared"]) == sorted(
        ["run", "result digest", "result text", *identities.ARTIFACT_IDS]
    )
    for values in done["compared"].values():
        assert sorted(values) == ["REST", "SDK", "gRPC", "in-process"]
        assert len(set(values.values())) == 1


def test_parity_fits_eighty_columns(aurelius: Command, goog_file: Path) -> None:
    shown = aurelius.ok("parity", SPEC, "--data", goog_file).out.splitlines()

    assert max(len(line.rstrip()) for line in shown[:-1]) <= 80
    assert shown[-1].startswith("equal through 4 doors: sha256:")
    assert sum(line.rstrip().endswith("yes") for line in shown) == 3 + len(identities.ARTIFACT_IDS)


def test_a_door_that_gives_something_else_is_named(
    aurelius: Command,
    goog_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def tampering(question: doors.Question) -> doors.Answer:
        answer = doors.over_rest(question)
        answer.result.metrics[0].value += 1e-9
        fills = {"fills": "sha256:" + "0" * 64}
        return doors.Answer(result=answer.result, artifacts={**answer.artifacts, **fills})

    monkeypatch.setitem(doors.DOORS, "REST", tampering)
    monkeypatch.setenv("AURELIUS_SERVER", aurelius.server)
    monkeypatch.setenv("AURELIUS_TOKEN", aurelius.token)
    monkeypatch.setenv("COLUMNS", "80")

    code = app(["parity", str(SPEC), "--data", str(goog_file)], standalone_mode=False)

    assert code == 1
    shown = capsys.readouterr().out
    assert "different: fills, result text" in shown
    assert shown.count("NO") == 2


BAD_ROWS = {
    "what,is,this\n": "FILE_MALFORMED",
    "2020-01-02,A,1,2,1,nan,5\n": "PRICE_NOT_FINITE",
    "2020-01-02,A,1,0.5,1,1,5\n": "HIGH_BELOW_LOW",
    "2020-01-02,A,0,2,0,1,5\n": "PRICE_NOT_POSITIVE",
    "2020-01-02,A,1,2,1,3,5\n": "PRICE_OUTSIDE_RANGE",
    "2020-01-02,A,1,2,1,1,-5\n": "VOLUME_NEGATIVE",
    "2020-01-01,A,1,2,1,1,5\n": "DUPLICATE_BAR",
    "soon,A,1,2,1,1,5\n": "FILE_MALFORMED",
}


@pytest.mark.parametrize(("row", "reason"), BAD_ROWS.items())
def test_a_bad_file_is_refused_alike_here_and_there(
    aurelius: Command, tmp_path: Path, row: str, reason: str
) -> None:
    data = tmp_path / "bad.csv"
    data.write_text(f"time,symbol,open,high,low,close,volume\n2020-01-01,A,1,2,1,1,5\n{row}")
    data.with_name("bad.provenance.json").write_text(json.dumps(PROVENANCE))

    here = aurelius.refused(2, "run", SPEC, "--data", data)
    there = aurelius.refused(2, "run", SPEC, "--data", data, "--server", aurelius.server)

    assert here.startswith(f"error: {reason}: ")
    assert there == here


BAD_SPECS = {
    "INVALID_FIELD": {"initialCash": -1},
    "LOOKBACK_TOO_LONG": {"strategy": {"trendFollowing": {"slowBars": 5000}}},
    "SYMBOL_UNKNOWN": {"symbols": ["TSLA"]},
    "CALENDAR_MISMATCH": {"calendar": "XLON"},
    "WINDOW_REVERSED": {"startTime": "2012-01-01T00:00:00Z", "endTime": "2010-01-01T00:00:00Z"},
    "WINDOW_EMPTY": {"startTime": "2030-01-01T00:00:00Z"},
    "UNKNOWN_FIELD": {"colour": "red"},
    "UNKNOWN_STRATEGY_PARAMETER": {"strategy": {"trendFollowing": {"slwBars": 20}}},
}


@pytest.mark.parametrize(("reason", "change"), BAD_SPECS.items())
def test_a_bad_specification_is_refused_alike_here_and_there(
    aurelius: Command, goog_file: Path, tmp_path: Path, reason: str, change: dict[str, Any]
) -> None:
    good = {"strategy": {"trendFollowing": {"fastBars": 10, "slowBars": 20}}, "calendar": "XNYS"}
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(good | change))

    here = aurelius.refused(2, "run", spec, "--data", goog_file)
    there = aurelius.refused(2, "run", spec, "--data", goog_file, "--server", aurelius.server)

    assert here.startswith(f"error: {reason}: ")
    # Only the name of the data differs: a file here, a dataset there.
    assert there.split(" (found ")[1] == here.split(" (found ")[1]
    assert there.startswith(f"error: {reason}: ")
