"""The tables, and triggers that keep what is sealed as it was."""

from alembic import op

from aurelius_chassis import request_log
from aurelius_chassis.frozen_tables import freeze
from aurelius_engine.adapters.tables import METADATA

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Never changed.
FROZEN = ("datasets", "prints", "artifacts", "trials", "holdout_vaults")


def upgrade() -> None:
    METADATA.create_all(op.get_bind())
    request_log.create_table(op)
    for table in FROZEN:
        freeze(op, table)
    freeze(op, "runs", open_while="OLD.state NOT IN ('SEALED', 'QUARANTINED')")
    freeze(op, "replays", open_while="OLD.state = 'RUNNING'")
    freeze(op, "jobs", open_while="OLD.state <> 'SUCCEEDED'")
    freeze(
        op,
        "holdout_evaluations",
        open_while="OLD.verdict = 'PENDING'",
        open_columns=("verdict", "criterion_verdicts"),
    )
