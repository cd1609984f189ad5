"""Workers of replays that a test writes: the one that ships, changed by a few lines."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from aurelius_engine.adapters import perturbed_process
from aurelius_engine.adapters.perturbed_process import PerturbedProcess
from aurelius_engine.parts import Parts
from tests.contract.engine.executions import WAIT_SECONDS

MODULE = "written_worker"
Write = Callable[[str], None]


@pytest.fixture
def write_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Returns what writes the worker: lines that run before it answers."""

    def write(lines: str) -> None:
        head = "from aurelius_engine.adapters import perturbed_worker as worker\n"
        source = head + dedent(lines) + "\nworker.main()\n"
        (tmp_path / f"{MODULE}.py").write_text(source)
        if str(tmp_path) not in sys.path:
            monkeypatch.syspath_prepend(str(tmp_path))

    return write


class Processes(list[subprocess.Popen[bytes]]):
    """The processes of replays that were started."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Semaphore(0)

    def wait_begun(self) -> None:
        assert self.begun.acquire(timeout=WAIT_SECONDS)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Processes:
    started = Processes()

    def start(*arguments: Any, **named: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **named))
        started.begun.release()
        return started[-1]

    popen = subprocess.Popen
    monkeypatch.setattr(perturbed_process.subprocess, "Popen", start)
    return started


def written(max_seconds: float) -> PerturbedProcess:
    """Replays by the worker that a test wrote."""
    return PerturbedProcess(max_seconds, MODULE)


PARTS = Parts(perturbed=written)
