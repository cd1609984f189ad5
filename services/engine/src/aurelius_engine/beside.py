"""Other threads for kernels: they hold no interpreter lock, and write nothing that others read."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def _new_pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="beside")


class _Beside:
    """The threads of this process; a forked child has none of its parent's."""

    pool = _new_pool()


def _forget() -> None:
    _Beside.pool = _new_pool()


os.register_at_fork(after_in_child=_forget)


def begin(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
    """Begins a call on another thread; what is returned waits for its result, or its error."""
    return _Beside.pool.submit(function, *args, **kwargs).result


def at_once(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
    """As `begin`, on this thread and now: for work too small to share."""
    result = function(*args, **kwargs)
    return lambda: result
