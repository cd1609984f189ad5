"""A process that writes through the chassis: `python -m ... URL MODE`."""

import os
import sys

from sqlalchemy import text

from aurelius_chassis.sql import Database


def main() -> None:
    """Counts up a hundred times, or dies inside a transaction."""
    database = Database.open(sys.argv[1])
    if sys.argv[2] == "die":
        with database.write() as connection:
            connection.execute(text("UPDATE counter SET value = value + 1000"))
            os.kill(os.getpid(), 9)
    for _ in range(100):
        with database.write() as connection:
            value = connection.execute(text("SELECT value FROM counter")).scalar_one()
            connection.execute(text("UPDATE counter SET value = :next"), {"next": value + 1})
    database.close()


if __name__ == "__main__":
    main()
