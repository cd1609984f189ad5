"""The composition root of the engine service."""

import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypedDict

from aurelius.engine.v1 import strategy_pb2
from aurelius_chassis import settings as chassis_settings
from aurelius_chassis.errors import ErrorTable
from aurelius_chassis.jwks import Authenticator, KeySource, fetch_over_grpc
from aurelius_chassis.server import Server, ServerOptions, build_server
from aurelius_chassis.sql import Database, migrate
from aurelius_chassis.telemetry import configure_logs
from aurelius_chassis.template_parameters import refuse_unknown_parameter
from aurelius_engine.adapters.arch_superiority import ArchSuperiority
from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.adapters.engine_lock import DatabaseOwned, EngineLock
from aurelius_engine.adapters.job_log import StructuredJobLog
from aurelius_engine.adapters.market_adapters import shipped_adapters
from aurelius_engine.adapters.obstore_objects import ObstoreObjects
from aurelius_engine.adapters.package_files import (
    derivation_code_digest,
    installed_engine_version,
    packaged_calendars,
)
from aurelius_engine.adapters.perturbed_process import PerturbedProcess
from aurelius_engine.adapters.plugin_process import ProcessPlugins
from aurelius_engine.adapters.run_log import StructuredRunLog
from aurelius_engine.adapters.samplers import sampler_of
from aurelius_engine.adapters.sql_holdouts import SqlHoldoutStore
from aurelius_engine.adapters.sql_jobs import SqlJobStore
from aurelius_engine.adapters.sql_records import SqlRecordStore
from aurelius_engine.adapters.sql_trials import SqlTrialStore
from aurelius_engine.adapters.sweep_codec import SweepCodec
from aurelius_engine.adapters.validation_codec import ValidationCodec
from aurelius_engine.application.announcements import Announcements
from aurelius_engine.application.artifacts import Artifacts
from aurelius_engine.application.backtests import Backtests, Computing, Execute
from aurelius_engine.application.comparisons import Comparisons
from aurelius_engine.application.dataset_quality import DatasetQuality
from aurelius_engine.application.dataset_slices import DatasetSlices
from aurelius_engine.application.dataset_views import DatasetViews
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.derivations import Derivations
from aurelius_engine.application.execution import execute
from aurelius_engine.application.holdout_bars import HoldoutBars
from aurelius_engine.application.holdout_store import HoldoutStore
from aurelius_engine.application.holdouts import Holdouts
from aurelius_engine.application.job_store import JobStore
from aurelius_engine.application.likenesses import Likenesses
from aurelius_engine.application.market_events import MarketEvents
from aurelius_engine.application.measuring import measure
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.perturbed_execution import PerturbedExecution
from aurelius_engine.application.record_store import RecordStore
from aurelius_engine.application.records import Run
from aurelius_engine.application.registration import Registration
from aurelius_engine.application.replays import Replays
from aurelius_engine.application.sealing import Sealing
from aurelius_engine.application.searching import MeasureRun, Searching
from aurelius_engine.application.sweep_records import Sweep
from aurelius_engine.application.sweep_trials import SweepTrials
from aurelius_engine.application.sweeps import Sweeps
from aurelius_engine.application.trial_ledger import TrialLedger
from aurelius_engine.application.tried import TriedPoints
from aurelius_engine.application.uploads import Uploads
from aurelius_engine.application.validation_records import Validation
from aurelius_engine.application.validations import Validations
from aurelius_engine.application.worker_pool import WorkerPool
from aurelius_engine.computers import Computers
from aurelius_engine.domain.bar_intervals import periods_per_year
from aurelius_engine.domain.metrics import REGISTRY
from aurelius_engine.domain.results import Table
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.sweeps.batches import batched
from aurelius_engine.domain.validation.findings import TRIED
from aurelius_engine.freed_memory import keep_freed_memory
from aurelius_engine.rpc.artifact_servicer import ArtifactServicer
from aurelius_engine.rpc.backtest_servicer import BacktestServicer
from aurelius_engine.rpc.dataset_quality_servicer import DatasetQualityServicer
from aurelius_engine.rpc.dataset_servicer import DatasetServicer
from aurelius_engine.rpc.errors import DOMAIN, WIRE_ERRORS, reason_of
from aurelius_engine.rpc.formula_servicer import FormulaServicer
from aurelius_engine.rpc.holdout_servicer import HoldoutServicer
from aurelius_engine.rpc.market_adapter_servicer import MarketAdapterServicer
from aurelius_engine.rpc.market_event_servicer import MarketEventServicer
from aurelius_engine.rpc.mounting import mounted
from aurelius_engine.rpc.optimization_servicer import OptimizationServicer
from aurelius_engine.rpc.option_pricing_servicer import OptionPricingServicer
from aurelius_engine.rpc.replay_servicer import ReplayServicer
from aurelius_engine.rpc.trial_ledger_servicer import TrialLedgerServicer
from aurelius_engine.rpc.trial_specs import TrialSpecs
from aurelius_engine.rpc.validation_servicer import ValidationServicer
from aurelius_engine.settings import Settings

SERVICE = "engine"
_MIGRATIONS = Path(__file__).resolve().parent / "adapters" / "migrations"
_UNKNOWN_PARAMETER = refuse_unknown_parameter(strategy_pb2.Strategy.DESCRIPTOR, domain=DOMAIN)

_PLUGINS = ProcessPlugins()
_EXECUTE: Execute = partial(execute, plugins=_PLUGINS)
_MEASURE: MeasureRun = partial(measure, plugins=_PLUGINS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a test may put in the place of what ships."""

    execute: Execute = _EXECUTE
    measure: MeasureRun = _MEASURE
    perturbed: Callable[[float], PerturbedExecution] = PerturbedProcess
    clock: Callable[[], int] = time.time_ns
    new_id: Callable[[], str] = lambda: f"u{uuid.uuid4().hex}"
    records: Callable[[Database], RecordStore] = SqlRecordStore
    sweeps: Callable[[Database], JobStore[Sweep]] = lambda database: SqlJobStore(
        database, SweepCodec()
    )
    validations: Callable[[Database], JobStore[Validation]] = lambda database: SqlJobStore(
        database, ValidationCodec()
    )
    holdouts: Callable[[Database], HoldoutStore] = SqlHoldoutStore
    objects: Callable[[str], ObjectStore] = ObstoreObjects


SHIPPED = Parts()


class Engine:
    """A built engine. It owns its database until it is closed."""

    def __init__(
        self,
        server: Server,
        computers: Computers,
        uploads: Uploads,
        owned: EngineLock,
        database: Database,
    ) -> None:
        """Is made by `build`."""
        self.server, self.announcements = server, computers.announcements
        self.uploads = uploads
        self._computers, self._owned, self._database = computers, owned, database

    def close(self) -> None:
        """Stops what the server left running, says so in the records, and lets go of all."""
        self._computers.stop()
        self._computers.recover()
        self._owned.release()
        self._database.close()


def build(settings: Settings, *, authenticator: Authenticator, parts: Parts = SHIPPED) -> Engine:
    """Opens the stores, ends what a dead engine left running, and binds the server.

    Raises:
        SettingRefused: A URL is not one of a store.
        DatabaseOwned: Another engine process owns the database.
        OSError: The address cannot be bound.
    """
    database = Database.open(settings.database_url)
    owned = EngineLock(database)
    try:
        migrate(database, _MIGRATIONS, SERVICE)
        return _assembled(settings, authenticator, parts, database, owned)
    except BaseException:
        owned.release()
        database.close()
        raise


def _assembled(
    settings: Settings,
    authenticator: Authenticator,
    parts: Parts,
    database: Database,
    owned: EngineLock,
) -> Engine:
    records, objects = parts.records(database), parts.objects(settings.objects_url)
    files = ArrowTables()
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
    quality = DatasetQuality(datasets, objects, files)
    metric_ids = tuple(metric.id for metric in REGISTRY)
    searching = Searching(
        known_metrics=metric_ids,
        specs=TrialSpecs,
        sampler=sampler_of,
        measure=parts.measure,
        measure_many=batched,
        refuse_unfit=backtests.refuse_unfit,
        log=StructuredJobLog(),
        workers=settings.sweep_workers,
    )
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
            quality=quality,
            searching=searching,
            superiority=ArchSuperiority(),
            plugins=_PLUGINS,
        ),
        holdouts=Holdouts(
            parts.holdouts(database),
            datasets=datasets,
            sealing=sealing,
            backtests=backtests,
            computing=shared["computing"],
            bars=HoldoutBars(
                datasets,
                plugins=_PLUGINS,
                metrics={metric.id: metric.undefined for metric in REGISTRY},
                engine_version=shared["computing"].engine_version,
            ),
            clock=parts.clock,
        ),
        announcements=shared["announcements"],
        stop_max_seconds=settings.run_stop_max_seconds,
    )
    computers.recover()
    uploads.remove_abandoned()
    artifacts = Artifacts(records, objects, files)
    trials = SweepTrials(
        computers.sweeps, objects, files, known_metrics=metric_ids, specs=TrialSpecs
    )
    servicers = (
        DatasetServicer(
            datasets,
            uploads,
            DatasetViews(records, datasets, files),
            DatasetSlices(datasets, files),
        ),
        DatasetQualityServicer(quality),
        MarketAdapterServicer(adapters),
        MarketEventServicer(
            MarketEvents(datasets),
            Derivations(
                records,
                objects,
                datasets,
                registration,
                calendars=packaged_calendars(),
                code_digest=derivation_code_digest(),
                new_id=parts.new_id,
            ),
        ),
        BacktestServicer(
            computers.backtests,
            Comparisons(computers.backtests, artifacts),
            plugins=_PLUGINS,
            unknown_field=_UNKNOWN_PARAMETER,
        ),
        ArtifactServicer(artifacts),
        ReplayServicer(computers.replays),
        FormulaServicer(),
        HoldoutServicer(computers.holdouts),
        OptimizationServicer(
            computers.sweeps, trials, plugins=_PLUGINS, unknown_field=_UNKNOWN_PARAMETER
        ),
        OptionPricingServicer(),
        TrialLedgerServicer(
            _trial_ledger(database, datasets, computers, artifacts, trials, searching)
        ),
        ValidationServicer(
            computers.validations, plugins=_PLUGINS, unknown_field=_UNKNOWN_PARAMETER
        ),
    )
    server = build_server(
        mounted(servicers),
        options=ServerOptions(
            service=SERVICE,
            listen=settings.listen,
            metrics_listen=settings.metrics_listen,
            otlp_target=settings.otlp_target,
        ),
        errors=ErrorTable(DOMAIN, WIRE_ERRORS),
        authenticator=authenticator,
        database=database,
        unknown_field=_UNKNOWN_PARAMETER,
    )
    return Engine(server, computers, uploads, owned, database)


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
            plugins=_PLUGINS,
        ),
        table_of=table_of,
        periods_of=periods_of,
    )


class Shared(TypedDict):
    """What runs and replays are both built with."""

    datasets: Datasets
    computing: Computing
    announcements: Announcements
    clock: Callable[[], int]


def main() -> None:
    """Serves until SIGTERM or SIGINT. A refused setting is one line and exit code 2."""
    settings = chassis_settings.load_or_exit(Settings)
    configure_logs(SERVICE)
    keep_freed_memory()
    keys = KeySource(fetch_over_grpc(settings.gateway_target))
    try:
        engine = build(settings, authenticator=Authenticator(keys))
    except (chassis_settings.SettingRefused, DatabaseOwned, OSError) as refusal:
        print(refusal, file=sys.stderr)
        raise SystemExit(2) from None
    try:
        engine.server.run_until_signal()
    finally:
        engine.close()


if __name__ == "__main__":
    main()
