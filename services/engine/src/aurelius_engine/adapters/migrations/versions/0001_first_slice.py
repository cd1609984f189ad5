"""The tables, and triggers that keep what is sealed as it was."""

from alembic import op

from aurelius_chassis import request_log
from aurelius_engine.adapters.tables import METADATA

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What may not happen to which table, and when.
FROZEN = (
    ("datasets", "UPDATE", ""),
    ("datasets", "DELETE", ""),
    ("prints", "UPDATE", ""),
    ("prints", "DELETE", ""),
    ("artifacts", "UPDATE", ""),
    ("artifacts", "DELETE", ""),
    ("runs", "UPDATE", "OLD.state IN ('SEALED', 'QUARANTINED')"),
    ("runs", "DELETE", ""),
    ("replays", "UPDATE", "OLD.state <> 'RUNNING'"),
    ("replays", "DELETE", ""),
    ("jobs", "UPDATE", "OLD.state = 'SUCCEEDED'"),
    ("jobs", "DELETE", ""),
    ("trials", "UPDATE", ""),
    ("trials", "DELETE", ""),
    ("holdout_vaults", "UPDATE", ""),
    ("holdout_vaults", "DELETE", ""),
    ("holdout_evaluations", "UPDATE", "OLD.verdict <> 'NONE'"),
    ("holdout_evaluations", "DELETE", ""),
)


def upgrade() -> None:
    connection = op.get_bind()
    METADATA.create_all(connection)
    request_log.create_table(op)
    if connection.dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION engine_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is immutable', TG_TABLE_NAME; END $$"
        )
    for table, verb, condition in FROZEN:
        when = f"WHEN ({condition})" if condition else ""
        name = f"{table}_refuse_{verb.lower()}"
        if connection.dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW {when} "
                "EXECUTE FUNCTION engine_refuse_change()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {when} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is immutable'); END"
            )
