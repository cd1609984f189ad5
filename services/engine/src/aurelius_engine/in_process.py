"""Runs and studies without a server or a store: the doors of commands that need none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aurelius.engine.v1 import (
    backtest_pb2,
    backtest_spec_pb2,
    dataset_pb2,
    validation_pb2,
)
from aurelius_engine.adapters.arch_superiority import ArchSuperiority
from aurelius_engine.adapters.job_log import StructuredJobLog
from aurelius_engine.adapters.market_adapters import shipped_adapters
from aurelius_engine.adapters.package_files import installed_engine_version, packaged_calendars
from aurelius_engine.adapters.plugin_process import ProcessPlugins
from aurelius_engine.adapters.samplers import sampler_of
from aurelius_engine.application.dataset_quality import judged
from aurelius_engine.application.execution import execute, identify
from aurelius_engine.application.job_records import VALIDATION, JobIdentity
from aurelius_engine.application.market_adapters import bars_alone
from aurelius_engine.application.measuring import measure
from aurelius_engine.application.plugins import Plugins
from aurelius_engine.application.records import FileFormat, summary_of
from aurelius_engine.application.searching import Searching
from aurelius_engine.application.studies import studied
from aurelius_engine.application.study_runs import Setting
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.metrics import REGISTRY
from aurelius_engine.domain.quality.flags import QualityFlag
from aurelius_engine.domain.simulation import never_stop
from aurelius_engine.domain.sweeps.batches import batched
from aurelius_engine.domain.validation.findings import Findings, digests_of, result_digest
from aurelius_engine.rpc.errors import reason_of
from aurelius_engine.rpc.mapping import result_to_proto
from aurelius_engine.rpc.record_mapping import flag_from_proto, provenance_from_proto
from aurelius_engine.rpc.resolution import document_of, resolve
from aurelius_engine.rpc.trial_specs import TrialSpecs
from aurelius_engine.rpc.validation_resolution import resolve_validation


@dataclass(frozen=True, slots=True, kw_only=True)
class Studied:
    """What a study came to in this process. `tables` are digests by id."""

    name: str
    data_hash: str
    quality_report_digest: str
    validation_hash: str
    tables: Mapping[str, str]
    result_digest: str


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


def study_in_process(
    spec: validation_pb2.ValidationSpec, data: bytes, dataset: dataset_pb2.Dataset, seed: int
) -> Studied:
    """Computes a study over the rows of a dataset.

    Args:
        spec: Valid by its rules; defaults may be absent.
        data: The rows as an Arrow file.
        dataset: What is known of them: provenance, and the fallbacks of the file's adapter.
        seed: In [0, 2**64).

    Raises:
        EngineError: The study is refused.
    """
    plugins, calendars = ProcessPlugins(), packaged_calendars()
    document = resolve_validation(spec, plugins)
    provenance = provenance_from_proto(dataset.provenance)
    zone = calendars.zone(provenance.calendar)
    table = bars_alone(shipped_adapters().read(FileFormat.ARROW, data, zone))
    flags = [flag_from_proto(flag) for flag in dataset.quality_flags]
    quality = judged(table, flags, table.data_hash(), provenance, calendars)
    identity = JobIdentity(
        kind=VALIDATION,
        document_hash=VALIDATION.hash_of(document),
        data_hash=table.data_hash(),
        seed=seed,
        engine_version=installed_engine_version(),
    )
    facts = {**provenance.document, "qualityReport": quality.document}
    findings = found_in_process(document, table, facts, seed, plugins)
    digests = digests_of(findings.all_tables())
    return Studied(
        name=f"{VALIDATION.collection}/{identity.id}",
        data_hash=identity.data_hash,
        quality_report_digest=quality.digest,
        validation_hash=identity.document_hash,
        tables=digests,
        result_digest=result_digest(digests),
    )


def found_in_process(
    document: Mapping[str, Any],
    table: MarketTable,
    facts: Mapping[str, Any],
    seed: int,
    plugins: Plugins,
) -> Findings:
    """Returns what the study of a resolved document finds.

    Args:
        document: Proto JSON of ValidationSpec, every default written out.
        table: The data.
        facts: See `StudyContext.data`.
        seed: In [0, 2**64).
        plugins: Runs plug-ins.

    Raises:
        EngineError: It is refused.
    """
    setting = Setting(
        base=document["base"],
        table=table,
        data_hash=table.data_hash(),
        calendars=packaged_calendars(),
        seed=seed,
        engine_version=installed_engine_version(),
        plugins=plugins,
        searching=Searching(
            known_metrics=tuple(metric.id for metric in REGISTRY),
            specs=TrialSpecs,
            sampler=sampler_of,
            measure=partial(measure, plugins=plugins),
            measure_many=batched,
            refuse_unfit=lambda document, dataset: None,  # each run refuses by itself
            log=StructuredJobLog(),
            workers=1,
        ),
        superiority=ArchSuperiority(),
        reason_of=reason_of,
        should_stop=never_stop,
    )
    return studied(document, setting, data=facts, report=lambda done, total: None)
