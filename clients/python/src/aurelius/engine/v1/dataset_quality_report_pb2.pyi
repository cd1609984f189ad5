from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.engine.v1 import dataset_pb2 as _dataset_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BarLabel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BAR_LABEL_UNSPECIFIED: _ClassVar[BarLabel]
    BAR_LABEL_SESSION: _ClassVar[BarLabel]
    BAR_LABEL_BEGIN: _ClassVar[BarLabel]
    BAR_LABEL_END: _ClassVar[BarLabel]
BAR_LABEL_UNSPECIFIED: BarLabel
BAR_LABEL_SESSION: BarLabel
BAR_LABEL_BEGIN: BarLabel
BAR_LABEL_END: BarLabel

class DatasetQualityReport(_message.Message):
    __slots__ = ("name", "clean", "digest", "report")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CLEAN_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    name: str
    clean: bool
    digest: str
    report: QualityReport
    def __init__(self, name: _Optional[str] = ..., clean: _Optional[bool] = ..., digest: _Optional[str] = ..., report: _Optional[_Union[QualityReport, _Mapping]] = ...) -> None: ...

class QualityReport(_message.Message):
    __slots__ = ("rules_version", "data_hash", "calendar", "calendar_version", "adjustment", "bar_interval", "bar_label", "row_count", "symbol_count", "clean", "severity", "checks", "policy", "findings_digest", "coverage_digest", "flags")
    RULES_VERSION_FIELD_NUMBER: _ClassVar[int]
    DATA_HASH_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_VERSION_FIELD_NUMBER: _ClassVar[int]
    ADJUSTMENT_FIELD_NUMBER: _ClassVar[int]
    BAR_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    BAR_LABEL_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_COUNT_FIELD_NUMBER: _ClassVar[int]
    CLEAN_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    rules_version: int
    data_hash: str
    calendar: str
    calendar_version: str
    adjustment: _dataset_pb2.Adjustment
    bar_interval: str
    bar_label: BarLabel
    row_count: int
    symbol_count: int
    clean: bool
    severity: _dataset_pb2.QualitySeverity
    checks: _containers.RepeatedCompositeFieldContainer[QualityCheck]
    policy: QualityPolicy
    findings_digest: str
    coverage_digest: str
    flags: _containers.RepeatedCompositeFieldContainer[_dataset_pb2.QualityFlag]
    def __init__(self, rules_version: _Optional[int] = ..., data_hash: _Optional[str] = ..., calendar: _Optional[str] = ..., calendar_version: _Optional[str] = ..., adjustment: _Optional[_Union[_dataset_pb2.Adjustment, str]] = ..., bar_interval: _Optional[str] = ..., bar_label: _Optional[_Union[BarLabel, str]] = ..., row_count: _Optional[int] = ..., symbol_count: _Optional[int] = ..., clean: _Optional[bool] = ..., severity: _Optional[_Union[_dataset_pb2.QualitySeverity, str]] = ..., checks: _Optional[_Iterable[_Union[QualityCheck, _Mapping]]] = ..., policy: _Optional[_Union[QualityPolicy, _Mapping]] = ..., findings_digest: _Optional[str] = ..., coverage_digest: _Optional[str] = ..., flags: _Optional[_Iterable[_Union[_dataset_pb2.QualityFlag, _Mapping]]] = ...) -> None: ...

class QualityCheck(_message.Message):
    __slots__ = ("check", "severity", "finding_count", "bar_count", "listed_count", "refused", "meaning", "remedy")
    CHECK_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    FINDING_COUNT_FIELD_NUMBER: _ClassVar[int]
    BAR_COUNT_FIELD_NUMBER: _ClassVar[int]
    LISTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    MEANING_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    check: str
    severity: _dataset_pb2.QualitySeverity
    finding_count: int
    bar_count: int
    listed_count: int
    refused: bool
    meaning: str
    remedy: str
    def __init__(self, check: _Optional[str] = ..., severity: _Optional[_Union[_dataset_pb2.QualitySeverity, str]] = ..., finding_count: _Optional[int] = ..., bar_count: _Optional[int] = ..., listed_count: _Optional[int] = ..., refused: _Optional[bool] = ..., meaning: _Optional[str] = ..., remedy: _Optional[str] = ...) -> None: ...

class QualityPolicy(_message.Message):
    __slots__ = ("low_coverage_ratio", "lost_sessions_ratio", "coverage_min_count", "stale_bars", "untraded_bars", "outlier_score", "outlier_floor_ratio", "outlier_min_returns", "reversal_ratio", "split_ratios", "split_tolerance_ratio", "zone_misfit_ratio", "zone_fit_ratio", "zone_min_bars", "volume_block_sessions", "volume_jump_ratio", "findings_max_count")
    LOW_COVERAGE_RATIO_FIELD_NUMBER: _ClassVar[int]
    LOST_SESSIONS_RATIO_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_MIN_COUNT_FIELD_NUMBER: _ClassVar[int]
    STALE_BARS_FIELD_NUMBER: _ClassVar[int]
    UNTRADED_BARS_FIELD_NUMBER: _ClassVar[int]
    OUTLIER_SCORE_FIELD_NUMBER: _ClassVar[int]
    OUTLIER_FLOOR_RATIO_FIELD_NUMBER: _ClassVar[int]
    OUTLIER_MIN_RETURNS_FIELD_NUMBER: _ClassVar[int]
    REVERSAL_RATIO_FIELD_NUMBER: _ClassVar[int]
    SPLIT_RATIOS_FIELD_NUMBER: _ClassVar[int]
    SPLIT_TOLERANCE_RATIO_FIELD_NUMBER: _ClassVar[int]
    ZONE_MISFIT_RATIO_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIT_RATIO_FIELD_NUMBER: _ClassVar[int]
    ZONE_MIN_BARS_FIELD_NUMBER: _ClassVar[int]
    VOLUME_BLOCK_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    VOLUME_JUMP_RATIO_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_MAX_COUNT_FIELD_NUMBER: _ClassVar[int]
    low_coverage_ratio: float
    lost_sessions_ratio: float
    coverage_min_count: int
    stale_bars: int
    untraded_bars: int
    outlier_score: float
    outlier_floor_ratio: float
    outlier_min_returns: int
    reversal_ratio: float
    split_ratios: _containers.RepeatedScalarFieldContainer[float]
    split_tolerance_ratio: float
    zone_misfit_ratio: float
    zone_fit_ratio: float
    zone_min_bars: int
    volume_block_sessions: int
    volume_jump_ratio: float
    findings_max_count: int
    def __init__(self, low_coverage_ratio: _Optional[float] = ..., lost_sessions_ratio: _Optional[float] = ..., coverage_min_count: _Optional[int] = ..., stale_bars: _Optional[int] = ..., untraded_bars: _Optional[int] = ..., outlier_score: _Optional[float] = ..., outlier_floor_ratio: _Optional[float] = ..., outlier_min_returns: _Optional[int] = ..., reversal_ratio: _Optional[float] = ..., split_ratios: _Optional[_Iterable[float]] = ..., split_tolerance_ratio: _Optional[float] = ..., zone_misfit_ratio: _Optional[float] = ..., zone_fit_ratio: _Optional[float] = ..., zone_min_bars: _Optional[int] = ..., volume_block_sessions: _Optional[int] = ..., volume_jump_ratio: _Optional[float] = ..., findings_max_count: _Optional[int] = ...) -> None: ...
