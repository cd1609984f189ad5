"""The SQL tables of the engine. Migrations make them; these describe them to queries.

A run is keyed by the id that its identity determines. Whatever belongs to a run
carries the identity too, and a foreign key over all of it: no artifact and no
replay without an identity that a run has.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()
IDENTITY = ("spec_hash", "data_hash", "seed", "engine_version")


def _identity() -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in IDENTITY]


def _of_a_run() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["run_id", *IDENTITY], ["runs.run_id", *(f"runs.{name}" for name in IDENTITY)]
    )


DATASETS = Table(
    "datasets",
    METADATA,
    Column("dataset_id", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False, unique=True),
    Column("create_time", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    Column("data_hash", Text, nullable=False),
    Column("calendar", Text, nullable=False),
    Column("provenance", Text, nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("symbols", Text, nullable=False),
    Column("first_time", BigInteger, nullable=False),
    Column("last_time", BigInteger, nullable=False),
    Column("object_digest", Text, nullable=False),
    Column("adapter", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("as_of_time", BigInteger, nullable=False),
    Column("survivorship", Text, nullable=True),
    Column("quality", Text, nullable=False),
    Column("flags", Text, nullable=False),
    Column("events", Text, nullable=False),
    Index("datasets_of_series", "series", "as_of_time"),
)
PRINTS = Table(
    "prints",
    METADATA,
    Column("data_hash", Text, primary_key=True),
    Column("object_digest", Text, nullable=False),
)
UPLOADS = Table(
    "dataset_uploads",
    METADATA,
    Column("upload_id", Text, primary_key=True),
    Column("create_time", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    Column("dataset_id", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("received_bytes", BigInteger, nullable=False),
    Column("calendar", Text, nullable=False),
    Column("provenance", Text, nullable=False),
    Column("file_digest", Text, nullable=False),
)
CHUNKS = Table(
    "dataset_upload_chunks",
    METADATA,
    Column("upload_id", Text, primary_key=True),
    Column("offset_bytes", BigInteger, primary_key=True, autoincrement=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    ForeignKeyConstraint(["upload_id"], ["dataset_uploads.upload_id"]),
)
RUNS = Table(
    "runs",
    METADATA,
    Column("run_id", Text, primary_key=True),
    *_identity(),
    Column("sequence", BigInteger, nullable=False, unique=True),
    Column("create_time", BigInteger, nullable=False),
    Column("update_time", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    Column("dataset", Text, nullable=False, index=True),
    Column("document", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("attempt_count", Integer, nullable=False),
    Column("failure_reason", Text, nullable=True),
    Column("failure_message", Text, nullable=True),
    Column("summary", Text, nullable=True),
    UniqueConstraint("run_id", *IDENTITY),
)
ARTIFACTS = Table(
    "artifacts",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("artifact_id", Text, primary_key=True),
    *_identity(),
    Column("digest", Text, nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("object_digest", Text, nullable=False),
    _of_a_run(),
)
REPLAYS = Table(
    "replays",
    METADATA,
    Column("replay_id", Text, primary_key=True),
    Column("run_id", Text, nullable=False, index=True),
    *_identity(),
    Column("create_time", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("sealed_result_digest", Text, nullable=False),
    Column("replayed_result_digest", Text, nullable=False),
    Column("difference", Text, nullable=True),
    Column("failure_message", Text, nullable=False),
    Column("failure_reason", Text, nullable=False, server_default=""),
    Column("perturbations", Text, nullable=False, server_default="[]"),
    _of_a_run(),
)
JOBS = Table(
    "jobs",
    METADATA,
    Column("job_id", Text, primary_key=True),
    Column("kind", Text, nullable=False, index=True),
    Column("document_hash", Text, nullable=False),
    Column("data_hash", Text, nullable=False),
    Column("seed", Text, nullable=False),
    Column("engine_version", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False, unique=True),
    Column("create_time", BigInteger, nullable=False),
    Column("update_time", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    Column("dataset", Text, nullable=False, index=True),
    Column("document", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("attempt_count", Integer, nullable=False),
    Column("progress", Text, nullable=False),
    Column("failure_reason", Text, nullable=True),
    Column("failure_message", Text, nullable=True),
    Column("outcome", Text, nullable=True),
)
TRIALS = Table(
    "trials",
    METADATA,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("subject", Text, nullable=False, index=True),
    Column("data_hash", Text, nullable=False, index=True),
    Column("content", Text, nullable=False),
    Column("leaf", Text, nullable=False),
)
HOLDOUT_VAULTS = Table(
    "holdout_vaults",
    METADATA,
    Column("vault_id", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False, unique=True),
    Column("create_time", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("data_hash", Text, nullable=False, unique=True),
    Column("criteria", Text, nullable=False),
    Column("budget_count", Integer, nullable=False),
    Column("reveals_criteria", Boolean, nullable=False),
)
HOLDOUT_EVALUATIONS = Table(
    "holdout_evaluations",
    METADATA,
    Column("vault_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("create_time", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("trial_place", BigInteger, nullable=False, unique=True),
    Column("verdict", Text, nullable=False),
    Column("criterion_verdicts", Text, nullable=False),
    ForeignKeyConstraint(["vault_id"], ["holdout_vaults.vault_id"]),
    ForeignKeyConstraint(["run_id"], ["runs.run_id"]),
    UniqueConstraint("creator", "request_id"),
)
