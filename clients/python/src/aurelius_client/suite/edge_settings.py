"""What an operator may set at the edge, and the limits that hold there."""

import re
from dataclasses import dataclass

from aurelius_client.errors import InvalidInput

# The message limit of every server, less room for a message's other fields and its frame.
MESSAGE_LIMIT_BYTES = 8 * 1024 * 1024
BODY_LIMIT_BYTES = MESSAGE_LIMIT_BYTES - 64 * 1024
# A stream of the transcoder is buffered message by message; a response has JSON's overhead.
BUFFER_LIMIT_BYTES = 2 * MESSAGE_LIMIT_BYTES
# What a caller who stops reading may hold. Small, since a transfer counts as moving while
# this much leaves; every stream's window fits into its connection's, so none takes another's.
DOWNSTREAM_BUFFER_BYTES = 256 * 1024
STREAM_WINDOW_BYTES = 256 * 1024
CALLS_MAX = 1024
CONNECTION_WINDOW_BYTES = CALLS_MAX * STREAM_WINDOW_BYTES
CONNECTIONS_MAX = 10_000
DEADLINE_SECONDS = 60
# These wait for a whole replay, or read a whole file.
LONG_DEADLINE_SECONDS = 330
LONG_CALLS = (
    "/aurelius.engine.v1.DatasetService/CommitDatasetUpload",
    "/aurelius.governance.v1.GateDecisionService/CreateGateDecision",
    "/aurelius.governance.v1.LineageRecordService/CreateLineageRecord",
)
LOOPBACK_ORIGINS = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?"
# An origin as browsers write it: they leave out a path, and the scheme's own port.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(
    rf"(?!https:.*:443$|http:.*:80$)https?://(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:]+\])"
    r"(?::[1-9][0-9]{0,4})?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeSettings:
    """What an operator may set.

    Attributes:
        requests_per_second: What all callers together may ask for.
        request_burst: What they may ask for at once after a pause.
        cors_origins: Origins, such as `https://desk.example`, whose pages may call;
            pages of this machine always may.
        transfer_idle_seconds: How long a stream that carries data may stand still, by its
            reader or by its server, until it is cut. A watch may be silent for ever.
    """

    requests_per_second: int = 500
    request_burst: int = 1000
    cors_origins: tuple[str, ...] = ()
    transfer_idle_seconds: float = 30.0

    def __post_init__(self) -> None:
        """Refuses limits that would let nothing pass, and origins that no browser sends."""
        for origin in self.cors_origins:
            if not _ORIGIN.fullmatch(origin):
                raise InvalidInput(
                    "INVALID_FIELD",
                    "no page has this origin",
                    found=repr(origin),
                    allowed="http or https, a host in lower case and its port unless it is the "
                    "usual one, such as https://desk.example",
                )
        if not 0 < self.requests_per_second <= self.request_burst:
            raise ValueError(
                f"requests_per_second {self.requests_per_second}, "
                f"allowed 1..{self.request_burst}, the request_burst"
            )
        if not 0.1 <= self.transfer_idle_seconds <= 3600:
            raise ValueError(
                f"transfer_idle_seconds {self.transfer_idle_seconds}, allowed 0.1 to 3600"
            )
