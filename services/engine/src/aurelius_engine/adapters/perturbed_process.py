"""Executions in a process of their own, whose surroundings are not the engine's.

docs/specs/determinism.md, section 6.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from aurelius_engine.adapters import perturbed_worker as worker
from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.application.errors import ReplayDied, ReplayTimeout
from aurelius_engine.application.perturbed_execution import Executed
from aurelius_engine.domain.errors import EngineError, RunCancelled
from aurelius_engine.domain.identity import RunIdentity
from aurelius_engine.domain.market_table import MarketTable

_ASKED_EVERY_SECONDS = 0.05
_END_MAX_SECONDS = 5.0
# As POSIX writes a zone, so that none needs a table of zones: of Manila, of Lord Howe
# with its half hour of summer time, and of St John's.
_ZONES = (
    "<+08>-8",
    "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0/2",
    "<-0330>3:30<-0230>,M3.2.0,M11.1.0",
)
_LOCALES = ("C", "C.UTF-8")
_THREADS = ("1", "2", "3", "4")
_THREADED = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
# What else of the engine's environment its worker gets: where code and its cache are, and
# what the code is compiled for. No address, and no secret.
_INHERITED = ("GLIBC_TUNABLES", "HOME", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "XDG_CACHE_HOME")
_INHERITED_PREFIXES = ("MKL_", "NPY_", "NUMBA_", "OMP_", "OPENBLAS_")


class WorkerBroke(RuntimeError):
    """The process ended by an error of the engine, whose traceback this has."""


class PerturbedProcess:
    """Implements the port `PerturbedExecution`."""

    def __init__(self, max_seconds: float, module: str = worker.__name__) -> None:
        """Takes how long one execution may last, and the module that a process runs."""
        self._max_seconds, self._module = max_seconds, module
        self._files = ArrowTables()

    def perturbations(self, key: str) -> tuple[str, ...]:
        """See the port."""
        drawn = hashlib.sha256(b"aurelius.replay-environment.v1\n" + key.encode()).digest()
        seed = int.from_bytes(drawn[:4], "little")
        if os.environ.get("PYTHONHASHSEED") == str(seed):
            seed ^= 1
        spoken = (os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
        ours = next((name for name in spoken if name), "C")
        found = {
            "LC_ALL": _another(_LOCALES, "C.UTF-8" if "UTF" in ours.upper() else "C", drawn[4]),
            # glibc fills memory with it, so that nobody reads what another has left.
            "MALLOC_PERTURB_": str(1 + drawn[5] % 255),
            "PYTHONHASHSEED": str(seed),
            "TZ": _another(_ZONES, os.environ.get("TZ", ""), drawn[6]),
        }
        for place, name in enumerate(_THREADED, 7):
            threads = os.environ.get(name, str(os.cpu_count()))
            found[name] = _another(_THREADS, threads, drawn[place])
        return tuple(f"{name}={value}" for name, value in sorted(found.items()))

    def execute(
        self,
        document: Mapping[str, Any],
        table: MarketTable,
        should_stop: Callable[[], bool],
        *,
        seed: int,
        perturbations: tuple[str, ...],
    ) -> Executed:
        """See the port."""
        with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answer:
            request = {"document": document, "seed": str(seed)}
            worker.write_frame(asked, json.dumps(request).encode())
            worker.write_frame(asked, self._files.encode_market(table))
            asked.seek(0)
            with self._process(asked, answer, perturbations) as process:
                _await(process, self._max_seconds, should_stop)
            if process.returncode:
                raise _died(process.returncode)
            answer.seek(0)
            return self._read(answer)

    @contextmanager
    def _process(
        self, asked: BinaryIO, answer: BinaryIO, perturbations: tuple[str, ...]
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Starts a process, and ends it whatever happens."""
        followed, held = os.pipe()
        try:
            try:
                process = subprocess.Popen(
                    [
                        *(sys.executable, "-s", "-P", "-m", self._module),
                        *(str(answer.fileno()), str(followed)),
                    ],
                    stdin=asked,
                    stdout=subprocess.DEVNULL,
                    env=_environment(perturbations),
                    pass_fds=(answer.fileno(), followed),
                    start_new_session=True,
                )
            finally:
                os.close(followed)
            try:
                yield process
            finally:
                os.close(held)
                held = -1
                # It ends a plug-in's process before its own.
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_END_MAX_SECONDS)
                process.kill()
                process.wait()
        finally:
            if held != -1:
                os.close(held)

    def _read(self, answer: BinaryIO) -> Executed:
        try:
            head = json.loads(worker.read_frame(answer))
            if worker.BROKE in head:
                raise WorkerBroke(head[worker.BROKE])
            if worker.REFUSAL in head:
                raise _refusal(head)
            tables = {
                name: self._files.decode(worker.read_frame(answer)) for name in head[worker.TABLES]
            }
        except EOFError:
            raise ReplayDied(
                "the process of the replay ended before its answer did",
                found="a part of an answer",
                allowed="the whole answer",
            ) from None
        said = head[worker.IDENTITY]
        return Executed(
            identity=RunIdentity(
                spec_hash=said["specHash"],
                data_hash=said["dataHash"],
                seed=int(said["seed"]),
                engine_version=said["engineVersion"],
            ),
            tables=tables,
            digests=head[worker.DIGESTS],
        )


def _another(values: tuple[str, ...], ours: str, drawn: int) -> str:
    """Returns a value that is not the engine's own."""
    others = [value for value in values if value != ours]
    return others[drawn % len(others)]


def _environment(perturbations: tuple[str, ...]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
    }
    path = os.pathsep.join(place for place in sys.path if place)
    return kept | {"PYTHONPATH": path} | dict(item.split("=", 1) for item in perturbations)


def _await(
    process: subprocess.Popen[bytes], max_seconds: float, should_stop: Callable[[], bool]
) -> None:
    deadline = time.monotonic() + max_seconds
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_ASKED_EVERY_SECONDS)
            return
        if should_stop():
            raise RunCancelled("the engine stops")
        if time.monotonic() > deadline:
            raise ReplayTimeout(
                f"the replay was not done after {max_seconds:g} s",
                found=f"more than {max_seconds:g}",
                allowed=max_seconds,
            )


def _died(code: int) -> ReplayDied:
    ending = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return ReplayDied(
        f"the process of the replay ended with {ending}", found=ending, allowed="exit code 0"
    )


def _refusal(head: Mapping[str, Any]) -> EngineError:
    """Returns the refusal that the process raised, of its own class."""
    kind = {found.__name__: found for found in _kinds(EngineError)}[head[worker.REFUSAL]]
    refusal = kind.__new__(kind)
    EngineError.__init__(refusal, head[worker.MESSAGE], **head[worker.FACTS])
    return refusal


def _kinds(kind: type[EngineError]) -> Iterator[type[EngineError]]:
    yield kind
    for inner in kind.__subclasses__():
        yield from _kinds(inner)
