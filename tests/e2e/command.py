"""Runs `aurelius` as a person at a terminal-less shell would."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROVENANCE = {
    "provider": "backtesting 0.6",
    "venue": "US listed equities",
    "calendar": "XNYS",
    "timeZone": "America/New_York",
    "adjustment": "ADJUSTMENT_RAW",
    "dataClass": "DATA_CLASS_REAL",
    "fidelityTier": "FIDELITY_TIER_BARS",
    "latencyClass": "end_of_day",
    "asOfTime": "2013-03-01T00:00:00Z",
    "licence": "AGPL-3.0",
    "source": "backtesting/test/GOOG.csv",
    "untransformed": True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The command with an environment of its own."""

    folder: Path
    server: str = ""
    token: str = ""

    def __call__(self, *arguments: str | Path, **variables: str) -> Done:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("AURELIUS_")
        }
        environment |= {"XDG_CONFIG_HOME": str(self.folder / "settings"), "COLUMNS": "80"}
        if self.server:
            environment["AURELIUS_SERVER"] = self.server
        if self.token:
            environment["AURELIUS_TOKEN"] = self.token
        done = subprocess.run(
            [sys.executable, "-m", "aurelius_client.cli.main", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environment | variables,
            timeout=240,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def ok(self, *arguments: str | Path, **variables: str) -> Done:
        done = self(*arguments, **variables)
        assert done.code == 0, done.err
        assert done.err == ""
        return done

    def refused(self, code: int, *arguments: str | Path, **variables: str) -> str:
        """Returns the one line of a refusal."""
        done = self(*arguments, **variables)
        assert (done.code, done.out) == (code, ""), done
        (line,) = done.err.splitlines()
        assert line.startswith("error: "), line
        return line


def write_goog(folder: Path, goog_csv: Path) -> Path:
    """Returns a copy of the GOOG file with its provenance beside it."""
    data = folder / "goog.csv"
    data.write_bytes(goog_csv.read_bytes())
    data.with_name("goog.provenance.json").write_text(json.dumps(PROVENANCE))
    return data
