"""What an engine ships with that a test may replace."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from aurelius_chassis.sql import Database
from aurelius_engine.adapters.obstore_objects import ObstoreObjects
from aurelius_engine.adapters.perturbed_process import PerturbedProcess
from aurelius_engine.adapters.plugin_process import ProcessPlugins
from aurelius_engine.adapters.sql_holdouts import SqlHoldoutStore
from aurelius_engine.adapters.sql_jobs import SqlJobStore
from aurelius_engine.adapters.sql_records import SqlRecordStore
from aurelius_engine.adapters.sweep_codec import SweepCodec
from aurelius_engine.adapters.validation_codec import ValidationCodec
from aurelius_engine.application.backtests import Execute
from aurelius_engine.application.execution import execute
from aurelius_engine.application.holdout_store import HoldoutStore
from aurelius_engine.application.job_store import JobStore
from aurelius_engine.application.measuring import measure
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.perturbed_execution import PerturbedExecution
from aurelius_engine.application.record_store import RecordStore
from aurelius_engine.application.searching import MeasureRun
from aurelius_engine.application.sweep_records import Sweep
from aurelius_engine.application.validation_records import Validation

PLUGINS = ProcessPlugins()
_EXECUTE: Execute = partial(execute, plugins=PLUGINS)
_MEASURE: MeasureRun = partial(measure, plugins=PLUGINS)


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
