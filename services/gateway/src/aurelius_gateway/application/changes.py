"""Who watches which pipeline run in this process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from aurelius_gateway.domain.pipeline import PipelineRun


class Subscription:
    """The revisions of one pipeline run that are published from now on."""

    def __init__(self) -> None:
        """Begins empty. A run has few revisions, so the queue is short."""
        self._queue: SimpleQueue[PipelineRun | None] = SimpleQueue()

    def put(self, run: PipelineRun) -> None:
        """Adds a revision."""
        self._queue.put(run)

    def close(self) -> None:
        """Ends the iteration, also for whoever waits in it."""
        self._queue.put(None)

    def __iter__(self) -> Iterator[PipelineRun]:
        """Waits for each revision, until closed."""
        return iter(self._queue.get, None)


class Changes:
    """Tells watchers of new revisions. Safe to use from many threads."""

    def __init__(self) -> None:
        """Begins without watchers."""
        self._lock = threading.Lock()
        self._watchers: dict[str, set[Subscription]] = {}

    def publish(self, run: PipelineRun) -> None:
        """Tells the watchers of the run; call it once the revision is durable."""
        with self._lock:
            watchers = tuple(self._watchers.get(run.id, ()))
        for watcher in watchers:
            watcher.put(run)

    @contextmanager
    def subscribed(self, run_id: str) -> Iterator[Subscription]:
        """Gives a subscription that lasts as long as the context."""
        subscription = Subscription()
        with self._lock:
            self._watchers.setdefault(run_id, set()).add(subscription)
        try:
            yield subscription
        finally:
            with self._lock:
                self._watchers[run_id].discard(subscription)
                if not self._watchers[run_id]:
                    del self._watchers[run_id]
