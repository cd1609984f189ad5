"""Work on other threads: its results, its errors, and a fork that has none of them."""

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from aurelius_engine.beside import at_once, begin


@pytest.mark.parametrize("later", [begin, at_once])
def test_a_call_gives_its_result_or_its_error(later: Callable[..., Callable[[], Any]]) -> None:
    assert later(divmod, 7, 2)() == (3, 1)
    with pytest.raises(ZeroDivisionError):
        later(divmod, 7, 0)()


def test_only_what_is_begun_leaves_the_thread() -> None:
    assert begin(threading.get_ident)() != threading.get_ident()
    assert at_once(threading.get_ident)() == threading.get_ident()


def test_a_forked_child_has_threads_of_its_own() -> None:
    assert begin(os.getpid)() == os.getpid()
    child = os.fork()
    if child == 0:
        os._exit(0 if begin(os.getpid)() == os.getpid() else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
