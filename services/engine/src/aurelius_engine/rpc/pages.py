"""How much of a list one message carries."""

from collections.abc import Sequence

from google.protobuf.message import Message

PAGE_MAX_BYTES = 2 * 1024 * 1024  # of the 4 MiB that a message may have


def fitting(messages: Sequence[Message]) -> int:
    """Returns how many messages, from the first on, fit on a page; at least one if there is."""
    size = 0
    for count, message in enumerate(messages):
        size += message.ByteSize()
        if size > PAGE_MAX_BYTES and count:
            return count
    return len(messages)
