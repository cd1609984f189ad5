"""From the command's options and environment to a client of a server."""

import os
import socket
import sys
import time
from typing import TYPE_CHECKING

from aurelius_client.cli import tokens
from aurelius_client.errors import Unauthenticated
from aurelius_client.targets import DEFAULT_SERVER, Target, parse_target

if TYPE_CHECKING:
    from aurelius_client.client import Client

_ANSWER_SECONDS = 2.0


def target_of(server: str | None) -> Target:
    """Returns the server that was named, by option or environment, or that of `aurelius up`."""
    text = server or os.environ.get("AURELIUS_SERVER") or DEFAULT_SERVER
    return parse_target(text, insecure=is_insecure())


def is_insecure() -> bool:
    """Whether a plain connection to another machine is allowed."""
    return os.environ.get("AURELIUS_INSECURE") == "1"


def token_of(target: Target) -> str:
    """Returns the token to send: of AURELIUS_TOKEN, of `aurelius login`, or of AURELIUS_API_KEY.

    Raises:
        Unauthenticated: There is none, or it ended.
    """
    given = os.environ.get("AURELIUS_TOKEN")
    if given:
        return given
    key = os.environ.get("AURELIUS_API_KEY")
    if key:
        with anonymous(target) as client:
            return client.exchange_api_key(key).access_token
    kept = tokens.stored(target.url)
    if kept is None:
        raise Unauthenticated(
            "UNAUTHENTICATED",
            f"you are not logged in to {target.url}",
            found="no token",
            allowed=f"aurelius login --server {target.url}",
        )
    if kept.expires <= time.time():
        raise Unauthenticated(
            "UNAUTHENTICATED",
            f"your login to {target.url} as {kept.user} ended",
            found="an old token",
            allowed=f"aurelius login --server {target.url}",
        )
    return kept.token


def anonymous(target: Target) -> "Client":
    """Returns a client without a token."""
    from aurelius_client.client import Client

    say_when_silent(target)
    return Client(target.url, insecure=is_insecure())


def connect(server: str | None) -> "Client":
    """Returns a client with the person's token.

    Raises:
        AureliusError: The server or the token is not usable.
    """
    from aurelius_client.client import Client

    target = target_of(server)
    token = token_of(target)
    say_when_silent(target)
    return Client(target.url, token=token, insecure=is_insecure())


def say_when_silent(target: Target) -> None:
    """Tells a person that nothing answers at a server: a call waits a minute for it."""
    if not sys.stderr.isatty():
        return
    try:
        socket.create_connection((target.host, target.port), timeout=_ANSWER_SECONDS).close()
    except OSError as error:
        print(
            f"nothing answers at {target.url} ({error.strerror or error}): waiting for a minute; "
            "`aurelius up` starts a suite on this machine",
            file=sys.stderr,
        )
