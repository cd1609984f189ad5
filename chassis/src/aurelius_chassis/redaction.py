"""What no log and no refusal may repeat: the values of secret fields."""

import re

from google.protobuf.message import Message

REDACTED = "[redacted]"
_SECRET = re.compile(r"password|secret|api_key|token")
_LONGEST = 200


def is_secret(field_name: str) -> bool:
    """Returns whether a field's value is kept out of refusals.

    A field is secret by its name: one with password, secret, api_key or token in
    it. Ids and page tokens are not.
    """
    if field_name == "page_token" or field_name.endswith("_id"):
        return False
    return _SECRET.search(field_name) is not None


def found_at(request: Message, path: str) -> str:
    """Returns the text of the value at a dotted path, for `found`; the empty path is the request.

    The value of a secret field, or of one below it, is not repeated.
    """
    value: object = request
    for name in path.split(".") if path else []:
        if is_secret(name):
            return REDACTED
        value = getattr(value, name, "")
    if isinstance(value, Message):
        value = _without_secrets(value)
    return " ".join(str(value).split())[:_LONGEST]


def _without_secrets(message: Message) -> Message:
    copy = type(message)()
    copy.CopyFrom(message)
    _clear_secrets(copy)
    return copy


def _clear_secrets(message: Message) -> None:
    for field, value in message.ListFields():
        if is_secret(field.name):
            message.ClearField(field.name)
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for item in value if field.is_repeated else [value]:
                _clear_secrets(item)
