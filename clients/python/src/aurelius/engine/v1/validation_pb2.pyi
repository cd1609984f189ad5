import datetime

from aurelius.engine.v1 import backtest_pb2 as _backtest_pb2
from aurelius.engine.v1 import backtest_spec_pb2 as _backtest_spec_pb2
from aurelius.engine.v1 import sweep_pb2 as _sweep_pb2
from aurelius.engine.v1 import validation_studies_pb2 as _validation_studies_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Validation(_message.Message):
    __slots__ = ("name", "create_time", "update_time", "creator", "dataset", "data_hash", "seed", "engine_version", "spec", "validation_hash", "state", "failure", "progress", "result", "attempt_count")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Validation.State]
        STATE_RUNNING: _ClassVar[Validation.State]
        STATE_SUCCEEDED: _ClassVar[Validation.State]
        STATE_FAILED: _ClassVar[Validation.State]
        STATE_CRASHED: _ClassVar[Validation.State]
        STATE_CANCELLED: _ClassVar[Validation.State]
    STATE_UNSPECIFIED: Validation.State
    STATE_RUNNING: Validation.State
    STATE_SUCCEEDED: Validation.State
    STATE_FAILED: Validation.State
    STATE_CRASHED: Validation.State
    STATE_CANCELLED: Validation.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATOR_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    DATA_HASH_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    ENGINE_VERSION_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_HASH_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    creator: str
    dataset: str
    data_hash: str
    seed: int
    engine_version: str
    spec: ValidationSpec
    validation_hash: str
    state: Validation.State
    failure: _backtest_pb2.RunFailure
    progress: ValidationProgress
    result: ValidationResult
    attempt_count: int
    def __init__(self, name: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., creator: _Optional[str] = ..., dataset: _Optional[str] = ..., data_hash: _Optional[str] = ..., seed: _Optional[int] = ..., engine_version: _Optional[str] = ..., spec: _Optional[_Union[ValidationSpec, _Mapping]] = ..., validation_hash: _Optional[str] = ..., state: _Optional[_Union[Validation.State, str]] = ..., failure: _Optional[_Union[_backtest_pb2.RunFailure, _Mapping]] = ..., progress: _Optional[_Union[ValidationProgress, _Mapping]] = ..., result: _Optional[_Union[ValidationResult, _Mapping]] = ..., attempt_count: _Optional[int] = ...) -> None: ...

class ValidationSpec(_message.Message):
    __slots__ = ("base", "walk_forward", "cross_validation", "data_snooping", "bootstrap", "look_ahead_proof", "robustness", "execution_ambiguity", "run_checks")
    BASE_FIELD_NUMBER: _ClassVar[int]
    WALK_FORWARD_FIELD_NUMBER: _ClassVar[int]
    CROSS_VALIDATION_FIELD_NUMBER: _ClassVar[int]
    DATA_SNOOPING_FIELD_NUMBER: _ClassVar[int]
    BOOTSTRAP_FIELD_NUMBER: _ClassVar[int]
    LOOK_AHEAD_PROOF_FIELD_NUMBER: _ClassVar[int]
    ROBUSTNESS_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_AMBIGUITY_FIELD_NUMBER: _ClassVar[int]
    RUN_CHECKS_FIELD_NUMBER: _ClassVar[int]
    base: _backtest_spec_pb2.BacktestSpec
    walk_forward: _validation_studies_pb2.WalkForward
    cross_validation: _validation_studies_pb2.CrossValidation
    data_snooping: _validation_studies_pb2.DataSnooping
    bootstrap: _validation_studies_pb2.Bootstrap
    look_ahead_proof: _validation_studies_pb2.LookAheadProof
    robustness: _validation_studies_pb2.Robustness
    execution_ambiguity: _validation_studies_pb2.ExecutionAmbiguity
    run_checks: _validation_studies_pb2.RunChecks
    def __init__(self, base: _Optional[_Union[_backtest_spec_pb2.BacktestSpec, _Mapping]] = ..., walk_forward: _Optional[_Union[_validation_studies_pb2.WalkForward, _Mapping]] = ..., cross_validation: _Optional[_Union[_validation_studies_pb2.CrossValidation, _Mapping]] = ..., data_snooping: _Optional[_Union[_validation_studies_pb2.DataSnooping, _Mapping]] = ..., bootstrap: _Optional[_Union[_validation_studies_pb2.Bootstrap, _Mapping]] = ..., look_ahead_proof: _Optional[_Union[_validation_studies_pb2.LookAheadProof, _Mapping]] = ..., robustness: _Optional[_Union[_validation_studies_pb2.Robustness, _Mapping]] = ..., execution_ambiguity: _Optional[_Union[_validation_studies_pb2.ExecutionAmbiguity, _Mapping]] = ..., run_checks: _Optional[_Union[_validation_studies_pb2.RunChecks, _Mapping]] = ...) -> None: ...

class ValidationProgress(_message.Message):
    __slots__ = ("done_count", "total_count", "elapsed_seconds", "eta_seconds")
    DONE_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_SECONDS_FIELD_NUMBER: _ClassVar[int]
    ETA_SECONDS_FIELD_NUMBER: _ClassVar[int]
    done_count: int
    total_count: int
    elapsed_seconds: float
    eta_seconds: float
    def __init__(self, done_count: _Optional[int] = ..., total_count: _Optional[int] = ..., elapsed_seconds: _Optional[float] = ..., eta_seconds: _Optional[float] = ...) -> None: ...

class ValidationResult(_message.Message):
    __slots__ = ("result_digest", "tables", "statistics", "checks", "passed", "execution_count")
    RESULT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    TABLES_FIELD_NUMBER: _ClassVar[int]
    STATISTICS_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    PASSED_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    result_digest: str
    tables: _containers.RepeatedCompositeFieldContainer[ValidationTable]
    statistics: _containers.RepeatedCompositeFieldContainer[_backtest_pb2.MetricValue]
    checks: _containers.RepeatedCompositeFieldContainer[ValidationCheck]
    passed: bool
    execution_count: int
    def __init__(self, result_digest: _Optional[str] = ..., tables: _Optional[_Iterable[_Union[ValidationTable, _Mapping]]] = ..., statistics: _Optional[_Iterable[_Union[_backtest_pb2.MetricValue, _Mapping]]] = ..., checks: _Optional[_Iterable[_Union[ValidationCheck, _Mapping]]] = ..., passed: _Optional[bool] = ..., execution_count: _Optional[int] = ...) -> None: ...

class ValidationTable(_message.Message):
    __slots__ = ("name", "digest", "row_count", "size_bytes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    row_count: int
    size_bytes: int
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., row_count: _Optional[int] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class ValidationCheck(_message.Message):
    __slots__ = ("check_id", "severity", "verdict", "value", "comparison", "bound", "unit", "detail", "remedy", "evidence")
    class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SEVERITY_UNSPECIFIED: _ClassVar[ValidationCheck.Severity]
        SEVERITY_INFO: _ClassVar[ValidationCheck.Severity]
        SEVERITY_WARNING: _ClassVar[ValidationCheck.Severity]
        SEVERITY_BLOCKER: _ClassVar[ValidationCheck.Severity]
    SEVERITY_UNSPECIFIED: ValidationCheck.Severity
    SEVERITY_INFO: ValidationCheck.Severity
    SEVERITY_WARNING: ValidationCheck.Severity
    SEVERITY_BLOCKER: ValidationCheck.Severity
    class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        VERDICT_UNSPECIFIED: _ClassVar[ValidationCheck.Verdict]
        VERDICT_PASSED: _ClassVar[ValidationCheck.Verdict]
        VERDICT_FAILED: _ClassVar[ValidationCheck.Verdict]
        VERDICT_NOT_APPLICABLE: _ClassVar[ValidationCheck.Verdict]
    VERDICT_UNSPECIFIED: ValidationCheck.Verdict
    VERDICT_PASSED: ValidationCheck.Verdict
    VERDICT_FAILED: ValidationCheck.Verdict
    VERDICT_NOT_APPLICABLE: ValidationCheck.Verdict
    CHECK_ID_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    COMPARISON_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    check_id: str
    severity: ValidationCheck.Severity
    verdict: ValidationCheck.Verdict
    value: float
    comparison: _sweep_pb2.Comparison
    bound: float
    unit: str
    detail: str
    remedy: str
    evidence: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, check_id: _Optional[str] = ..., severity: _Optional[_Union[ValidationCheck.Severity, str]] = ..., verdict: _Optional[_Union[ValidationCheck.Verdict, str]] = ..., value: _Optional[float] = ..., comparison: _Optional[_Union[_sweep_pb2.Comparison, str]] = ..., bound: _Optional[float] = ..., unit: _Optional[str] = ..., detail: _Optional[str] = ..., remedy: _Optional[str] = ..., evidence: _Optional[_Iterable[str]] = ...) -> None: ...
