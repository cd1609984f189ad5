"""The one text that the command prints of a message: RFC 8785 of its proto JSON."""

from typing import Any

import rfc8785
from google.protobuf import json_format
from google.protobuf.message import Message


def canonical_text(message: Message) -> bytes:
    """Returns the RFC 8785 text of a message, fields without presence included."""
    document: dict[str, Any] = json_format.MessageToDict(
        message, always_print_fields_with_no_presence=True
    )
    return rfc8785.dumps(document)
