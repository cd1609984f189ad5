"""A run without a server or a store: the door of `aurelius run SPEC --data FILE`."""

from collections.abc import Callable, Sequence

from aurelius.engine.v1 import backtest_pb2, backtest_spec_pb2
from aurelius_engine.adapters.market_adapters import shipped_adapters
from aurelius_engine.adapters.package_files import installed_engine_version, packaged_calendars
from aurelius_engine.adapters.plugin_process import ProcessPlugins
from aurelius_engine.application.execution import execute, identify
from aurelius_engine.application.market_adapters import bars_alone
from aurelius_engine.application.records import FileFormat, summary_of
from aurelius_engine.domain.quality.flags import QualityFlag
from aurelius_engine.rpc.mapping import result_to_proto
from aurelius_engine.rpc.resolution import document_of, resolve


def run_in_process(
    spec: backtest_spec_pb2.BacktestSpec,
    data: bytes,
    file_format: FileFormat,
    seed: int,
    *,
    told: Callable[[Sequence[QualityFlag]], None] = lambda flags: None,
) -> backtest_pb2.BacktestResult:
    """Runs a specification over a file's bytes.

    Args:
        spec: Valid by its rules; defaults may be absent.
        data: The whole file.
        file_format: The file's format.
        seed: In [0, 2**64).
        told: Gets the fallbacks that the file's adapter took.

    Raises:
        EngineError: The file or the run is refused.
    """
    plugins = ProcessPlugins()
    document = document_of(resolve(spec, plugins))
    calendars = packaged_calendars()
    adapted = shipped_adapters().read(file_format, data, calendars.zone(document["calendar"]))
    told(adapted.flags)
    table = bars_alone(adapted)
    identity = identify(
        document,
        data_hash=table.data_hash(),
        seed=seed,
        engine_version=installed_engine_version(),
    )
    result = execute(document, table, calendars, seed=seed, plugins=plugins)
    return result_to_proto(summary_of(result), identity)
