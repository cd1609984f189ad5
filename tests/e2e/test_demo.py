"""`make demo` stopped by the person who started it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.conftest import REPOSITORY

WAIT_SECONDS = 60
STOPPED = "stopped by the person at the terminal; nothing is kept\n"
STOPPING = """
import runpy, sys

class Stop:
    def find_spec(self, name, *more):
        if name == "aurelius_client":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Stop())
runpy.run_path("tools/demo.py", run_name="__main__")
"""


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env=os.environ | {"TMPDIR": str(folder), "PYTHONPATH": str(REPOSITORY / "tools")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_stop_in_the_first_moments_is_one_line(tmp_path: Path) -> None:
    with start(tmp_path, "-c", STOPPING) as demo:
        said = demo.communicate(timeout=WAIT_SECONDS)

    assert (demo.returncode, said) == (130, ("", STOPPED))


def test_a_stop_in_the_story_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    with start(tmp_path, "tools/demo.py") as demo:
        assert demo.stdout is not None
        first = demo.stdout.readline()
        parts = psutil.Process(demo.pid).children(recursive=True)
        demo.send_signal(signal.SIGINT)
        _, errors = demo.communicate(timeout=WAIT_SECONDS)
    _, alive = psutil.wait_procs(parts, timeout=WAIT_SECONDS)

    assert "the suite is up" in first
    assert len(parts) >= 4
    assert (demo.returncode, errors) == (130, STOPPED)
    assert alive == []
    assert list(tmp_path.iterdir()) == []
