"""The local door: the engine in this process. The only module that imports the engine."""

from pathlib import Path

from aurelius.engine.v1 import backtest_pb2
from aurelius_client.errors import AureliusError, InvalidInput
from aurelius_client.spec_files import read_spec

FORMATS = {".csv": "csv", ".parquet": "parquet", ".arrow": "arrow"}


def engine_version() -> str:
    """Returns the version of the installed engine."""
    from aurelius_engine.adapters.package_files import installed_engine_version

    return installed_engine_version()


def run_file(spec_path: Path, data_path: Path, seed: int) -> backtest_pb2.BacktestResult:
    """Runs a specification file over a data file.

    Raises:
        AureliusError: A file or the run is refused.
    """
    from aurelius_engine.adapters.market_files import FileFormat
    from aurelius_engine.domain.errors import EngineError
    from aurelius_engine.in_process import run_in_process

    spec = read_spec(spec_path)
    _validate(spec_path, spec)
    suffix = data_path.suffix.lower()
    if suffix not in FORMATS:
        raise InvalidInput(
            "FILE_MALFORMED",
            f"{data_path} has no known format",
            found=suffix or "no suffix",
            allowed=", ".join(FORMATS),
        )
    try:
        data = data_path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            "FILE_UNREADABLE",
            f"{data_path} cannot be read",
            found=error.strerror or "",
            allowed="a file",
        ) from error
    try:
        return run_in_process(spec, data, FileFormat(FORMATS[suffix]), seed)
    except EngineError as error:
        raise AureliusError(
            reason_of(error),
            str(error),
            found=str(error.facts.get("found", "")),
            allowed=str(error.facts.get("allowed", "")),
        ) from error


def reason_of(error: Exception) -> str:
    """Returns the reason code of a refusal: its class's name in upper snake case."""
    name = type(error).__name__
    return "".join(f"_{c}" if c.isupper() and i else c for i, c in enumerate(name)).upper()


def _validate(path: Path, spec: object) -> None:
    import protovalidate

    try:
        protovalidate.validate(spec)  # type: ignore[arg-type]
    except protovalidate.ValidationError as error:
        first = error.violations[0]
        elements = first.proto.field.elements if first.proto.field else []
        field = ".".join(element.field_name for element in elements)
        raise InvalidInput(
            "INVALID_FIELD",
            f"{path}: {field or 'spec'}",
            found=_found(spec, field),
            allowed=first.proto.message,
        ) from error


def _found(spec: object, field: str) -> str:
    value = spec
    for name in field.split("."):
        if not name:
            return "the whole specification"
        value = getattr(value, name, "")
    return " ".join(str(value).split()) or "nothing"
