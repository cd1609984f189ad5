"""Every RPC of the contract: its messages, and how a message travels through either door."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
import httpx
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.message import Message

from aurelius_client.suite import contract
from aurelius_client.suite.contract import Rpc

HTTP_BODY = "google.api.HttpBody"


def import_contract() -> None:
    """Imports every generated module, so that the descriptor pool has every service."""
    for package in contract.PACKAGES.values():
        home = importlib.import_module(package)
        for module in pkgutil.iter_modules(home.__path__):
            if module.name.endswith("_pb2"):
                importlib.import_module(f"{package}.{module.name}")


import_contract()
RPCS = {rpc.path.rpartition(".")[2]: rpc for rpc in contract.rpcs()}


def request_type(rpc: Rpc) -> type[Message]:
    """Returns the class of its request."""
    return message_factory.GetMessageClass(_descriptor(rpc).input_type)


def _descriptor(rpc: Rpc) -> Any:
    service, _, method = rpc.path[1:].partition("/")
    return descriptor_pool.Default().FindServiceByName(service).methods_by_name[method]


@dataclass(frozen=True)
class Doors:
    """Both ways in, on one port."""

    client: httpx.Client
    channel: grpc.Channel

    def grpc(self, rpc: Rpc, request: Message, token: str = "") -> list[Message]:
        """Sends a request by gRPC; returns all messages of the answer."""
        descriptor = _descriptor(rpc)
        kinds = {
            "request_serializer": type(request).SerializeToString,
            "response_deserializer": message_factory.GetMessageClass(
                descriptor.output_type
            ).FromString,
        }
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        if rpc.streams:
            stream = self.channel.unary_stream(rpc.path, **kinds)
            return list(stream(request, metadata=metadata, timeout=60))
        return [self.channel.unary_unary(rpc.path, **kinds)(request, metadata=metadata, timeout=60)]

    def rest(self, rpc: Rpc, request: Message, token: str = "") -> httpx.Response:
        """Sends the same request by REST, as the binding of its RPC says."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return self.client.request(
            rpc.verb, path_of(rpc, request), headers=headers, **_rest_of(rpc, request)
        )


def path_of(rpc: Rpc, request: Message) -> str:
    """Returns the path with the fields that it binds."""
    return re.sub(r"\{(\w+)[^}]*\}", lambda field: getattr(request, field[1]), rpc.template)


def _rest_of(rpc: Rpc, request: Message) -> dict[str, Any]:
    """Returns the query, or the body, that carries what the path does not."""
    document = json_format.MessageToDict(request)
    for name in rpc.bound:
        document.pop(json_name(name), None)
    if not rpc.body:
        return {"params": document}
    if rpc.body == "http_body":
        return {"json": document}
    raw = getattr(request, rpc.body)
    document.pop(json_name(rpc.body), None)
    return {"params": document, "content": raw.data}


def json_name(name: str) -> str:
    """Returns the name of a field in proto JSON."""
    return re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)


def documents_of(messages: list[Message]) -> Iterator[Any]:
    """Yields the proto JSON of messages, every field without presence written out."""
    for message in messages:
        yield json_format.MessageToDict(message, always_print_fields_with_no_presence=True)


def answers_of(rpc: Rpc, response: httpx.Response) -> list[Any]:
    """Returns the documents of a REST answer: one, or one a line of a stream."""
    lines = response.text.splitlines() if rpc.streams else [response.text]
    return [json.loads(line) for line in lines]


def carries_bytes(rpc: Rpc) -> bool:
    """Whether the answer is a file rather than JSON."""
    return bool(_descriptor(rpc).output_type.full_name == HTTP_BODY)
