from aurelius_chassis.sql import run_migrations
from aurelius_engine.adapters.tables import METADATA

run_migrations(METADATA)
