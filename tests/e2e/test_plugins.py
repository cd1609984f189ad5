"""A plug-in through the command: one result whatever the settings, one line when refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

SPEC = {
    "strategy": {"plugin": {"name": "skip_momentum", "parameters": {"lookback_bars": 63}}},
    "calendar": "XNYS",
}
SETTINGS = (
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Manila", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": "C.UTF-8"},
)


def run(spec: object, data: Path, folder: Path, **environment: str) -> tuple[int, str, str]:
    path = folder / "spec.json"
    path.write_text(json.dumps(spec))
    command = [sys.executable, "-m", "aurelius_client.cli.main", "run", str(path)]
    done = subprocess.run(
        [*command, "--data", str(data), "--json"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_example_gives_one_result_in_every_process(goog_csv: Path, tmp_path: Path) -> None:
    results = [run(SPEC, goog_csv, tmp_path, **setting) for setting in SETTINGS]

    assert [code for code, _, _ in results] == [0, 0], results
    first, second = (json.loads(out) for _, out, _ in results)
    assert first == second
    assert "experimental" in first["labels"]


def test_a_plugin_that_is_not_installed_is_one_line(goog_csv: Path, tmp_path: Path) -> None:
    spec = SPEC | {"strategy": {"plugin": {"name": "absent"}}}

    code, out, err = run(spec, goog_csv, tmp_path)

    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("error: PLUGIN_NOT_FOUND")
    assert "found absent; allowed skip_momentum" in line
