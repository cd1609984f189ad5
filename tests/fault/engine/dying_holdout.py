"""An engine that stops for ever inside a holdout evaluation, for a parent that kills it there.

    python -m tests.fault.engine.dying_holdout FOLDER POINT

It registers bars, creates a vault with a budget of two and evaluates a run, and prints
`AT POINT` when it gets there. Points: `spend-inside`, before the transaction that spends
commits; `execute`, between it and the verdict; `judge-inside`, before the transaction that
judges commits.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aurelius_chassis.sql import Database
from aurelius_chassis.telemetry import configure_logs
from aurelius_engine.adapters.sql_holdouts import SqlHoldoutStore
from aurelius_engine.main import SERVICE
from aurelius_engine.parts import SHIPPED, Parts
from tests.contract.engine import vaults
from tests.contract.engine.serving import serving
from tests.fault.engine.dying_engine import Point

REQUEST_ID = "the request of the engine that died"
POINTS = ("spend-inside", "execute", "judge-inside")


class StoppingHoldouts(SqlHoldoutStore):
    """The records that ship, with points around their commits."""

    def __init__(self, database: Database, point: Point) -> None:
        super().__init__(database)
        self._point = point

    @contextmanager
    def write(self) -> Iterator[Any]:
        done: list[str] = []
        with super().write() as inner:
            for name in ("spend", "judge"):
                setattr(inner, name, _noting(getattr(inner, name), done, name))
            yield inner
            for name in done:
                self._point.at(f"{name}-inside")


def _noting(write: Any, done: list[str], name: str) -> Any:
    def noted(*arguments: Any) -> None:
        write(*arguments)
        done.append(name)

    return noted


def main() -> None:
    configure_logs(SERVICE)  # to standard error: a line of the log would cut a line `AT`
    folder, point = Path(sys.argv[1]), Point(sys.argv[2])
    executed: list[Any] = []

    def stopping_execute(*arguments: Any, **named: Any) -> Any:
        executed.append(arguments)
        if len(executed) == 2:  # the first is the run itself
            point.at("execute")
        return SHIPPED.execute(*arguments, **named)

    parts = Parts(
        execute=stopping_execute,
        holdouts=lambda database: StoppingHoldouts(database, point),
    )
    with serving(folder, parts=parts) as engine:
        vaults.registered_both(engine)
        vaults.create_vault(engine, budget=2)
        vaults.evaluate(engine, vaults.run_of(engine), request_id=REQUEST_ID)
    print("DONE", flush=True)


if __name__ == "__main__":
    main()
