"""What no log and no refusal may repeat: the values of secret fields."""

import re
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

REDACTED = "[redacted]"
_SECRET = re.compile(r"password|secret|api_key|token")
_LONGEST = 200


def is_secret(field: Any) -> bool:
    """Returns whether a field's value is kept out of refusals and logs.

    A field is secret if the contract says so with `debug_redact`, and, should that be
    forgotten, by its name: one with password, secret, api_key or token in it. Ids and
    page tokens are not. `field` is a protobuf descriptor of either implementation.
    """
    if field.GetOptions().debug_redact:
        return True
    if field.name == "page_token" or field.name.endswith("_id"):
        return False
    is_text = field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)
    return bool(is_text and _SECRET.search(field.name))


def text_of(value: object) -> str:
    """Returns a value as one line for `found`; a message is written without its secrets."""
    if isinstance(value, Message):
        value = _without_secrets(value)
    return " ".join(str(value).split())[:_LONGEST]


def text_of_field(message: Message, name: str) -> str:
    """Returns the value of a field as one line, unless it is secret."""
    if is_secret(message.DESCRIPTOR.fields_by_name[name]):
        return REDACTED
    return text_of(getattr(message, name))


def _without_secrets(message: Message) -> Message:
    copy = type(message)()
    copy.CopyFrom(message)
    _clear_secrets(copy)
    return copy


def _clear_secrets(message: Message) -> None:
    for field, value in message.ListFields():
        if is_secret(field):
            message.ClearField(field.name)
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for item in value if field.is_repeated else [value]:
                _clear_secrets(item)
