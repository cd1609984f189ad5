"""The tables of the first slice, and triggers that keep decisions as they were."""

from alembic import op

from aurelius_governance.adapters.tables import METADATA

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
)


def upgrade() -> None:
    connection = op.get_bind()
    METADATA.create_all(connection)
    if connection.dialect.name != "sqlite":
        raise NotImplementedError(f"no append-only triggers for {connection.dialect.name}")
    for table in FROZEN:
        for verb in ("UPDATE", "DELETE"):
            op.execute(_refuse(table, verb))
    op.execute(_refuse("promotions", "DELETE"))
    op.execute(_refuse("promotions", "UPDATE", when="WHEN OLD.state <> 'REQUESTED'"))


def _refuse(table: str, verb: str, *, when: str = "") -> str:
    return (
        f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} {when} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
