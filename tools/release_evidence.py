"""Writes what a release rests on, or refuses: docs/specs/release_evidence.md.

`--check` reads evidence that was written before, and refuses what it no longer holds for.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from calibration_report import TARGET, rate
from check_breaking import RELEASED, build
from gate_definition import ROOT, gate_definition

from aurelius_engine.adapters.package_files import installed_engine_version

FORMAT = "aurelius.release_evidence.v1"
REPORT = Path("docs/reports/gate_calibration.json")
EVIDENCE = Path("dist/release_evidence.json")
REPORT_MAX_AGE = timedelta(days=30)
EVIDENCE_MAX_AGE = timedelta(days=1)
# The arms that have to stay below the target, and the fewest strategies of each.
BOUND_ARMS: Mapping[str, int] = {"alone": 5_000, "searched": 500}


class ReleaseRefused(Exception):
    """What a release would rest on is missing, damaged, old or not good enough."""


def calibration(report: Path, *, gate: str, today: date) -> dict[str, Any]:
    """Returns what a release states of the calibration of the gate.

    Args:
        report: What `make calibration` wrote.
        gate: The digest of the gate that is released.
        today: From which the age of the report counts.

    Raises:
        ReleaseRefused: With what was found and what is allowed.
    """
    content = _read(report, "run `make calibration`")
    document = _object(content, report)
    measured = _field(document, "measuredDate", str, report)
    definition = _field(document, "gateDefinition", str, report)
    version = _field(document, "engineVersion", str, report)
    arms = _field(document, "skillLess", dict, report)
    _require_age(report, today - _day(measured, report), REPORT_MAX_AGE)
    if definition != gate:
        raise ReleaseRefused(f"{report}: measured the gate {definition}, not {gate}")
    promoted = {name: _promoted(arm, name, report) for name, arm in arms.items()}
    for name, least in BOUND_ARMS.items():
        if name not in promoted:
            raise ReleaseRefused(f"{report}: has no strategies {name}")
        if promoted[name]["of"] < least:
            raise ReleaseRefused(
                f"{report}: {name}: {promoted[name]['of']} strategies; at least {least} allowed"
            )
        if promoted[name]["upper"] >= TARGET:
            raise ReleaseRefused(
                f"{report}: {name}: promoted up to {promoted[name]['upper']}; "
                f"below {TARGET} allowed"
            )
    return {
        "reportDigest": _sha256(content),
        "engineVersion": version,
        "gateDefinition": definition,
        "measuredDate": measured,
        "promoted": promoted,
    }


def _promoted(arm: object, name: str, report: Path) -> Mapping[str, Any]:
    """Returns the rate of an arm, its interval computed again from its counts."""
    stated = arm.get("promoted") if isinstance(arm, dict) else None
    if not isinstance(stated, dict):
        raise ReleaseRefused(f"{report}: {name}: no rate of promotion")
    count, of = (_field(stated, key, int, report) for key in ("count", "of"))
    if not 0 <= count <= of or of < 1:
        raise ReleaseRefused(f"{report}: {name}: {count} of {of} promoted")
    found = rate(count, of)
    if stated != found:
        raise ReleaseRefused(f"{report}: {name}: states {stated}; {count} of {of} are {found}")
    return found


def collect(root: Path, now: datetime) -> dict[str, Any]:
    """Returns the evidence for the commit that a tree is at.

    Raises:
        ReleaseRefused: Anything is missing or does not hold.
    """
    commit = _committed(root)
    released = _read(root / RELEASED, "run `python tools/check_breaking.py --release`")
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "contract.binpb"
        build(root, image)
        if image.read_bytes() != released:
            raise ReleaseRefused(f"{RELEASED}: is not the contract in protos/")
    return {
        "format": FORMAT,
        "writtenTime": now.isoformat(timespec="seconds"),
        "commit": commit,
        "engineVersion": installed_engine_version(),
        "contractDigest": _sha256(released),
        "calibration": calibration(root / REPORT, gate=gate_definition(root), today=now.date()),
    }


def check(evidence: Path, root: Path, now: datetime) -> None:
    """Refuses evidence that is old, or not what the tree would be given now.

    Raises:
        ReleaseRefused: With what differs.
    """
    content = _read(evidence, "run `make release-evidence`")
    stated = _object(content, evidence)
    written = _moment(_field(stated, "writtenTime", str, evidence), evidence)
    _require_age(evidence, now - written, EVIDENCE_MAX_AGE)
    found = collect(root, written)
    calibration(root / REPORT, gate=found["calibration"]["gateDefinition"], today=now.date())
    for key in sorted(stated.keys() | found.keys()):
        if stated.get(key) != found.get(key):
            raise ReleaseRefused(f"{evidence}: {key} is {stated.get(key)}; found {found.get(key)}")


def _committed(root: Path) -> str:
    """Returns the commit, refusing a tree that differs from it."""
    changed = _git(root, "status", "--porcelain")
    if changed:
        raise ReleaseRefused(f"{root}: not committed: {changed.splitlines()[0].strip()}")
    return _git(root, "rev-parse", "HEAD").strip()


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ReleaseRefused(f"{root}: git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def _read(path: Path, remedy: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise ReleaseRefused(f"{path}: missing; {remedy}") from None


def _object(content: bytes, path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(content, parse_constant=_no_constant)
    except ValueError as error:
        raise ReleaseRefused(f"{path}: no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ReleaseRefused(f"{path}: a JSON object is allowed")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _field(document: Mapping[str, Any], name: str, kind: type, path: Path) -> Any:
    found = document.get(name)
    if type(found) is not kind or found in ("", {}):
        raise ReleaseRefused(f"{path}: {name} is {found!r}; a {kind.__name__} is allowed")
    return found


def _day(text: str, path: Path) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ReleaseRefused(f"{path}: {text!r} is no date") from None


def _moment(text: str, path: Path) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ReleaseRefused(f"{path}: {text!r} is no time") from None
    if found.tzinfo is None:
        raise ReleaseRefused(f"{path}: {text!r} has no time zone")
    return found


def _require_age(path: Path, age: timedelta, most: timedelta) -> None:
    if not timedelta() <= age <= most:
        raise ReleaseRefused(f"{path}: is {age.days} days old; 0 to {most.days} are allowed")


def _sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes or checks evidence; a refusal leaves none behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the source tree")
    parser.add_argument("--check", action="store_true", help="read evidence, and write nothing")
    given = parser.parse_args(arguments)
    evidence, now = given.root / EVIDENCE, datetime.now(UTC)
    try:
        if given.check:
            check(evidence, given.root, now)
        else:
            evidence.unlink(missing_ok=True)
            document = collect(given.root, now)
            evidence.parent.mkdir(parents=True, exist_ok=True)
            evidence.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n")
    except ReleaseRefused as refusal:
        print(f"no release: {refusal}", file=sys.stderr)
        return 1
    print(evidence)
    return 0


if __name__ == "__main__":
    sys.exit(main())
