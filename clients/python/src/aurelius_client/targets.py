"""Where a client connects, and whether in the clear."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from aurelius_client.errors import InvalidInput

DEFAULT_SERVER = "http://127.0.0.1:8080"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server's edge: `host:port`, over TLS if `secure`."""

    host: str
    port: int
    secure: bool

    @property
    def address(self) -> str:
        """`host:port`, with an IPv6 host in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address with its scheme."""
        return f"{'https' if self.secure else 'http'}://{self.address}"


def parse_target(text: str, *, insecure: bool = False) -> Target:
    """Reads `host:port`, `http://host:port` or `https://host[:port]`.

    Without a scheme a loopback host is plain and any other is TLS.

    Raises:
        InvalidInput: It is none of these, or plain to another machine and not `insecure`.
    """
    allowed = "host:port, http://host:port or https://host:port"
    parts = urlsplit(text if "://" in text else f"//{text}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    host = parts.hostname or ""
    if parts.scheme not in {"", "http", "https"} or not host or port == -1 or parts.path.strip("/"):
        raise InvalidInput(
            "SERVER_INVALID", "not a server", found=text or "nothing", allowed=allowed
        )
    secure = parts.scheme == "https" or (
        not parts.scheme and not is_loopback(host) and not insecure
    )
    if port is None and not parts.scheme:
        raise InvalidInput("SERVER_INVALID", "the port is missing", found=text, allowed=allowed)
    if not secure and not insecure and not is_loopback(host):
        raise InvalidInput(
            "SERVER_INVALID",
            "a token would travel in the clear to another machine",
            found=text,
            allowed="https, or AURELIUS_INSECURE=1 on a network that you trust",
        )
    return Target(host=host, port=port or (443 if secure else 80), secure=secure)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
