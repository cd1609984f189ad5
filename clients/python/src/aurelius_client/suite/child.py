"""One process of the suite."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from aurelius_client.suite import die_with_parent

_LAST_LINES = 12


@dataclass(frozen=True, slots=True)
class Ended:
    """A process ended."""

    part: str
    exit_code: int


# The end of a part, or the number of a signal by which somebody asks the suite to stop.
Event = Ended | int


class Child:
    """A process that writes to a log file and says on a queue that it ended.

    Start it from the main thread: the system ends it with the thread that started it.
    """

    def __init__(
        self,
        part: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        events: "SimpleQueue[Event]",
        hold: int,
    ) -> None:
        """Starts the process.

        Args:
            part: What it is.
            command: The path of the program, and its arguments.
            environment: Its whole environment.
            log: The file that both its outputs are appended to.
            events: Where its end is announced.
            hold: A descriptor that it keeps open, which holds the home folder.
        """
        self.part, self.log = part, log
        wrapped = [sys.executable, "-S", "-E", die_with_parent.__file__, str(os.getpid()), *command]
        with log.open("ab") as output:
            self._began_at = output.tell()
            self._process = subprocess.Popen(
                wrapped,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(hold,),
                # A Ctrl-C in the terminal reaches the suite alone, which stops all in order.
                process_group=0,
            )
        self._ended = threading.Event()
        threading.Thread(
            target=self._wait, args=(events,), name=f"wait-{part}", daemon=True
        ).start()

    @property
    def pid(self) -> int:
        """Returns the process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return not self._ended.is_set()

    def ask_to_stop(self) -> None:
        """Sends SIGTERM, unless it ended."""
        self._send(signal.SIGTERM)

    def wait(self, seconds: float) -> None:
        """Waits for the end, and kills what is still there afterwards."""
        if not self._ended.wait(seconds):
            self._send(signal.SIGKILL)
            self._ended.wait()

    def last_lines(self) -> list[str]:
        """Returns the last lines that it logged."""
        with self.log.open(encoding="utf-8", errors="replace") as lines:
            lines.seek(self._began_at)
            return [line.rstrip("\n") for line in deque(lines, maxlen=_LAST_LINES)]

    def _send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def _wait(self, events: "SimpleQueue[Event]") -> None:
        exit_code = self._process.wait()
        self._ended.set()
        events.put(Ended(self.part, exit_code))
