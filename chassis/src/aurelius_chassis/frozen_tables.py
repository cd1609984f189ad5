"""Rows that the database itself keeps as they were written, whoever connects to it.

Triggers refuse what changes or removes a row, and what does so on the way: TRUNCATE, and the
REPLACE of SQLite, which deletes whatever holds a key of the new row and fires no trigger then.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import inspect

Keys = Sequence[Sequence[str]]


def freeze(
    op: Any, table: str, *, open_while: str = "", open_columns: Collection[str] = ()
) -> None:
    """Refuses changes of a table's rows; call it after the table and its indexes are made.

    Args:
        op: Alembic's, in a service's migration.
        table: Its name; no row of it can be removed.
        open_while: A condition on `OLD`; a row may change while it holds. Empty means never.
        open_columns: What may change then. Empty means every column.
    """
    inspector = inspect(op.get_bind())
    columns = [str(column["name"]) for column in inspector.get_columns(table)]
    closed = [name for name in columns if open_columns and name not in open_columns]
    if op.get_bind().dialect.name == "sqlite":
        _freeze_sqlite(op, table, _keys(inspector, table), _refused("IS NOT", open_while, closed))
    else:
        _freeze_postgresql(op, table, _refused("IS DISTINCT FROM", open_while, closed))


def _refused(differs: str, open_while: str, closed: Sequence[str]) -> str:
    """Returns when an update is refused; empty for always."""
    if not open_while:
        return ""
    changed = [f"NEW.{name} {differs} OLD.{name}" for name in closed]
    return " OR ".join([f"NOT ({open_while})", *changed])


def _keys(inspector: Any, table: str) -> Keys:
    """Returns all that is unique in a table."""
    constraints = [inspector.get_pk_constraint(table), *inspector.get_unique_constraints(table)]
    keys = [key["constrained_columns"] for key in constraints[:1]]
    keys += [key["column_names"] for key in constraints[1:]]
    keys += [key["column_names"] for key in inspector.get_indexes(table) if key["unique"]]
    return [key for key in keys if key]


def _freeze_sqlite(op: Any, table: str, keys: Keys, refused: str) -> None:
    held = " OR ".join(
        " AND ".join(f"{name} = NEW.{name}" for name in key) for key in [*keys, ["rowid"]]
    )
    taken = f"EXISTS (SELECT 1 FROM {table} WHERE ({held})"
    replacing = f"{refused} OR {taken} AND rowid <> OLD.rowid)" if refused else ""
    for verb, when in (("INSERT", f"{taken})"), ("UPDATE", replacing), ("DELETE", "")):
        op.execute(
            f"CREATE TRIGGER {_name(table, verb)} BEFORE {verb} ON {table} {_when(when)} "
            f"BEGIN SELECT RAISE(ABORT, '{_message(table)}'); END"
        )


def _freeze_postgresql(op: Any, table: str, refused: str) -> None:
    function = f"{table}_refuse_change"
    op.execute(
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{_message(table)}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    for verb, each, when in (
        ("UPDATE", "ROW", refused),
        ("DELETE", "ROW", ""),
        ("TRUNCATE", "STATEMENT", ""),
    ):
        op.execute(
            f"CREATE TRIGGER {_name(table, verb)} BEFORE {verb} ON {table} FOR EACH {each} "
            f"{_when(when)} EXECUTE FUNCTION {function}()"
        )


def _name(table: str, verb: str) -> str:
    return f"{table}_refuse_{verb.lower()}"


def _when(condition: str) -> str:
    return f"WHEN ({condition})" if condition else ""


def _message(table: str) -> str:
    return f"{table} is immutable"
