"""The one path of every call: who calls, the request id, the deadline and the retries."""

import random
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from google.protobuf.message import Message

from aurelius.gateway.v1 import auth_service_pb2
from aurelius_client.credentials import Credentials
from aurelius_client.errors import AureliusError, DeadlineExceeded, Unauthenticated, Unavailable
from aurelius_client.methods import Method, method_of
from aurelius_client.retries import RetryPolicy, is_passing
from aurelius_client.stream_ends import ends_in_error
from aurelius_client.transports import Metadata, Transport

T = TypeVar("T", bound=Message)


def _new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the SDK takes from the world, so that tests need no clock and no luck.

    `wall` is seconds since 1970, `monotonic` any seconds that only grow, `chance`
    a number in [0, 1), `new_id` an id that was never used.
    """

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.SystemRandom().random
    new_id: Callable[[], str] = _new_id


class Calls:
    """Sends calls and reads streams. Shared by all resources of a client."""

    def __init__(
        self,
        transport: Transport,
        *,
        credentials: Credentials,
        retries: RetryPolicy,
        surroundings: Surroundings,
        timeout_seconds: float,
    ) -> None:
        """Takes a transport and everything that decides when a call is sent again."""
        self.transport, self.credentials = transport, credentials
        self.retries, self.surroundings = retries, surroundings
        self._timeout_seconds = timeout_seconds

    async def call(
        self, request: Message, answer_type: type[T], *, timeout_seconds: float | None = None
    ) -> T:
        """Sends a request until it is answered or refused, or its time is over.

        Only a call that the contract calls repeatable is sent more than once.

        Raises:
            AureliusError: The call was refused or could not be made.
        """
        method = method_of(request)
        request = self._with_request_id(method, request)
        deadline = self.surroundings.monotonic() + (timeout_seconds or self._timeout_seconds)
        attempt = 0
        while True:
            attempt += 1
            try:
                return cast(T, await self._once(method, request, deadline))
            except AureliusError as refusal:
                if not (method.repeatable and is_passing(refusal)):
                    raise
                if not await self.pause(attempt, deadline):
                    raise

    async def stream(
        self,
        next_request: Callable[[], Message],
        answer_type: type[T],
        is_last: Callable[[T], bool],
    ) -> AsyncGenerator[T, None]:
        """Yields messages up to the last one; a stream that is lost is opened again.

        Args:
            next_request: Makes the request that goes on where the messages so far ended.
            answer_type: The messages' type.
            is_last: Whether a message is the last one.

        Raises:
            AureliusError: The stream was refused, or was lost for as long as a call may take.
        """
        attempt, deadline = 0, 0.0
        while True:
            lost: AureliusError = Unavailable("STREAM_CUT", "the stream ended before its end")
            try:
                async with aclosing(self._stream_once(next_request())) as messages:
                    async for message in messages:
                        attempt = 0
                        yield cast(T, message)
                        if is_last(cast(T, message)):
                            return
            except AureliusError as refusal:
                if not is_passing(refusal):
                    raise
                lost = refusal
            attempt += 1
            # From the loss on: the stream may have been silent, or gone well, for long.
            deadline = self.deadline() if attempt == 1 else deadline
            if not await self.pause(attempt, deadline):
                raise lost

    async def whole(self, request: Message, answer_type: type[T]) -> list[T]:
        """Returns all messages of a stream; one that is lost is read again from its beginning.

        Raises:
            AureliusError: The stream was refused, or was still lost a call's time later.
        """
        attempt, deadline = 0, 0.0
        while True:
            try:
                return [cast(T, message) async for message in self._stream_once(request)]
            except AureliusError as refusal:
                attempt += 1
                deadline = self.deadline() if attempt == 1 else deadline
                if not is_passing(refusal) or not await self.pause(attempt, deadline):
                    raise

    async def close(self) -> None:
        """Ends the connection."""
        await self.transport.close()

    def deadline(self) -> float:
        """Returns when a call that begins now is to end."""
        return self.surroundings.monotonic() + self._timeout_seconds

    async def pause(self, attempt: int, deadline: float) -> bool:
        """Waits before the next attempt; returns False if there is to be none."""
        if not self.retries.allows_another(attempt):
            return False
        seconds = self.retries.pause_seconds(attempt, self.surroundings.chance())
        if self.surroundings.monotonic() + seconds >= deadline:
            return False
        await self.transport.sleep(seconds)
        return True

    async def _once(self, method: Method, request: Message, deadline: float) -> Message:
        """Sends one attempt; a refused token is renewed once, as nothing was done with it."""
        if method.anonymous:
            return await self._send(method, request, self._metadata(), deadline)
        try:
            return await self._send(method, request, await self._authorised(deadline), deadline)
        except Unauthenticated:
            if not self.credentials.forget_token():
                raise
        return await self._send(method, request, await self._authorised(deadline), deadline)

    async def _send(
        self, method: Method, request: Message, metadata: Metadata, deadline: float
    ) -> Message:
        remaining = deadline - self.surroundings.monotonic()
        if remaining <= 0:
            raise DeadlineExceeded("DEADLINE_EXCEEDED", f"no time was left for {method.path}")
        return await self.transport.unary(
            method, request, metadata=metadata, timeout_seconds=remaining
        )

    async def _stream_once(self, request: Message) -> AsyncGenerator[Message, None]:
        method = method_of(request)
        deadline = self.deadline()
        renewed = False
        while True:
            metadata = self._metadata() if method.anonymous else await self._authorised(deadline)
            messages = self.transport.stream(
                method, request, metadata=metadata, timeout_seconds=None
            )
            began = False
            try:
                async with aclosing(messages) as opened:
                    async for message in opened:
                        began = True
                        if not ends_in_error(message):
                            yield message
                return
            except Unauthenticated:
                if began or renewed or not self.credentials.forget_token():
                    raise
                renewed = True

    async def _authorised(self, deadline: float) -> Metadata:
        """Returns the metadata of the caller, with a token bought first if need be."""
        if self.credentials.needs_token(self.surroundings.wall()):
            remaining = max(0.001, deadline - self.surroundings.monotonic())
            request = auth_service_pb2.ExchangeApiKeyRequest(api_key=self.credentials.api_key)
            issued = await self.call(
                request, auth_service_pb2.AccessToken, timeout_seconds=remaining
            )
            self.credentials.accept(issued)
        metadata = list(self._metadata())
        if self.credentials.token:
            metadata.append(("authorization", f"Bearer {self.credentials.token}"))
        return metadata

    def _metadata(self) -> Metadata:
        return [("x-request-id", self.surroundings.new_id())]

    def _with_request_id(self, method: Method, request: Message) -> Message:
        """Returns the request with an id of its own: one for all attempts of the call."""
        if not method.takes_request_id:
            return request
        named: Any = type(request)()
        named.CopyFrom(request)
        if not named.request_id:
            named.request_id = self.surroundings.new_id()
        return cast(Message, named)


async def pages(calls: Calls, request: Any, answer_type: type[T], field: str) -> AsyncIterator[Any]:
    """Yields the items of every page, asking for a page when the one before is used up."""
    while True:
        answer = await calls.call(request, answer_type)
        for item in getattr(answer, field):
            yield item
        token: str = getattr(answer, "next_page_token", "")
        if not token:
            return
        following = type(request)()
        following.CopyFrom(request)
        following.page_token = token
        request = following
