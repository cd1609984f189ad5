"""How a stream that fails midway says so: in its last message, as the contract has it.

The trailers of gRPC say it too, but a browser does not see those.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from google.protobuf.message import Message
from google.rpc import status_pb2

FIELD = "error"
M = TypeVar("M", bound=Message)


def has_room(message: Any) -> bool:
    """Whether messages of this descriptor can say why a stream ends; a file's cannot."""
    field = message.fields_by_name.get(FIELD)
    return (
        field is not None
        and field.message_type is not None
        and field.message_type.full_name == status_pb2.Status.DESCRIPTOR.full_name
    )


def without_end(messages: Iterable[M]) -> Iterator[M]:
    """Yields the messages of another service's stream up to the one that says why it ends.

    That one is no data. The call ends with the same status, which it raises by itself.
    """
    for message in messages:
        if not (has_room(message.DESCRIPTOR) and message.HasField(FIELD)):
            yield message
