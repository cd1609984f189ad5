"""What the process of a replay has other than the engine's, and why one failed."""

from alembic import op
from sqlalchemy import inspect

from aurelius_engine.adapters.tables import REPLAYS

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A database that begins here has them already: 0001 makes every table there is.
    present = {column["name"] for column in inspect(op.get_bind()).get_columns(REPLAYS.name)}
    for name in ("failure_reason", "perturbations"):
        if name not in present:
            op.add_column(REPLAYS.name, REPLAYS.c[name]._copy())
