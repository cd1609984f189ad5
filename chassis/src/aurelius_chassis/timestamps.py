"""Times on the wire that are none: protobuf carries them, and its own functions raise."""

from collections.abc import Iterator

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

# google/protobuf/timestamp.proto: from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
_SECONDS = range(-62_135_596_800, 253_402_300_800)
_NANOS = range(1_000_000_000)
ALLOWED = "a time from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z"


def invalid_timestamps(message: Message, path: str = "") -> Iterator[tuple[str, Timestamp]]:
    """Yields each timestamp below a message that is no time, with its path."""
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for number, item in enumerate(value if field.is_repeated else (value,)):
            here = f"{path}{field.name}[{number}]" if field.is_repeated else f"{path}{field.name}"
            if isinstance(item, Timestamp):
                if item.seconds not in _SECONDS or item.nanos not in _NANOS:
                    yield here, item
            else:
                yield from invalid_timestamps(item, f"{here}.")
