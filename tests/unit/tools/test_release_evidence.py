"""Release evidence is written by a machine, and refused for anything that does not hold."""

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import release_evidence
from calibration_report import rate
from gate_definition import FILES, gate_definition
from release_evidence import EVIDENCE, REPORT, ReleaseRefused, calibration, check, collect

from aurelius_engine.adapters.package_files import installed_engine_version
from tests.conftest import REPOSITORY

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
GATE = "sha256:" + "a" * 64


def report(gate: str = GATE) -> dict[str, Any]:
    """A report of a calibration that a release may rest on."""
    arms = {"alone": (30, 5000), "searched": (0, 500), "alone_cheap": (60, 5000)}
    return {
        "measuredDate": "2026-11-20",
        "engineVersion": "0.1.0+0123456789ab",
        "gateDefinition": gate,
        "skillLess": {name: {"promoted": rate(*counts)} for name, counts in arms.items()},
    }


def written(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def test_a_good_report_is_stated_with_its_rate_interval_and_digest(tmp_path: Path) -> None:
    path = written(tmp_path / "report.json", report())

    found = calibration(path, gate=GATE, today=TODAY)

    assert found["promoted"]["alone"] == rate(30, 5000)
    assert found["promoted"]["alone_cheap"]["upper"] > 0.01
    assert found["engineVersion"] == "0.1.0+0123456789ab"
    path.write_text(path.read_text() + "\n")
    assert calibration(path, gate=GATE, today=TODAY)["reportDigest"] != found["reportDigest"]


Change = Callable[[dict[str, Any]], object]
REFUSED: dict[str, tuple[Change, str]] = {
    "no JSON": (lambda _: "{", "no JSON"),
    "no object": (lambda _: "[]", "a JSON object"),
    "no number": (lambda _: '{"skillLess": NaN}', "no number of JSON"),
    "no date": (lambda it: it.pop("measuredDate") and it, "measuredDate is None"),
    "a wrong date": (lambda it: it | {"measuredDate": "soon"}, "'soon' is no date"),
    "an old one": (lambda it: it | {"measuredDate": "2026-10-25"}, "31 days old"),
    "one of tomorrow": (lambda it: it | {"measuredDate": "2026-11-26"}, "-1 days old"),
    "no gate": (lambda it: it.pop("gateDefinition") and it, "gateDefinition is None"),
    "another gate": (lambda it: it | {"gateDefinition": "sha256:0"}, "measured the gate sha256:0"),
    "no version": (lambda it: it | {"engineVersion": ""}, "engineVersion is ''"),
    "no arms": (lambda it: it | {"skillLess": {}}, "skillLess is {}"),
    "an arm of text": (lambda it: promoted(it, "alone", "0 of 5000"), "no rate"),
    "an arm missing": (lambda it: it["skillLess"].pop("searched") and it, "no strategies searched"),
    "few strategies": (lambda it: promoted(it, "alone", rate(0, 4999)), "4999 strategies"),
    "few searched": (lambda it: promoted(it, "searched", rate(0, 499)), "499 strategies"),
    # 36 of 5000 are 0.72 %, and up to 0.995 %; 37 are up to 1.018 %.
    "one too many": (lambda it: promoted(it, "alone", rate(37, 5000)), "promoted up to 0.010"),
    "one searched": (lambda it: promoted(it, "searched", rate(1, 500)), "promoted up to 0.011"),
    "an edited interval": (
        lambda it: promoted(it, "alone", rate(60, 5000) | {"upper": 0.009}),
        "60 of 5000 are",
    ),
    "more than all": (
        lambda it: promoted(it, "alone", rate(0, 5000) | {"count": 5001}),
        "5001 of 5000",
    ),
    "half a strategy": (
        lambda it: promoted(it, "alone", rate(0, 5000) | {"count": 0.5}),
        "count is 0.5",
    ),
}


def promoted(document: dict[str, Any], arm: str, found: object) -> dict[str, Any]:
    document["skillLess"][arm]["promoted"] = found
    return document


@pytest.mark.parametrize("name", REFUSED)
def test_a_report_that_does_not_hold_is_refused(name: str, tmp_path: Path) -> None:
    change, reason = REFUSED[name]
    path = written(tmp_path / "report.json", change(report()))

    with pytest.raises(ReleaseRefused) as refusal:
        calibration(path, gate=GATE, today=TODAY)

    assert reason in str(refusal.value)


def test_a_missing_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseRefused, match="missing; run `make calibration`"):
        calibration(tmp_path / "report.json", gate=GATE, today=TODAY)


def test_the_most_that_passes_is_just_below_the_target(tmp_path: Path) -> None:
    path = written(tmp_path / "report.json", promoted(report(), "alone", rate(36, 5000)))

    assert calibration(path, gate=GATE, today=TODAY)["promoted"]["alone"]["upper"] < 0.01


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with a contract and a good report, all of it committed."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copy(REPOSITORY / "buf.yaml", root)
    for folder in ("protos", "third_party"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    for path in sorted({path for pattern in FILES for path in REPOSITORY.glob(pattern)}):
        target = root / path.relative_to(REPOSITORY)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    written(root / ".gitignore", "dist/\n")
    written(root / REPORT, report(gate_definition(root)))
    git(root, "init", "-q")
    commit(root)
    return root


@pytest.fixture
def tree(committed: Path, tmp_path: Path) -> Path:
    return shutil.copytree(committed, tmp_path / "tree")


def git(root: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(
        ["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "change")


def test_evidence_names_the_commit_the_engine_and_the_contract(tree: Path) -> None:
    found = collect(tree, NOW)

    assert found["commit"] == git(tree, "rev-parse", "HEAD")
    assert found["engineVersion"] == installed_engine_version()
    assert found["writtenTime"] == "2026-11-25T12:00:00+00:00"
    assert found["calibration"]["gateDefinition"] == gate_definition(tree)


@pytest.mark.parametrize("pattern", FILES)
def test_a_change_of_what_judges_asks_for_a_new_calibration(pattern: str, tree: Path) -> None:
    path = sorted(tree.glob(pattern))[-1]
    path.write_text(path.read_text() + "# changed\n")
    commit(tree)

    with pytest.raises(ReleaseRefused, match="measured the gate"):
        collect(tree, NOW)


def test_a_tree_that_differs_from_its_commit_is_refused(tree: Path) -> None:
    written(tree / "new.txt", "new")

    with pytest.raises(ReleaseRefused, match="not committed"):
        collect(tree, NOW)


def test_a_tree_of_no_repository_is_refused(tree: Path) -> None:
    shutil.rmtree(tree / ".git")

    with pytest.raises(ReleaseRefused, match="git status"):
        collect(tree, NOW)


def test_another_contract_than_the_released_one_is_refused(tree: Path) -> None:
    proto = tree / "protos/aurelius/engine/v1/dataset.proto"
    proto.write_text(proto.read_text().replace("max_len: 200", "max_len: 199", 1))
    commit(tree)

    with pytest.raises(ReleaseRefused, match="not the contract in protos"):
        collect(tree, NOW)


def test_no_released_contract_is_refused(tree: Path) -> None:
    (tree / release_evidence.RELEASED).unlink()
    commit(tree)

    with pytest.raises(ReleaseRefused, match=r"contract\.binpb: missing"):
        collect(tree, NOW)


def test_evidence_is_checked_until_it_is_a_day_old_deleted_edited_or_of_another_commit(
    tree: Path,
) -> None:
    evidence = written(tree / EVIDENCE, collect(tree, NOW))
    check(evidence, tree, NOW + timedelta(days=1))

    with pytest.raises(ReleaseRefused, match="1 days old"):
        check(evidence, tree, NOW + timedelta(days=1, seconds=1))
    with pytest.raises(ReleaseRefused, match="-1 days old"):
        check(evidence, tree, NOW - timedelta(seconds=1))
    written(evidence, collect(tree, NOW) | {"engineVersion": "0.1.0+0"})
    with pytest.raises(ReleaseRefused, match="engineVersion is"):
        check(evidence, tree, NOW)
    written(evidence, collect(tree, NOW))
    written(tree / "new.txt", "new")
    commit(tree)
    with pytest.raises(ReleaseRefused, match="commit is"):
        check(evidence, tree, NOW)
    evidence.unlink()
    with pytest.raises(ReleaseRefused, match="missing; run `make release-evidence`"):
        check(evidence, tree, NOW)


def test_a_refusal_leaves_no_evidence_behind(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = written(tree / EVIDENCE, "{}")
    (tree / REPORT).unlink()
    commit(tree)

    assert release_evidence.main(["--root", str(tree)]) == 1

    assert not evidence.exists()
    assert "no release: " in capsys.readouterr().err
