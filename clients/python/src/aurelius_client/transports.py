"""How messages travel: one port, a blocking and an asyncio implementation over gRPC."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from typing import Any, Protocol

import grpc
import grpc.aio
from google.protobuf.message import Message

from aurelius_client.methods import Method
from aurelius_client.refusals import from_rpc
from aurelius_client.targets import Target, is_loopback

Metadata = Sequence[tuple[str, str]]
# An upload's chunk and a download's message are far below; a page of lists is too.
_MESSAGE_LIMIT_BYTES = 64 * 1024 * 1024


class Transport(Protocol):
    """Sends one attempt of a call. A failure is an AureliusError, never gRPC's own."""

    async def unary(
        self, method: Method, request: Message, *, metadata: Metadata, timeout_seconds: float | None
    ) -> Message:
        """Returns the answer."""

    def stream(
        self, method: Method, request: Message, *, metadata: Metadata, timeout_seconds: float | None
    ) -> AsyncGenerator[Message, None]:
        """Yields the messages; closing the iterator cancels the call."""

    async def sleep(self, seconds: float) -> None:
        """Waits."""

    async def close(self) -> None:
        """Ends every call and the connection."""


def channel_options(target: Target) -> list[tuple[str, Any]]:
    """Returns the options of a channel: this SDK alone retries, and reconnects soon."""
    options: list[tuple[str, Any]] = [
        ("grpc.enable_retries", 0),
        ("grpc.max_receive_message_length", _MESSAGE_LIMIT_BYTES),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 5_000),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    if is_loopback(target.host):
        options.append(("grpc.enable_http_proxy", 0))
    return options


def _open(kind: Any, target: Target, root_certificates: bytes | None) -> Any:
    """Opens a channel of `kind`, which is the module `grpc` or `grpc.aio`."""
    options = channel_options(target)
    if target.secure:
        credentials = grpc.ssl_channel_credentials(root_certificates)
        return kind.secure_channel(target.address, credentials, options=options)
    return kind.insecure_channel(target.address, options=options)


def _codecs(method: Method, request: Message) -> dict[str, Any]:
    return {
        "request_serializer": type(request).SerializeToString,
        "response_deserializer": method.response_type.FromString,
    }


def _request_id(metadata: Metadata) -> str:
    return dict(metadata).get("x-request-id", "")


class BlockingTransport:
    """Blocks the calling thread. Its coroutines never wait for a loop."""

    def __init__(self, target: Target, root_certificates: bytes | None = None) -> None:
        """Takes the target; the first call connects."""
        self._channel: grpc.Channel = _open(grpc, target, root_certificates)

    async def unary(
        self, method: Method, request: Message, *, metadata: Metadata, timeout_seconds: float | None
    ) -> Message:
        """Blocks until the answer is there."""
        call = self._channel.unary_unary(method.path, **_codecs(method, request))
        try:
            answer: Message = call(request, metadata=tuple(metadata), timeout=timeout_seconds)
        except grpc.RpcError as error:
            raise from_rpc(error, _request_id(metadata)) from None
        return answer

    async def stream(
        self, method: Method, request: Message, *, metadata: Metadata, timeout_seconds: float | None
    ) -> AsyncGenerator[Message, None]:
        """Blocks until each message is there."""
        begin = self._channel.unary_stream(method.path, **_codecs(method, request))
        call = begin(request, metadata=tuple(metadata), timeout=timeout_seconds)
        try:
            for message in call:
                yield message
        except grpc.RpcError as error:
            raise from_rpc(error, _request_id(metadata)) from None
        finally:
            call.cancel()

    async def sleep(self, seconds: float) -> None:
        """Blocks for so long."""
        time.sleep(seconds)

    async def close(self) -> None:
        """Closes the channel."""
        self._channel.close()


class AsyncTransport:
    """Runs on the event loop of the first call."""

    def __init__(self, target: Target, root_certificates: bytes | None = None) -> None:
        """Takes the target; the first call connects, on its loop."""
        self._target, self._roots = target, root_certificates
        self._channel: grpc.aio.Channel | None = None

    def _open(self) -> grpc.aio.Channel:
        if self._channel is None:
            self._channel = _open(grpc.aio, self._target, self._roots)
        return self._channel

    async def unary(
        self, method: Method, request: Message, *, metadata: Metadata, timeout_seconds: float | None
    ) -> Message:
        """Waits for the answer."""
        call = self._open().unary_unary(method.path, **_codecs(method, request))
        try:
            answer: Message = await call(request, metadata=tuple(metadata), timeout=timeout_seconds)
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error, _request_id(metadata)) from None
        return answer

    async def stream(
        self, method: Method, request: Message, *, metadata: Metadata, timeout_seconds: float | None
    ) -> AsyncGenerator[Message, None]:
        """Waits for each message."""
        begin = self._open().unary_stream(method.path, **_codecs(method, request))
        call = begin(request, metadata=tuple(metadata), timeout=timeout_seconds)
        try:
            async for message in call:
                yield message
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error, _request_id(metadata)) from None
        finally:
            call.cancel()

    async def sleep(self, seconds: float) -> None:
        """Lets other tasks run for so long."""
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Closes the channel."""
        if self._channel is not None:
            await self._channel.close()
