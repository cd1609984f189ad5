"""The local door: the engine in this process. The only module that imports the engine."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from google.protobuf.message import Message

from aurelius.engine.v1 import (
    backtest_pb2,
    backtest_service_pb2,
    dataset_service_pb2,
    formula_service_pb2,
    option_pricing_service_pb2,
)
from aurelius_client.cli.registering import known_provenance
from aurelius_client.errors import AureliusError, FailedPrecondition, InvalidInput
from aurelius_client.refused_files import unreadable
from aurelius_client.uploads import format_of

if TYPE_CHECKING:
    from aurelius.engine.v1 import backtest_spec_pb2, dataset_pb2, validation_pb2
    from aurelius_engine.domain.quality.flags import QualityFlag
    from aurelius_engine.in_process import Studied

Request = TypeVar("Request", bound=Message)
Answer = TypeVar("Answer")
INSTALL = "pip install 'aurelius-client[suite]', or --server URL with --dataset NAME"


def engine_version() -> str:
    """Returns the version of the installed engine.

    Raises:
        FailedPrecondition: There is none.
    """
    _require_engine()
    from aurelius_engine.adapters.package_files import installed_engine_version

    return installed_engine_version()


def has_engine() -> bool:
    """Whether an engine is installed beside the command."""
    return find_spec("aurelius_engine") is not None


def run_file(
    spec: "backtest_spec_pb2.BacktestSpec",
    data: Path,
    provenance: Path | None,
    seed: int,
    stated: dataset_service_pb2.FileFormat | None = None,
) -> backtest_pb2.BacktestResult:
    """Runs a specification over a data file.

    Args:
        spec: The specification; defaults may be absent.
        data: The file.
        provenance: Where it came from. Absent means the file beside it, if there is one.
        seed: In [0, 2**64).
        stated: The format of the file. Absent means what its name, or its begin, tells.

    Raises:
        AureliusError: The specification, the file or the run is refused, with the
            reason that a server gives.
    """
    _require_engine()
    _load_compiler()
    say_when_compiling()
    from aurelius_engine.in_process import run_in_process
    from aurelius_engine.rpc.record_mapping import file_format_from_proto

    _refuse_invalid(spec, seed)
    _refuse_other_calendar(spec.calendar, data, provenance)
    file_format = file_format_from_proto(format_of(data, stated))
    try:
        content = data.read_bytes()
    except OSError as error:
        raise unreadable(data, error) from error
    try:
        return run_in_process(spec, content, file_format, seed, told=_say_flags)
    except Exception as error:
        refusal = _refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error


def study(
    spec: "validation_pb2.ValidationSpec", data: bytes, dataset: "dataset_pb2.Dataset", seed: int
) -> "Studied":
    """Computes a study over the rows of a dataset in this process.

    Args:
        spec: The specification of the validation; defaults may be absent.
        data: The rows as an Arrow file.
        dataset: What the server knows of them.
        seed: In [0, 2**64).

    Raises:
        AureliusError: There is no engine, or the study is refused, with the reason that a
            server gives.
    """
    _require_engine()
    _load_compiler()
    from aurelius_engine.in_process import study_in_process

    try:
        return study_in_process(spec, data, dataset, seed)
    except Exception as error:
        refusal = _refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error


def synthesize(symbols: int, bars: int, seed: int, suffix: str) -> tuple[bytes, str]:
    """Makes prices in this process.

    Args:
        symbols: Names.
        bars: Days.
        seed: In [0, 2**64).
        suffix: Of the file: `parquet`, `arrow` or `csv`.

    Returns:
        The file, and the time of its last bar as ISO 8601.

    Raises:
        AureliusError: There is no engine, or the sizes are refused.
    """
    _require_engine()
    say_when_compiling()
    from aurelius_engine.adapters.arrow_tables import ArrowTables
    from aurelius_engine.application.table_files import ExportFormat
    from aurelius_engine.domain import synthetic as made

    allowed = (
        f"1 to {made.SYMBOLS_MAX_COUNT} symbols, 2 to {made.BARS_MAX_COUNT} bars, "
        f"{made.CELLS_MAX_COUNT} bars over all"
    )
    try:
        found = made.synthetic(symbols=symbols, bars=bars, seed=seed)
    except ValueError as error:
        raise InvalidInput(
            "INVALID_FIELD", "--symbols and --bars", found=str(error), allowed=allowed
        ) from error
    columns = (*found.table.columns(), found.regime)
    content = b"".join(ArrowTables().export(columns, ExportFormat(suffix)))
    last = datetime.fromtimestamp(int(found.table.time[-1]) // 1_000_000_000, UTC)
    return content, f"{last:%Y-%m-%dT%H:%M:%SZ}"


def check_formula(
    request: formula_service_pb2.CheckFormulaRequest,
) -> formula_service_pb2.CheckFormulaResponse:
    """Checks a formula in this process.

    Raises:
        AureliusError: It is refused, with the reason that a server gives.
    """
    _require_engine()
    from aurelius_engine.rpc.formula_servicer import checked

    return _answered(request, lambda valid: checked(valid.formula))


def price_option(
    request: option_pricing_service_pb2.PriceOptionRequest,
) -> option_pricing_service_pb2.PriceOptionResponse:
    """Prices an option in this process.

    Raises:
        AureliusError: It is refused, with the reason that a server gives.
    """
    _require_engine()
    from aurelius_engine.rpc.option_pricing_servicer import priced

    return _answered(request, priced)


def imply_volatility(
    request: option_pricing_service_pb2.ImplyVolatilityRequest,
) -> option_pricing_service_pb2.ImplyVolatilityResponse:
    """Finds an implied volatility in this process.

    Raises:
        AureliusError: It is refused, with the reason that a server gives.
    """
    _require_engine()
    from aurelius_engine.rpc.option_pricing_servicer import implied

    return _answered(request, implied)


def _answered(request: Request, answer: Callable[[Request], Answer]) -> Answer:
    """Checks a request and answers it as a server does."""
    from aurelius_chassis.validation import refuse_invalid

    try:
        refuse_invalid(request)
        return answer(request)
    except Exception as error:
        refusal = _refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error


def _say_flags(flags: "Sequence[QualityFlag]") -> None:
    """Says on standard error what the adapter put in the place of what the file does not say."""
    for flag in flags:
        day = flag.first_time_text[:10]
        print(f"{flag.id}: {flag.count}, first {day}. {flag.meaning}", file=sys.stderr)


def _load_compiler() -> None:
    """Loads numba without SciPy's linear algebra, an eighth of a short command's time.

    numba loads it for kernels that multiply matrices, and does without where it is not
    installed. The engine's kernels may not: docs/specs/determinism.md.
    """
    wanted = "scipy.linalg.cython_blas"
    if wanted in sys.modules:
        return
    sys.modules[wanted] = None  # type: ignore[assignment]
    try:
        import numba.np.arraymath  # noqa: F401
    finally:
        del sys.modules[wanted]


def say_when_compiling() -> None:
    """Says once, where a person watches, that kernels are compiled and not taken from the cache."""
    if not sys.stderr.isatty():
        return
    from numba.core import event

    class FirstCompilation(event.Listener):
        told = False

        def on_start(self, event: object) -> None:
            if not self.told:
                print("compiling kernels, once for each version of the engine", file=sys.stderr)
            self.told = True

        def on_end(self, event: object) -> None:
            """Says nothing more."""

    event.register("numba:compile", FirstCompilation())  # type: ignore[no-untyped-call]


def _require_engine() -> None:
    if not has_engine():
        raise FailedPrecondition(
            "ENGINE_MISSING",
            "no engine is installed beside the command",
            found="aurelius-client alone",
            allowed=INSTALL,
        )


def _refusal_of(error: Exception) -> AureliusError | None:
    """Returns what the engine's service would answer; None of what is a bug."""
    from aurelius_chassis.errors import ErrorTable
    from aurelius_engine.rpc.errors import DOMAIN, WIRE_ERRORS

    status = ErrorTable(DOMAIN, WIRE_ERRORS).status_of(error)
    if status is None:
        return None
    from aurelius_client.refusals import from_status

    return from_status(status)


def _refuse_other_calendar(calendar: str, data: Path, provenance: Path | None) -> None:
    """Refuses, as a server does, a calendar that is not the data's, where that is known."""
    known = known_provenance(data, provenance)
    if known is not None and known.calendar != calendar:
        raise InvalidInput(
            "CALENDAR_MISMATCH",
            f"the calendar is {calendar}, that of {data} is {known.calendar}",
            found=calendar,
            allowed=known.calendar,
        )


def _refuse_invalid(spec: "backtest_spec_pb2.BacktestSpec", seed: int) -> None:
    """Checks the contract's rules as a server does: on the request that would be sent."""
    import protovalidate

    request = backtest_service_pb2.CreateBacktestRequest(
        spec=spec, dataset="datasets/local", seed=seed
    )
    try:
        protovalidate.validate(request)
        return
    except protovalidate.ValidationError:
        from aurelius_chassis.validation import refuse_invalid
    try:
        refuse_invalid(request)
    except Exception as error:
        refusal = _refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error
