"""The tables of the first slice, and triggers that keep strategies as they were."""

import sqlalchemy as sa
from alembic import op

from aurelius_chassis import request_log
from aurelius_chassis.frozen_tables import freeze

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    request_log.create_table(op)
    _create_access()
    _create_work()
    freeze(op, "strategies")


def _create_access() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("create_time", sa.Text, nullable=False),
        sa.Column("update_time", sa.Text, nullable=False),
    )
    op.create_table(
        "login_attempts",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("attempt_count", sa.Integer, nullable=False),
        sa.Column("window_end", sa.Text, nullable=False, index=True),
    )
    op.create_table(
        "api_keys",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("lookup_id", sa.Text, nullable=False, unique=True),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("create_time", sa.Text, nullable=False),
        sa.Column("expire_time", sa.Text, nullable=True),
        sa.Column("revoke_time", sa.Text, nullable=True),
    )


def _create_work() -> None:
    op.create_table(
        "strategies",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("creator", sa.Text, nullable=False),
        sa.Column("create_time", sa.Text, nullable=False),
    )
    op.create_index("strategies_newest", "strategies", ["create_time", "id"])
    op.create_table(
        "pipeline_runs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("creator", sa.Text, nullable=False),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("seed", sa.Text, nullable=False),
        sa.Column("validations", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False, index=True),
        sa.Column("steps", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("identity", sa.Text, nullable=True),
        sa.Column("result_digest", sa.Text, nullable=False),
        sa.Column("gate_passed", sa.Boolean, nullable=True),
        sa.Column("create_time", sa.Text, nullable=False),
        sa.Column("update_time", sa.Text, nullable=False),
    )
    op.create_index("pipeline_runs_newest", "pipeline_runs", ["create_time", "id"])
