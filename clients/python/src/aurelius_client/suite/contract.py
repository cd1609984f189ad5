"""What the edge needs to know of the contract, read from the packaged descriptors."""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2

from aurelius.contract.v1 import method_policy_pb2

# The packages whose services a suite offers, by the name of the service that has them.
PACKAGES: Mapping[str, str] = {
    "engine": "aurelius.engine.v1",
    "governance": "aurelius.governance.v1",
    "gateway": "aurelius.gateway.v1",
}
_VERBS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rpc:
    """One RPC.

    Attributes:
        owner: The name of the service of the suite that has it.
        path: `/package.Service/Method`.
        verb: The HTTP verb of its REST binding.
        template: The path of that binding, such as `/v1/{name=runs/*}:watch`.
        body: The field that takes the body, or nothing.
        fields: The fields of its request.
        repeated: Those of them that are repeated.
        streams: Whether it answers with a stream.
        anonymous: Whether no token is asked for.
    """

    owner: str
    path: str
    verb: str
    template: str
    body: str
    fields: frozenset[str]
    repeated: frozenset[str]
    streams: bool
    anonymous: bool

    @property
    def bound(self) -> frozenset[str]:
        """Returns the names of the fields that its path sets."""
        return frozenset(re.findall(r"\{(\w+)", self.template))

    @property
    def watches(self) -> bool:
        """Whether it streams the changes of a resource; other streams carry data."""
        return self.streams and self.path.rpartition("/")[2].startswith("Watch")

    @property
    def service(self) -> str:
        """Returns the full name of its service."""
        return self.path[1:].partition("/")[0]


def descriptor_file() -> Path:
    """Returns the descriptor set that the package ships, error details included."""
    return Path(str(resources.files("aurelius") / "descriptors.binpb"))


@functools.cache
def rpcs() -> tuple[Rpc, ...]:
    """Returns every RPC of the three services, in the order of the contract."""
    descriptors = descriptor_pb2.FileDescriptorSet.FromString(descriptor_file().read_bytes())
    owners = {package: owner for owner, package in PACKAGES.items()}
    requests = {
        f".{file.package}.{message.name}": message
        for file in descriptors.file
        for message in file.message_type
    }
    return tuple(
        rpc
        for file in descriptors.file
        if file.package in owners
        for rpc in _rpcs_of(file, owners[file.package], requests)
    )


def services() -> tuple[str, ...]:
    """Returns the full names of all services."""
    return tuple(dict.fromkeys(rpc.service for rpc in rpcs()))


def _rpcs_of(
    file: descriptor_pb2.FileDescriptorProto,
    owner: str,
    requests: Mapping[str, descriptor_pb2.DescriptorProto],
) -> Iterator[Rpc]:
    for service in file.service:
        for method in service.method:
            options: Any = method.options.Extensions
            rule: Any = options[annotations_pb2.http]
            roles = options[method_policy_pb2.required_roles]
            fields = requests[method.input_type].field
            verb = rule.WhichOneof("pattern")
            if verb not in _VERBS:
                raise ValueError(f"{service.name}.{method.name} has no HTTP binding")
            yield Rpc(
                owner=owner,
                path=f"/{file.package}.{service.name}/{method.name}",
                verb=verb.upper(),
                template=getattr(rule, verb),
                body=rule.body,
                fields=frozenset(field.name for field in fields),
                repeated=frozenset(f.name for f in fields if f.label == f.LABEL_REPEATED),
                streams=method.server_streaming,
                anonymous=list(roles) == [method_policy_pb2.ROLE_ANONYMOUS],
            )


def path_pattern(template: str) -> str:
    """Returns the regular expression of a path template such as `/v1/{name=runs/*}:watch`."""
    pattern = ""
    for part in re.split(r"(\{[^}]*\}|\*)", template):
        if part.startswith("{"):
            inner = part[1:-1].partition("=")[2] or "*"
            pattern += "[^/:]+".join(re.escape(piece) for piece in inner.split("*"))
        else:
            pattern += "[^/:]+" if part == "*" else re.escape(part)
    return pattern


def verbs_by_path() -> Mapping[tuple[str, ...], tuple[str, ...]]:
    """Returns path patterns by the verbs that they allow, both sorted."""
    allowed: dict[str, set[str]] = {}
    for rpc in rpcs():
        allowed.setdefault(path_pattern(rpc.template), set()).add(rpc.verb)
    groups: dict[tuple[str, ...], list[str]] = {}
    for pattern, verbs in allowed.items():
        groups.setdefault(tuple(sorted(verbs)), []).append(pattern)
    return {verbs: tuple(sorted(patterns)) for verbs, patterns in sorted(groups.items())}
