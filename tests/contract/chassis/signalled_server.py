"""A server in a process of its own, to be signalled. Prints a line for all that it does.

With `interrupted` it also signals itself, at every call of its main thread once it serves,
so that a handler interrupts the main thread wherever it can, also while that holds a lock.
"""

import os
import signal
import sys
from typing import Any

from aurelius_chassis.errors import ErrorTable
from aurelius_chassis.jwks import Authenticator, KeySource
from aurelius_chassis.server import Server, ServerOptions, build_server

# Longer than any test waits: only a second signal ends the wait for health checks.
DRAIN_SECONDS = 3600.0
SIGNALS_MAX = 2000


class Interrupted(Server):
    """A server whose main thread gets a signal at every call that it makes."""

    def start(self) -> None:
        """Starts, and lets the signals come."""
        super().start()
        left = iter(range(SIGNALS_MAX))

        def interrupt(*_: Any) -> None:
            if next(left, None) is not None:
                os.kill(os.getpid(), signal.SIGTERM)

        sys.setprofile(interrupt)


class Announced(Server):
    """A server that prints that it serves, stops and hurries."""

    def start(self) -> None:
        """Starts, and says so."""
        super().start()
        print("serving", flush=True)

    def stop(self, grace_seconds: float | None = None) -> None:
        """Says so, and stops."""
        print("stopping", flush=True)
        super().stop(grace_seconds)

    def hurry(self) -> None:
        """Says so, and hurries."""
        print("hurrying", flush=True)
        super().hurry()


def main(kind: str) -> None:
    """Serves until it is asked to stop."""
    server = build_server(
        [],
        options=ServerOptions(service="double", listen="127.0.0.1:0", drain_seconds=DRAIN_SECONDS),
        errors=ErrorTable("double.aurelius.dev", {}),
        authenticator=Authenticator(KeySource(lambda: b"")),
    )
    server.__class__ = {"announced": Announced, "interrupted": Interrupted}[kind]
    server.run_until_signal()
    sys.setprofile(None)


if __name__ == "__main__":
    main(*sys.argv[1:])
