"""Threads that work on pipelines in the name of whoever asked."""

import contextvars
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import structlog

from aurelius_chassis.caller import current_request, enter_request
from aurelius_gateway.domain.errors import GatewayBusy

log = structlog.get_logger()


class CallerPool:
    """Implements the port `Workers`. The caller's token is kept in memory alone."""

    def __init__(self, *, max_workers: int, max_queued: int):
        """Takes how many pipelines are worked on, and how many more may wait."""
        self._executor = ThreadPoolExecutor(max_workers, thread_name_prefix="pipeline")
        self._places = max_workers + max_queued
        self._taken = 0
        self._lock = threading.Lock()
        self.stopping = threading.Event()

    @contextmanager
    def slot(self) -> Iterator["CallerSlot"]:
        """See the port."""
        with self._lock:
            if self._taken >= self._places:
                raise GatewayBusy("pipeline runs", found=self._taken + 1, allowed=self._places)
            self._taken += 1
        slot = CallerSlot(self._executor, self._release)
        try:
            yield slot
        finally:
            if not slot.started:
                self._release()

    def stop(self, hang_up: Callable[[], None]) -> None:
        """Has all work end soon, and waits for that.

        Args:
            hang_up: Ends the calls to other services that are being waited for.
        """
        self.stopping.set()
        hang_up()
        self._executor.shutdown(wait=True)

    def _release(self) -> None:
        with self._lock:
            self._taken -= 1


class CallerSlot:
    """Implements the port `Slot`."""

    def __init__(self, executor: ThreadPoolExecutor, release: Callable[[], None]):
        """Begins without work."""
        self._executor, self._release = executor, release
        self.started = False

    def start(self, work: Callable[[], None]) -> None:
        """See the port."""
        request = current_request()

        def carried() -> None:
            # The deadline is not carried: the pipeline outlives the call that created it.
            enter_request(request.caller, request.request_id, method=request.method)
            try:
                work()
            except Exception:
                log.exception("pipeline_crashed")
            finally:
                self._release()

        self._executor.submit(contextvars.Context().run, carried)
        self.started = True
