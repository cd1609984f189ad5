"""Watching a resource to its end: by stream or, if the server has none left, by polling."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, TypeVar

from google.protobuf.message import Message

from aurelius_client.calls import Calls
from aurelius_client.errors import ResourceExhausted

POLL_SECONDS = 1.0
T = TypeVar("T", bound=Message)


async def watched(
    calls: Calls,
    *,
    watch: Message,
    answer_type: type[Any],
    field: str,
    get: Message,
    resource_type: type[T],
    is_terminal: Callable[[T], bool],
) -> AsyncGenerator[T, None]:
    """Yields the resource now and at each change, and ends after a terminal state.

    Args:
        calls: The path of the calls.
        watch: The request of the Watch RPC.
        answer_type: Its messages.
        field: Where a message has the resource.
        get: The request of the Get RPC.
        resource_type: The resource.
        is_terminal: Whether the resource will not change again.

    Raises:
        AureliusError: The resource cannot be watched.
    """
    last: T | None = None

    def ends(message: Any) -> bool:
        return is_terminal(getattr(message, field))

    try:
        async with aclosing(calls.stream(lambda: watch, answer_type, ends)) as messages:
            async for message in messages:
                current: T = getattr(message, field)
                if current != last:
                    last = current
                    yield current
        return
    except ResourceExhausted as refusal:
        if refusal.reason != "TOO_MANY_STREAMS":
            raise
    while True:
        current = await calls.call(get, resource_type)
        if current != last:
            last = current
            yield current
        if is_terminal(current):
            return
        await calls.transport.sleep(POLL_SECONDS)


async def last_of(changes: AsyncIterator[T], first: T) -> T:
    """Returns the last of the changes, or `first` if there is none."""
    last = first
    async for change in changes:
        last = change
    return last
