"""Writes the reference pages that come from the contract, the SDK and the metric registry.

`--check` writes nothing and fails on a difference. The contract is read from
the generated descriptor set, comments included; run `make generate` first.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contract_diff import bindings, roles
from formula_reference import formula_page
from google.protobuf import descriptor_pb2
from metrics_reference import metrics_page
from sdk_reference import sdk_page
from sentences import one_a_line

from aurelius.contract.v1 import method_policy_pb2

ROOT = Path(__file__).resolve().parent.parent
DESCRIPTORS = ROOT / "clients/python/src/aurelius/descriptors.binpb"
NOTICE = "<!-- Written by tools/make_reference.py; edit its sources, not this page. -->\n"
SENT_AS = re.compile(r"([A-Z_]+)(?:, ([^:]*))?: (.*)", re.DOTALL)

Files = list[descriptor_pb2.FileDescriptorProto]


def read_files() -> Files:
    """Returns the suite's own files of the contract, by package and name."""
    every = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    own = [file for file in every.file if file.package.startswith("aurelius.")]
    return sorted(own, key=lambda file: (file.package, file.name))


def comments(file: descriptor_pb2.FileDescriptorProto) -> dict[tuple[int, ...], str]:
    """Returns the leading comment at each path of a file, as one line."""
    return {
        tuple(location.path): " ".join(location.leading_comments.split()).replace("|", "\\|")
        for location in file.source_code_info.location
    }


def errors_page(files: Files) -> str:
    """Returns docs/reference/errors.md."""
    parts = [
        "# Refusals\n",
        NOTICE,
        "Every failure is a `google.rpc.Status` with one `ErrorInfo`.\n"
        "Its `domain` names the service, its `reason` is one of the values below, and its "
        "`metadata` holds the facts.\n"
        "Over REST the same status is the JSON body.\n"
        "A reason whose code is `-` is never an error: it stands in a resource.\n",
    ]
    for file in files:
        said = comments(file)
        for at, enum in enumerate(file.enum_type):
            if enum.name == "ErrorReason":
                rows = [
                    _error_row(value.name, said[(5, at, 2, index)])
                    for index, value in enumerate(enum.value)
                    if value.number
                ]
                parts.append(f"## {file.package}\n")
                parts.append("| reason | code | meaning |\n|---|---|---|\n" + "".join(rows))
    return "\n".join(parts)


def _error_row(name: str, comment: str) -> str:
    sent = SENT_AS.fullmatch(comment)
    code, meaning = (f"`{sent[1]}`", sent[3]) if sent else ("-", comment)
    if sent and sent[2]:
        code += f", {sent[2]}"
    return f"| `{name}` | {code} | {meaning[0].upper()}{meaning[1:]} |\n"


def _methods(
    file: descriptor_pb2.FileDescriptorProto,
) -> Iterator[tuple[str, str, descriptor_pb2.MethodDescriptorProto, str]]:
    said = comments(file)
    for at, service in enumerate(file.service):
        for index, method in enumerate(service.method):
            yield service.name, said[(6, at)], method, said[(6, at, 2, index)]


def rest_page(files: Files) -> str:
    """Returns docs/reference/rest.md."""
    parts = [
        "# REST\n",
        NOTICE,
        "Each RPC of the contract is also an HTTP request, at the edge's address.\n"
        "Fields of the request that are neither in the path nor in the body are query parameters.\n"
        "A body is the JSON of the request message; an unknown field in it is refused.\n"
        "Streams are one JSON object a line, or server-sent events when asked by `Accept`.\n"
        "A call needs a token whose user has any one of the roles, unless the role is ANONYMOUS.\n",
    ]
    for file in files:
        service = ""
        for name, about, method, comment in _methods(file):
            if name != service:
                parts.append(f"## {file.package}.{name}\n")
                parts.append(one_a_line(about) + "\n")
                service = name
            parts.append(_method_text(method, comment))
    return "\n".join(parts)


def _method_text(method: descriptor_pb2.MethodDescriptorProto, comment: str) -> str:
    lines = [f"### {method.name}\n", "```text"]
    lines += [re.sub(r" body=\w+", "  (with a body)", bound) for bound in bindings(method)]
    options: Any = method.options.Extensions
    kind = method_policy_pb2.Idempotency.Name(options[method_policy_pb2.idempotency])
    names = ", ".join(role.removeprefix("ROLE_") for role in roles(method))
    answer = method.output_type.rpartition(".")[2]
    stream = "a stream of " if method.server_streaming else ""
    lines += [
        "```\n",
        one_a_line(comment) + "\n",
        f"- request `{method.input_type.rpartition('.')[2]}`, answer {stream}`{answer}`",
        f"- roles: {names}",
        f"- capability `{options[method_policy_pb2.capability]}`, repetition `{kind}`\n",
    ]
    return "\n".join(lines)


def pages() -> dict[Path, str]:
    """Returns every page by its path in the tree."""
    files = read_files()
    return {
        Path("docs/reference/errors.md"): errors_page(files),
        Path("docs/reference/python-sdk.md"): sdk_page(NOTICE),
        Path("docs/reference/rest.md"): rest_page(files),
        Path("docs/reference/formula-operators.md"): formula_page(NOTICE),
        Path("docs/specs/metrics.md"): metrics_page(NOTICE),
    }


def main() -> None:
    """Writes the pages, or with `--check` says whether they are what would be written."""
    wanted = {path: text.rstrip("\n") + "\n" for path, text in pages().items()}
    changed = [
        path
        for path, text in wanted.items()
        if not (ROOT / path).exists() or (ROOT / path).read_text() != text
    ]
    if "--check" in sys.argv[1:]:
        if changed:
            listed = "\n  ".join(map(str, changed))
            sys.exit(f"reference pages differ; run tools/make_reference.py:\n  {listed}")
        print(f"reference pages are clean: {len(wanted)} files")
        return
    for path in changed:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(wanted[path])
    print(f"reference pages: {len(changed)} files changed")


if __name__ == "__main__":
    main()
