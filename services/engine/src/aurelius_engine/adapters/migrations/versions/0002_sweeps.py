"""The table of sweeps, and triggers that keep one that succeeded as it was."""

from alembic import op

from aurelius_engine.adapters.tables import SWEEPS

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FROZEN = (
    ("sweeps", "UPDATE", "OLD.state = 'SUCCEEDED'"),
    ("sweeps", "DELETE", ""),
)


def upgrade() -> None:
    connection = op.get_bind()
    # A database that begins here has it already: 0001 makes every table there is.
    SWEEPS.create(connection, checkfirst=True)
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
