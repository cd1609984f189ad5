"""How the parts of an engine are put together, one side after the other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

from aurelius.engine.v1 import strategy_pb2
from aurelius_chassis.sql import Database
from aurelius_chassis.template_parameters import refuse_unknown_parameter
from aurelius_engine.adapters.arch_superiority import ArchSuperiority
from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.adapters.job_log import StructuredJobLog
from aurelius_engine.adapters.market_adapters import shipped_adapters
from aurelius_engine.adapters.package_files import (
    derivation_code_digest,
    installed_engine_version,
    packaged_calendars,
)
from aurelius_engine.adapters.run_log import StructuredRunLog
from aurelius_engine.adapters.samplers import sampler_of
from aurelius_engine.adapters.sql_trials import SqlTrialStore
from aurelius_engine.application.announcements import Announcements
from aurelius_engine.application.artifacts import Artifacts
from aurelius_engine.application.backtests import Backtests, Computing
from aurelius_engine.application.comparisons import Comparisons
from aurelius_engine.application.dataset_quality import DatasetQuality
from aurelius_engine.application.dataset_slices import DatasetSlices
from aurelius_engine.application.dataset_views import DatasetViews
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.derivations import Derivations
from aurelius_engine.application.holdout_bars import HoldoutBars
from aurelius_engine.application.holdouts import Holdouts
from aurelius_engine.application.likenesses import Likenesses
from aurelius_engine.application.market_adapters import MarketAdapters
from aurelius_engine.application.market_events import MarketEvents
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.record_store import RecordStore
from aurelius_engine.application.records import Run
from aurelius_engine.application.registration import Registration
from aurelius_engine.application.replays import Replays
from aurelius_engine.application.sealing import Sealing
from aurelius_engine.application.searching import Searching
from aurelius_engine.application.sweep_trials import SweepTrials
from aurelius_engine.application.sweeps import Sweeps
from aurelius_engine.application.trial_ledger import TrialLedger
from aurelius_engine.application.tried import TriedPoints
from aurelius_engine.application.uploads import Uploads
from aurelius_engine.application.validations import Validations
from aurelius_engine.application.worker_pool import WorkerPool
from aurelius_engine.computers import Computers
from aurelius_engine.domain.bar_intervals import periods_per_year
from aurelius_engine.domain.metrics import REGISTRY
from aurelius_engine.domain.results import Table
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.sweeps.batches import batched
from aurelius_engine.domain.validation.findings import TRIED
from aurelius_engine.parts import PLUGINS, Parts
from aurelius_engine.rpc.artifact_servicer import ArtifactServicer
from aurelius_engine.rpc.backtest_servicer import BacktestServicer
from aurelius_engine.rpc.dataset_quality_servicer import DatasetQualityServicer
from aurelius_engine.rpc.dataset_servicer import DatasetServicer
from aurelius_engine.rpc.errors import DOMAIN, reason_of
from aurelius_engine.rpc.formula_servicer import FormulaServicer
from aurelius_engine.rpc.holdout_servicer import HoldoutServicer
from aurelius_engine.rpc.market_adapter_servicer import MarketAdapterServicer
from aurelius_engine.rpc.market_event_servicer import MarketEventServicer
from aurelius_engine.rpc.optimization_servicer import OptimizationServicer
from aurelius_engine.rpc.option_pricing_servicer import OptionPricingServicer
from aurelius_engine.rpc.replay_servicer import ReplayServicer
from aurelius_engine.rpc.trial_ledger_servicer import TrialLedgerServicer
from aurelius_engine.rpc.trial_specs import TrialSpecs
from aurelius_engine.rpc.validation_servicer import ValidationServicer
from aurelius_engine.settings import Settings

UNKNOWN_PARAMETER = refuse_unknown_parameter(strategy_pb2.Strategy.DESCRIPTOR, domain=DOMAIN)
METRIC_IDS = tuple(metric.id for metric in REGISTRY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Where an engine keeps what it knows."""

    database: Database
    records: RecordStore
    objects: ObjectStore
    files: ArrowTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What registers data and gives it out."""

    adapters: MarketAdapters
    datasets: Datasets
    sealing: Sealing
    registration: Registration
    uploads: Uploads
    quality: DatasetQuality


class Shared(TypedDict):
    """What runs, replays and jobs are all built with."""

    datasets: Datasets
    computing: Computing
    announcements: Announcements
    clock: Callable[[], int]


def stores_of(settings: Settings, parts: Parts, database: Database) -> Stores:
    """Opens the stores beside the database.

    Raises:
        SettingRefused: A URL is not one of a store.
    """
    return Stores(
        database=database,
        records=parts.records(database),
        objects=parts.objects(settings.objects_url),
        files=ArrowTables(),
    )


def data_of(settings: Settings, parts: Parts, stores: Stores) -> Data:
    """Builds what registers data and gives it out."""
    records, objects, files = stores.records, stores.objects, stores.files
    adapters = shipped_adapters(
        max_rows=settings.upload_max_rows, max_bytes=settings.upload_max_bytes
    )
    datasets = Datasets(records, objects, files, cache_max_bytes=settings.table_cache_max_bytes)
    sealing = Sealing(records, datasets, packaged_calendars())
    registration = Registration(
        objects,
        files,
        sealing,
        calendars=packaged_calendars(),
        clock=parts.clock,
    )
    uploads = Uploads(
        records,
        objects,
        adapters,
        registration,
        calendars=packaged_calendars(),
        open_max_seconds=settings.upload_open_max_seconds,
        clock=parts.clock,
        new_id=parts.new_id,
    )
    return Data(
        adapters=adapters,
        datasets=datasets,
        sealing=sealing,
        registration=registration,
        uploads=uploads,
        quality=DatasetQuality(datasets, objects, files),
    )


def searching_of(settings: Settings, parts: Parts, backtests: Backtests) -> Searching:
    """Builds what sweeps and studies search with."""
    return Searching(
        known_metrics=METRIC_IDS,
        specs=TrialSpecs,
        sampler=sampler_of,
        measure=parts.measure,
        measure_many=batched,
        refuse_unfit=backtests.refuse_unfit,
        log=StructuredJobLog(),
        workers=settings.sweep_workers,
    )


def computers_of(
    settings: Settings, parts: Parts, stores: Stores, data: Data
) -> tuple[Computers, Searching]:
    """Builds what computes, and what of it searches."""
    database, records = stores.database, stores.records
    objects, files, datasets = stores.objects, stores.files, data.datasets
    pool = WorkerPool(workers=settings.run_workers, queue_limit=settings.run_queue_max_count)
    shared: Shared = {
        "datasets": datasets,
        "computing": Computing(
            execute=parts.execute,
            calendars=packaged_calendars(),
            engine_version=installed_engine_version(),
            pool=pool,
            reason_of=reason_of,
            log=StructuredRunLog(),
        ),
        "announcements": Announcements(),
        "clock": parts.clock,
    }
    backtests = Backtests(records, objects, files, **shared)
    searching = searching_of(settings, parts, backtests)
    computers = Computers(
        pool=pool,
        backtests=backtests,
        replays=Replays(
            records,
            objects,
            files,
            **shared,
            perturbed=parts.perturbed(settings.replay_max_seconds),
            new_id=parts.new_id,
        ),
        sweeps=Sweeps(parts.sweeps(database), objects, files, **shared, searching=searching),
        validations=Validations(
            parts.validations(database),
            objects,
            files,
            **shared,
            quality=data.quality,
            searching=searching,
            superiority=ArchSuperiority(),
            plugins=PLUGINS,
        ),
        holdouts=Holdouts(
            parts.holdouts(database),
            datasets=datasets,
            sealing=data.sealing,
            backtests=backtests,
            computing=shared["computing"],
            bars=HoldoutBars(
                datasets,
                plugins=PLUGINS,
                metrics={metric.id: metric.undefined for metric in REGISTRY},
                engine_version=shared["computing"].engine_version,
            ),
            clock=parts.clock,
        ),
        announcements=shared["announcements"],
        stop_max_seconds=settings.run_stop_max_seconds,
    )
    return computers, searching


def servicers_of(
    stores: Stores, data: Data, computers: Computers, searching: Searching, parts: Parts
) -> tuple[object, ...]:
    """Builds what answers the calls."""
    records, objects, files = stores.records, stores.objects, stores.files
    datasets, artifacts = data.datasets, Artifacts(stores.records, stores.objects, stores.files)
    trials = SweepTrials(
        computers.sweeps, objects, files, known_metrics=METRIC_IDS, specs=TrialSpecs
    )
    return (
        DatasetServicer(
            datasets,
            data.uploads,
            DatasetViews(records, datasets, files),
            DatasetSlices(datasets, files),
        ),
        DatasetQualityServicer(data.quality),
        MarketAdapterServicer(data.adapters),
        MarketEventServicer(
            MarketEvents(datasets),
            Derivations(
                records,
                objects,
                datasets,
                data.registration,
                calendars=packaged_calendars(),
                code_digest=derivation_code_digest(),
                new_id=parts.new_id,
            ),
        ),
        BacktestServicer(
            computers.backtests,
            Comparisons(computers.backtests, artifacts),
            plugins=PLUGINS,
            unknown_field=UNKNOWN_PARAMETER,
        ),
        ArtifactServicer(artifacts),
        ReplayServicer(computers.replays),
        FormulaServicer(),
        HoldoutServicer(computers.holdouts),
        OptimizationServicer(
            computers.sweeps, trials, plugins=PLUGINS, unknown_field=UNKNOWN_PARAMETER
        ),
        OptionPricingServicer(),
        TrialLedgerServicer(
            _trial_ledger(stores.database, datasets, computers, artifacts, trials, searching)
        ),
        ValidationServicer(computers.validations, plugins=PLUGINS, unknown_field=UNKNOWN_PARAMETER),
    )


def _trial_ledger(
    database: Database,
    datasets: Datasets,
    computers: Computers,
    artifacts: Artifacts,
    trials: SweepTrials,
    searching: Searching,
) -> TrialLedger:
    calendars = packaged_calendars()

    def table_of(subject: str) -> Table:
        if subject.startswith("sweeps/"):
            return trials.table(subject)
        return computers.validations.table(f"{subject}/tables/{TRIED}")

    def periods_of(run: Run) -> float:
        spec = spec_from_document(run.document)
        return periods_per_year(spec, calendars)

    tried = TriedPoints(
        backtests=computers.backtests,
        jobs={"sweeps": computers.sweeps, "validations": computers.validations},
        searching=searching,
        table_of=table_of,
    )
    return TrialLedger(
        SqlTrialStore(database),
        datasets=datasets,
        backtests=computers.backtests,
        likenesses=Likenesses(
            tried,
            datasets=datasets,
            artifacts=artifacts,
            calendars=calendars,
            plugins=PLUGINS,
        ),
        table_of=table_of,
        periods_of=periods_of,
    )
