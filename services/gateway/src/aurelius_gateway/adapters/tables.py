"""The tables of the gateway. Migrations make them; these describe them to queries.

Times are texts of one length in UTC, so their order is the order of time.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

METADATA = MetaData()

USERS = Table(
    "users",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("roles", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("create_time", Text, nullable=False),
    Column("update_time", Text, nullable=False),
)
LOGIN_ATTEMPTS = Table(
    "login_attempts",
    METADATA,
    Column("user_id", Text, primary_key=True),
    Column("attempt_count", Integer, nullable=False),
    Column("window_end", Text, nullable=False, index=True),
)
API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("user_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("lookup_id", Text, nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False),
    Column("roles", Text, nullable=False),
    Column("create_time", Text, nullable=False),
    Column("expire_time", Text, nullable=True),
    Column("revoke_time", Text, nullable=True),
)
STRATEGIES = Table(
    "strategies",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("creator", Text, nullable=False),
    Column("create_time", Text, nullable=False),
)
PIPELINE_RUNS = Table(
    "pipeline_runs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("creator", Text, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("spec", Text, nullable=False),
    # Unsigned 64 bits, which no integer column has.
    Column("seed", Text, nullable=False),
    Column("validations", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("steps", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("identity", Text, nullable=True),
    Column("result_digest", Text, nullable=False),
    Column("gate_passed", Boolean, nullable=True),
    Column("create_time", Text, nullable=False),
    Column("update_time", Text, nullable=False),
)
Index("strategies_newest", STRATEGIES.c.create_time, STRATEGIES.c.id)
Index("pipeline_runs_newest", PIPELINE_RUNS.c.create_time, PIPELINE_RUNS.c.id)
