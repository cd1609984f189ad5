"""Ports: free ones, and the check that those asked for are free."""

import contextlib
import random
import socket
from collections.abc import Iterable, Mapping

from aurelius_client.suite.refusals import PortInUse
from aurelius_client.suite.topology import LOOPBACK

# Below the range from which systems take the ports of outgoing connections, so that
# none of those can take a port between its choice and its use.
_FREE_RANGE = range(20_000, 32_000)


def free_ports(parts: Iterable[str]) -> dict[str, int]:
    """Returns a free port for each part, all different."""
    wanted = list(parts)
    found: dict[str, int] = {}
    with contextlib.ExitStack() as held:
        for port in random.SystemRandom().sample(_FREE_RANGE, len(_FREE_RANGE)):
            if len(found) == len(wanted):
                break
            listener = held.enter_context(socket.socket())
            if _bound(listener, port):
                found[wanted[len(found)]] = port
    if len(found) < len(wanted):
        raise PortInUse(wanted[len(found)], _FREE_RANGE.start)
    return found


def refuse_used(ports: Mapping[str, int]) -> None:
    """Raises: PortInUse: Somebody listens on one of the ports."""
    for part, port in ports.items():
        with socket.socket() as listener:
            # As a server does: a port whose connections are just ending counts as free.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if not _bound(listener, port):
                raise PortInUse(part, port)


def _bound(listener: socket.socket, port: int) -> bool:
    try:
        listener.bind((LOOPBACK, port))
    except OSError:
        return False
    return True
