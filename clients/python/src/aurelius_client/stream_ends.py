"""What the last message of a stream that failed midway looks like."""

from google.protobuf.message import Message

FIELD = "error"


def ends_in_error(message: Message) -> bool:
    """Whether the message only says why its stream ends.

    It is no data, and over gRPC the call ends with the same status: that raises.
    """
    return FIELD in message.DESCRIPTOR.fields_by_name and message.HasField(FIELD)
