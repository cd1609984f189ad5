"""Written once, called both ways.

What the SDK does is written as coroutines. The asynchronous client hands them
out; the synchronous client drives them to their end on a transport that blocks,
so that they never wait for a loop.
"""

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from aurelius_client.calls import Calls

P = ParamSpec("P")
T = TypeVar("T")


class Mode:
    """How a client is called."""

    blocking: bool


class Sync(Mode):
    """Calls block and return their answer."""

    blocking = True


class Async(Mode):
    """Calls return coroutines and asynchronous iterators."""

    blocking = False


M = TypeVar("M", bound=Mode)


class Resource(Generic[M]):
    """One noun of the contract, over a shared path for calls."""

    def __init__(self, calls: Calls, mode: type[M]) -> None:
        """Takes the path that all calls of a client share."""
        self._calls, self._mode = calls, mode


class operation(Generic[P, T]):  # noqa: N801
    """A call with one answer: `T` of a synchronous client, a coroutine of an asynchronous one."""

    def __init__(self, written: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]) -> None:
        """Takes the coroutine function."""
        self.written = written
        self.__doc__ = written.__doc__

    @overload
    def __get__(self, instance: Resource[Sync], owner: object) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, instance: Resource[Async], owner: object
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, instance: None, owner: object) -> "operation[P, T]": ...
    def __get__(self, instance: Any, owner: object) -> Any:
        """Binds the coroutine function to a resource, in the resource's mode."""
        if instance is None:
            return self
        written = self.written

        @functools.wraps(written)
        def call(*arguments: Any, **named: Any) -> Any:
            coroutine = written(instance, *arguments, **named)
            return drive(coroutine) if instance._mode.blocking else coroutine

        return call


class listing(Generic[P, T]):  # noqa: N801
    """A call with many answers: an iterator, or an asynchronous iterator."""

    def __init__(self, written: Callable[Concatenate[Any, P], AsyncIterator[T]]) -> None:
        """Takes the asynchronous generator function."""
        self.written = written
        self.__doc__ = written.__doc__

    @overload
    def __get__(self, instance: Resource[Sync], owner: object) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(
        self, instance: Resource[Async], owner: object
    ) -> Callable[P, AsyncIterator[T]]: ...
    @overload
    def __get__(self, instance: None, owner: object) -> "listing[P, T]": ...
    def __get__(self, instance: Any, owner: object) -> Any:
        """Binds the generator function to a resource, in the resource's mode."""
        if instance is None:
            return self
        written = self.written

        @functools.wraps(written)
        def call(*arguments: Any, **named: Any) -> Any:
            answers = written(instance, *arguments, **named)
            return drive_each(answers) if instance._mode.blocking else answers

        return call


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine that never waits, and returns its value."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        value: T = ended.value
        return value
    coroutine.close()
    raise AssertionError("a synchronous call waited for an event loop")


def drive_each(answers: AsyncIterator[T]) -> Iterator[T]:
    """Iterates an asynchronous generator that never waits; closes it when left early."""
    try:
        while True:
            try:
                answer = drive(_next(answers))
            except StopAsyncIteration:
                return
            yield answer
    finally:
        if isinstance(answers, AsyncGenerator):
            drive(_close(answers))


async def _next(answers: AsyncIterator[T]) -> T:
    return await anext(answers)


async def _close(answers: AsyncGenerator[Any, Any]) -> None:
    await answers.aclose()
