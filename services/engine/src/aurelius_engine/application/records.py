"""What the engine keeps: datasets, uploads, runs, artifacts, replays. Times in ns since 1970."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from aurelius_engine.domain.divergence import Difference
from aurelius_engine.domain.events.schema import MarketEventType
from aurelius_engine.domain.identity import RunIdentity
from aurelius_engine.domain.quality.flags import QualityFlag
from aurelius_engine.domain.results import RunResult
from aurelius_engine.domain.spec import nanoseconds
from aurelius_engine.domain.survivorship import Survivorship

SEALED = "DATA_CLASS_SEALED"


class FileFormat(Enum):
    """How the bytes of a file are laid out."""

    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"
    ALPACA_BARS_JSON = "alpaca_bars_json"
    YAHOO_CHART_JSON = "yahoo_chart_json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where data came from, kept word for word.

    `document` is the proto JSON of the whole, the calendar included.
    """

    calendar: str
    document: Mapping[str, Any]

    @property
    def time_zone(self) -> str:
        """The IANA zone of the venue."""
        return str(self.document["timeZone"])

    @property
    def data_class(self) -> str:
        """Whether the prices were traded or made, as the contract names it."""
        return str(self.document["dataClass"])

    @property
    def sealed(self) -> bool:
        """Whether nothing of the data may leave."""
        return self.data_class == SEALED

    @property
    def steps(self) -> Sequence[Mapping[str, str]]:
        """The transformation steps, in order: proto JSON."""
        return tuple(self.document.get("transformationSteps", ()))

    @property
    def untransformed(self) -> bool:
        """Whether it says that there were none."""
        return bool(self.document.get("untransformed", False))

    @property
    def series(self) -> str:
        """The sequence of versions that it belongs to; empty for none."""
        return str(self.document.get("series", ""))

    @property
    def as_of_time(self) -> int:
        """The moment whose knowledge the data represents, in ns since 1970."""
        return nanoseconds(str(self.document["asOfTime"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredQuality:
    """What is recorded of a quality report. `severity` is that of its worst finding, or NONE.

    `report_object` and `table_objects`, by table, name the stored bytes.
    """

    digest: str
    severity: str
    report_object: str
    table_objects: Mapping[str, str]

    @property
    def clean(self) -> bool:
        """Whether no finding is an error."""
        return self.severity != "ERROR"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvents:
    """The table of an event type. `object_digest` names its stored bytes."""

    type: MarketEventType
    row_count: int
    digest: str
    object_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One immutable version of market data: a table of bars, or tables of `events`.

    `object_digest` names the stored bars, and is empty where there are events; these have no
    survivorship.
    `adapter` is `marketAdapters/{market_adapter}@{version}`, what read the uploaded file;
    empty of what was derived. `flags` are what it put in the place of what the file does not
    say, or left out. `symbols` is empty in a list: there may be ten thousand.
    """

    id: str
    create_time: int
    creator: str
    data_hash: str
    provenance: Provenance
    row_count: int
    symbol_count: int
    symbols: tuple[str, ...]
    first_time: int
    last_time: int
    object_digest: str
    adapter: str
    flags: tuple[QualityFlag, ...]
    survivorship: Survivorship | None
    quality: StoredQuality
    events: tuple[StoredEvents, ...] = ()

    @property
    def name(self) -> str:
        """`datasets/{dataset}`."""
        return f"datasets/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A stored piece of an upload."""

    offset: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on its way to become a dataset. `file_digest` is set once it did."""

    id: str
    create_time: int
    creator: str
    dataset_id: str
    format: FileFormat
    size_bytes: int
    received_bytes: int
    provenance: Provenance
    file_digest: str = ""

    @property
    def name(self) -> str:
        """`datasetUploads/{dataset_upload}`."""
        return f"datasetUploads/{self.id}"


class RunState(Enum):
    """Where a run stands."""

    RUNNING = "RUNNING"
    SEALED = "SEALED"
    FAILED = "FAILED"
    CRASHED = "CRASHED"
    CANCELLED = "CANCELLED"
    QUARANTINED = "QUARANTINED"


# A run in one of these begins anew when its identity is submitted again.
RESTARTABLE = frozenset({RunState.FAILED, RunState.CRASHED, RunState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a run ended without a result. `reason` is one of the contract's."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricOutcome:
    """A metric's value, or why it has none."""

    metric_id: str
    version: int
    unit: str
    value: float | None
    undefined_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSummary:
    """What a result says of itself without its tables. Artifacts are in the order of their ids."""

    result_digest: str
    artifacts: tuple[tuple[str, str, int], ...]
    metrics: tuple[MetricOutcome, ...]
    labels: tuple[str, ...]


def summary_of(result: RunResult) -> ResultSummary:
    """Returns the summary of a result: id, digest and row count of each table, and its metrics."""
    return ResultSummary(
        result_digest=result.digest,
        artifacts=tuple(
            (name, digest, len(result.tables[name][0].data))
            for name, digest in sorted(result.digests.items())
        ),
        metrics=tuple(
            MetricOutcome(
                metric_id=metric.id,
                version=metric.version,
                unit=metric.unit,
                value=None if isinstance(outcome, str) else outcome,
                undefined_reason=outcome if isinstance(outcome, str) else "",
            )
            for metric, outcome in result.metrics
        ),
        labels=result.labels,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """How the record of a run is not the one that was written. `part` says of what."""

    part: str
    found: str
    allowed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of one identity. `document` is its resolved specification as proto JSON.

    With `damage`, the identity and the state are all that may be said of it.
    """

    identity: RunIdentity
    sequence: int
    create_time: int
    update_time: int
    creator: str
    dataset: str
    document: Mapping[str, Any] = field(repr=False)
    state: RunState
    attempt_count: int
    failure: Failure | None = None
    summary: ResultSummary | None = None
    damage: Damage | None = None

    @property
    def id(self) -> str:
        """The id that the identity determines."""
        return self.identity.run_id

    @property
    def name(self) -> str:
        """`runs/{run}`."""
        return f"runs/{self.id}"

    @property
    def ended(self) -> bool:
        """Whether the state is terminal."""
        return self.state is not RunState.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One table of a sealed run. `digest` is of its content, `object_digest` of its bytes."""

    identity: RunIdentity
    id: str
    digest: str
    row_count: int
    size_bytes: int
    object_digest: str

    @property
    def name(self) -> str:
        """`runs/{run}/artifacts/{artifact}`."""
        return f"runs/{self.identity.run_id}/artifacts/{self.id}"


class ReplayState(Enum):
    """Where a replay stands."""

    RUNNING = "RUNNING"
    EQUAL = "EQUAL"
    DIFFERENT = "DIFFERENT"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One more execution of an identity. In a difference, left is sealed and right replayed.

    `perturbations` is what its process has other than the engine's, `NAME=value` sorted.
    """

    id: str
    identity: RunIdentity
    create_time: int
    creator: str
    state: ReplayState
    sealed_result_digest: str
    replayed_result_digest: str = ""
    difference: Difference | None = None
    failure_message: str = ""
    failure_reason: str = ""
    perturbations: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`replays/{replay}`."""
        return f"replays/{self.id}"

    @property
    def ended(self) -> bool:
        """Whether the state is terminal."""
        return self.state is not ReplayState.RUNNING
