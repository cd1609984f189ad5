"""Files that hold one message: its proto JSON, as YAML or JSON, read strictly."""

import datetime
from pathlib import Path
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message

from aurelius_client.document_fields import refuse_wrong_fields
from aurelius_client.errors import InvalidInput
from aurelius_client.refused_files import unreadable

T = TypeVar("T", bound=Message)
# As the parser of proto JSON has it.
_DEPTH_MAX = 100


def read_message(path: Path, message: T) -> T:
    """Reads a file into a message: a wrong field is refused with its path.

    Raises:
        InvalidInput: The file cannot be read, is not YAML, or is not of the message.
    """
    name = message.DESCRIPTOR.name
    document = _times_as_text(_mapping(path, name))
    refuse_wrong_fields(document, message.DESCRIPTOR)
    try:
        return json_format.ParseDict(document, message)
    except json_format.ParseError as error:
        raise _malformed(
            f"{path} is not a {name}", str(error), f"proto JSON of {message.DESCRIPTOR.full_name}"
        ) from error


def _mapping(path: Path, name: str) -> dict[Any, Any]:
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise _malformed(f"{path} is not text", error.reason, "UTF-8") from error
    try:
        _refuse_references(path, text)
        document = yaml.load(text, Loader=_loader())
    except yaml.YAMLError as error:
        found = " ".join(str(error).split())
        raise _malformed(f"{path} is not YAML", found, "YAML or JSON") from error
    if not isinstance(document, dict):
        found = "nothing" if document is None else type(document).__name__
        raise _malformed(f"{path} is not a mapping", found, f"the fields of {name}")
    return document


def _fastest() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _refuse_references(path: Path, text: str) -> None:
    """Refuses anchors and aliases: a few lines of them stand for more than a memory holds.

    Proto JSON has no such thing, and one document has no need of it. Nesting is limited as
    it is in proto JSON, before anything reads it by recursion.

    Raises:
        InvalidInput: There is an anchor or an alias, or the nesting is too deep.
        yaml.YAMLError: It is not YAML.
    """
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=_fastest()):
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise _malformed(
                f"{path} has a YAML anchor or alias",
                f"{sign}{anchor} in line {line}",
                "values written out",
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEPTH_MAX:
            raise _malformed(
                f"{path} is nested too deeply", f"over {_DEPTH_MAX} levels", f"{_DEPTH_MAX} levels"
            )


def _loader() -> Any:
    """Returns a safe loader, in C where there is one, that refuses a key given twice."""
    import yaml

    class Strict(_fastest()):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            for key in keys:
                if keys.count(key) > 1:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the name {key!r} appears twice", node.start_mark
                    )
            return super().construct_mapping(node, deep=deep)

    return Strict


def _malformed(message: str, found: str, allowed: str) -> InvalidInput:
    return InvalidInput("FILE_MALFORMED", message, found=found, allowed=allowed)


def _times_as_text(value: Any) -> Any:
    """YAML reads dates as dates; proto JSON wants RFC 3339 text."""
    if isinstance(value, dict):
        return {str(key): _times_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_times_as_text(item) for item in value]
    if isinstance(value, datetime.datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        return moment.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, datetime.date):
        return f"{value.isoformat()}T00:00:00Z"
    return value
