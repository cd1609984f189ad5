"""The tables of the first slice, and triggers that keep decisions as they were."""

import sqlalchemy as sa
from alembic import op

from aurelius_chassis import request_log
from aurelius_chassis.frozen_tables import freeze

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FROZEN = (
    "ledger_entries",
    "ledger_nodes",
    "ledger_checkpoints",
    "lineage_records",
    "gate_decisions",
    "trial_logs",
)


def upgrade() -> None:
    request_log.create_table(op)
    _create_ledger()
    _create_decisions()
    for table in FROZEN:
        freeze(op, table)
    freeze(op, "promotions", open_while="OLD.state = 'REQUESTED'")


def _create_ledger() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("entry_index", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("create_time", sa.Text, nullable=False),
    )
    op.create_table(
        "ledger_nodes",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "ledger_checkpoints",
        sa.Column("tree_size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("create_time", sa.Text, nullable=False),
    )


def _create_decisions() -> None:
    op.create_table(
        "lineage_records",
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("recorder", sa.Text, nullable=False),
        sa.Column("ledger_index", sa.BigInteger, nullable=False, unique=True),
        sa.Column("create_time", sa.Text, nullable=False),
        sa.Column("update_time", sa.Text, nullable=False),
    )
    op.create_table(
        "gate_decisions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("run", sa.Text, nullable=False, index=True),
        sa.Column("gate", sa.Text, nullable=False),
        sa.Column("checks", sa.Text, nullable=False),
        sa.Column("replay", sa.Text, nullable=False),
        sa.Column("lineage_revision", sa.BigInteger, nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("ledger_index", sa.BigInteger, nullable=False, unique=True),
        sa.Column("create_time", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("trial_log_size", sa.BigInteger, nullable=False),
        sa.Column("trial_log_root", sa.Text, nullable=False),
    )
    op.create_table(
        "trial_logs",
        sa.Column("tree_size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "promotions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("run", sa.Text, nullable=False, index=True),
        sa.Column("target_stage", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("justification", sa.Text, nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("lineage_record", sa.Text, nullable=False),
        sa.Column("lineage_revision", sa.BigInteger, nullable=False),
        sa.Column("gate_decision", sa.Text, nullable=False),
        sa.Column("request_ledger_index", sa.BigInteger, nullable=False, unique=True),
        sa.Column("create_time", sa.Text, nullable=False),
        sa.Column("update_time", sa.Text, nullable=False),
        sa.Column("decider", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("decision_ledger_index", sa.BigInteger, nullable=True, unique=True),
    )
