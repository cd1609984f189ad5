"""Watching, at the moments where a change could be lost or sent twice."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from aurelius_chassis import sql
from aurelius_gateway.adapters.sql_gateway_store import SqlGatewayStore
from aurelius_gateway.application.changes import Changes
from aurelius_gateway.application.pipeline_runs import PipelineRuns
from aurelius_gateway.application.pipeline_work import PipelineWork
from aurelius_gateway.domain.pipeline import PipelineRun, StepKind
from aurelius_gateway.main import MIGRATIONS, SERVICE
from aurelius_gateway.rpc.request_memory import ChassisRequestMemory
from aurelius_gateway.rpc.worker_pool import CallerPool

TIME = datetime(2026, 1, 2, tzinfo=UTC)
CREATED = PipelineRun(
    id="p1",
    creator="users/rita",
    strategy="strategies/trend",
    dataset="datasets/goog",
    spec={},
    seed=0,
    create_time=TIME,
    update_time=TIME,
)
BEGAN = CREATED.began(StepKind.BACKTEST, time=TIME)
FAILED = BEGAN.failed(reason="d/R", detail="why", time=TIME)


class NoService:
    """A service that nothing here asks."""

    def _asked(self, *_: object, **__: object) -> NoReturn:
        raise AssertionError("nothing here asks a service")

    create_backtest = ended_backtest = record_lineage = decide_gate = _asked


class Watching:
    """The use cases on a database of their own."""

    def __init__(self, database: sql.Database) -> None:
        store = SqlGatewayStore(database, ChassisRequestMemory())
        changes = Changes()
        self.pool = CallerPool(max_workers=1, max_queued=0)
        self.work = PipelineWork(
            store=store,
            engine=NoService(),
            governance=NoService(),
            changes=changes,
            now=lambda: TIME,
        )
        self.runs = PipelineRuns(
            store=store,
            work=self.work,
            workers=self.pool,
            changes=changes,
            now=lambda: TIME,
            new_id=lambda prefix: f"{prefix}1",
        )
        with store.write() as writing:
            writing.add_pipeline_run(CREATED)

    def watch(self, before_the_first_read: Callable[[], None]) -> Iterator[PipelineRun]:
        return self.runs.watch(CREATED.name, at_end_of_call=lambda close: before_the_first_read())


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    database = sql.Database.open(f"sqlite:///{tmp_path / 'gateway.db'}")
    sql.migrate(database, MIGRATIONS, SERVICE)
    watching = Watching(database)
    yield watching
    watching.pool.stop(hang_up=lambda: None)
    database.close()


def test_change_just_before_the_first_read_is_sent_once(watching: Watching) -> None:
    seen = watching.watch(lambda: watching.work.save(BEGAN))

    first = next(seen)
    watching.work.save(FAILED)

    assert [first, *seen] == [BEGAN, FAILED]


def test_end_just_before_the_first_read_ends_the_watch(watching: Watching) -> None:
    assert list(watching.watch(lambda: watching.work.save(FAILED))) == [FAILED]


def test_changes_between_two_messages_are_all_sent(watching: Watching) -> None:
    seen = watching.watch(lambda: None)

    first = next(seen)
    watching.work.save(BEGAN)
    watching.work.save(FAILED)

    assert [first, *seen] == [CREATED, BEGAN, FAILED]
