"""Specification files: the proto JSON of a BacktestSpec, as YAML or JSON."""

from pathlib import Path
from typing import Any

from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_client.errors import InvalidInput


def read_spec(path: Path) -> backtest_spec_pb2.BacktestSpec:
    """Reads a file strictly: an unknown field is refused with its path.

    Raises:
        InvalidInput: The file cannot be read, is not YAML, or is not a BacktestSpec.
    """
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            "FILE_UNREADABLE",
            f"{path} cannot be read",
            found=error.strerror or "",
            allowed="a file",
        ) from error
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise InvalidInput(
            "FILE_MALFORMED", f"{path} is not YAML", found=reason, allowed="YAML or JSON"
        ) from error
    if not isinstance(document, dict):
        raise InvalidInput(
            "FILE_MALFORMED",
            f"{path} is not a mapping",
            found=type(document).__name__,
            allowed="the fields of BacktestSpec",
        )
    spec = backtest_spec_pb2.BacktestSpec()
    document = _times_as_text(document)
    _refuse_unknown(document, spec.DESCRIPTOR, "")
    try:
        json_format.ParseDict(document, spec)
    except json_format.ParseError as error:
        raise InvalidInput(
            "FILE_MALFORMED",
            f"{path} is not a BacktestSpec: {error}",
            found=str(error),
            allowed="proto JSON of aurelius.engine.v1.BacktestSpec",
        ) from error
    return spec


def _times_as_text(value: Any) -> Any:
    """YAML reads dates as dates; proto JSON wants RFC 3339 text."""
    import datetime

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


def _refuse_unknown(document: dict[str, Any], descriptor: Any, path: str) -> None:
    known = {field.json_name: field for field in descriptor.fields}
    known |= {field.name: field for field in descriptor.fields}
    for name, value in document.items():
        field = known.get(name)
        if field is None:
            strategy = path.startswith("strategy.")
            allowed = ", ".join(field.json_name for field in descriptor.fields) or "no parameters"
            raise InvalidInput(
                "UNKNOWN_STRATEGY_PARAMETER" if strategy else "UNKNOWN_FIELD",
                f"{path}{name} is not a field of {descriptor.name}",
                found=name,
                allowed=allowed,
            )
        if isinstance(value, dict) and field.message_type is not None:
            _refuse_unknown(value, field.message_type, f"{path}{field.json_name}.")
