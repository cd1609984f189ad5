"""The tables of governance. Migrations make them; these describe them to queries."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()

LEDGER_ENTRIES = Table(
    "ledger_entries",
    METADATA,
    Column("entry_index", BigInteger, primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("create_time", Text, nullable=False),
)
LEDGER_NODES = Table(
    "ledger_nodes",
    METADATA,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
LEDGER_CHECKPOINTS = Table(
    "ledger_checkpoints",
    METADATA,
    Column("tree_size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("create_time", Text, nullable=False),
)
LINEAGE_RECORDS = Table(
    "lineage_records",
    METADATA,
    Column("run", Text, primary_key=True),
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("evidence", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("recorder", Text, nullable=False),
    Column("ledger_index", BigInteger, nullable=False, unique=True),
    Column("create_time", Text, nullable=False),
    Column("update_time", Text, nullable=False),
)
GATE_DECISIONS = Table(
    "gate_decisions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("run", Text, nullable=False, index=True),
    Column("gate", Text, nullable=False),
    Column("checks", Text, nullable=False),
    Column("replay", Text, nullable=False),
    Column("lineage_revision", BigInteger, nullable=False),
    Column("requester", Text, nullable=False),
    Column("ledger_index", BigInteger, nullable=False, unique=True),
    Column("create_time", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("trial_log_size", BigInteger, nullable=False),
    Column("trial_log_root", Text, nullable=False),
)
TRIAL_LOGS = Table(
    "trial_logs",
    METADATA,
    Column("tree_size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
)
PROMOTIONS = Table(
    "promotions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("run", Text, nullable=False, index=True),
    Column("target_stage", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("justification", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("lineage_record", Text, nullable=False),
    Column("lineage_revision", BigInteger, nullable=False),
    Column("gate_decision", Text, nullable=False),
    Column("request_ledger_index", BigInteger, nullable=False, unique=True),
    Column("create_time", Text, nullable=False),
    Column("update_time", Text, nullable=False),
    Column("decider", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("decision_ledger_index", BigInteger, nullable=True, unique=True),
)
