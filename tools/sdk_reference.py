"""The reference page of the Python SDK, from its signatures and docstrings."""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, get_args

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from sentences import one_a_line

from aurelius_client import errors, ledger_proofs
from aurelius_client.client import Client, Connection
from aurelius_client.modes import Resource, listing, operation
from aurelius_client.retries import RetryPolicy
from aurelius_client.table_files import TableFormat

# Enums of the contract have no class at run time that could be written down.
ENUM = re.compile(r"<[\w.]*EnumTypeWrapper object at 0x[0-9a-f]+>")
SECTION = re.compile(r"^(Args|Attributes|Raises|Returns):(.*)$", re.MULTILINE)
ITEM = re.compile(r"^ {4}([\w, ]+): ", re.MULTILINE)
QUALIFIED = re.compile(r"(?:\w+\.)+(\w+)")
INTRODUCTION = (
    "`pip install aurelius-client` is the SDK alone; "
    "`aurelius-client[cli]` adds the `aurelius` command.\n"
    "[Use the Python SDK](../howto/use-the-python-sdk.md) shows it at work.\n"
    "Messages are the generated classes of `aurelius.engine.v1`, `aurelius.governance.v1` and "
    "`aurelius.gateway.v1`, the same as in the contract.\n"
    "Names are resource names, such as `runs/{run}`.\n"
)
MODES = (
    "`Client` is as below: calls block, and listings are iterators.\n"
    "`AsyncClient` has the same operations as coroutines and asynchronous iterators; "
    "use it with `async with`.\n"
)


def sdk_page(notice: str) -> str:
    """Returns docs/reference/python-sdk.md."""
    parts = ["# The Python SDK\n", notice, INTRODUCTION, "## The clients\n", MODES]
    parts += [_signature("Client", Client.__init__), _text(Connection), _text(Client.__init__)]
    parts.append("## Authentication\n")
    parts += [_operation("client", name, call) for name, call in operations(Connection)]
    for name, noun in nouns():
        parts += [f"## client.{name}\n", _text(noun)]
        parts += [_operation(f"client.{name}", *found) for found in operations(noun)]
    parts += [
        "## Formats of files\n",
        _text(TableFormat),
        "".join(f"- `TableFormat.{each.name}`\n" for each in TableFormat),
        "## Proofs without a server\n",
        "These are functions of `aurelius_client.ledger_proofs`.\n",
    ]
    for function in (ledger_proofs.verify_inclusion, ledger_proofs.verify_consistency):
        parts += [
            f"### {function.__name__}\n",
            _signature(function.__name__, function),
            _text(function),
        ]
    return "\n".join([*parts, *_errors(), *_retries()])


def nouns() -> Iterator[tuple[str, type[Any]]]:
    """Yields the nouns of a client by attribute, in the order of the client."""
    with Client("127.0.0.1:1") as client:
        for name, value in vars(client).items():
            if isinstance(value, Resource):
                yield name, type(value)


def operations(noun: type[Any]) -> Iterator[tuple[str, Any]]:
    """Yields the operations and listings of a noun, in the order of its source."""
    for name, value in vars(noun).items():
        if isinstance(value, operation | listing):
            yield name, value


def _operation(prefix: str, name: str, call: Any) -> str:
    title = f"### {name}\n"
    return "\n".join([title, _signature(f"{prefix}.{name}", call.written), _text(call)])


def _signature(name: str, written: Callable[..., Any]) -> str:
    found = inspect.signature(written)
    parameters: list[str] = []
    named = False
    for parameter in found.parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not named:
            named = True
            parameters.append("*")
        default = "" if parameter.default is parameter.empty else f" = {_value(parameter.default)}"
        parameters.append(f"{parameter.name}: {_type(parameter.annotation)}{default}")
    answer = found.return_annotation
    arrow = "" if answer in (None, found.empty) else f" -> {_type(answer)}"
    line = f"{name}({', '.join(parameters)}){arrow}"
    if len(line) > 88 and parameters:
        inner = "".join(f"    {each},\n" for each in parameters)
        line = f"{name}(\n{inner}){arrow}"
    return f"```python\n{line}\n```\n"


def _value(value: Any) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _type(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    for enum in _enums(annotation):
        text = ENUM.sub(enum.DESCRIPTOR.name, text, count=1)
    return QUALIFIED.sub(r"\1", text).replace("AsyncIterator[", "Iterator[")


def _enums(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, EnumTypeWrapper):
        yield annotation
    for inner in get_args(annotation):
        yield from _enums(inner)


def _text(documented: Any) -> str:
    """Returns a docstring as sentences, one a line, and its sections as lists."""
    text = inspect.cleandoc(documented.__doc__ or "")
    cuts = list(SECTION.finditer(text))
    starts = [*(cut.start() for cut in cuts), len(text)]
    paragraphs = text[: starts[0]].split("\n\n")
    parts = [one_a_line(paragraph) + "\n" for paragraph in paragraphs if paragraph.strip()]
    sections = [
        _section(cut[1], cut[2] + text[cut.end() : end])
        for cut, end in zip(cuts, starts[1:], strict=True)
    ]
    return "\n".join([*parts, "".join(sections)] if sections else parts)


def _section(kind: str, body: str) -> str:
    starts = list(ITEM.finditer(body))
    if not starts:
        return f"{kind}: {one_a_line(body)}\n"
    ends = [start.start() for start in starts[1:]] + [len(body)]
    said = "raises " if kind == "Raises" else ""
    lines = []
    for start, end in zip(starts, ends, strict=True):
        names = ", ".join(f"`{name}`" for name in start[1].split(", "))
        meaning = one_a_line(body[start.end() : end]).replace("\n", "\n  ")
        lines.append(f"- {said}{names}: {meaning}\n")
    return "".join(lines)


def _errors() -> list[str]:
    codes: dict[type[Any], list[str]] = {}
    for code, kind in errors.BY_CODE.items():
        codes.setdefault(kind, []).append(code)
    for special in (errors.DigestMismatch, errors.RunNotSealed, ledger_proofs.ProofInvalid):
        codes[special] = [special.code]
    rows = "".join(
        f"| `{kind.__name__}` | {', '.join(f'`{code}`' for code in found)} | {_summary(kind)} |\n"
        for kind, found in codes.items()
    )
    return [
        "## Errors\n",
        "Every failure is an `AureliusError` of `aurelius_client.errors`, of the kind that its "
        "code has.\nThe reasons are those of the [refusals](errors.md), without `ERROR_REASON_`.\n",
        _text(errors.AureliusError),
        "| kind | code | means |\n|---|---|---|\n" + rows,
    ]


def _summary(kind: type[Any]) -> str:
    return inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0]


def _retries() -> list[str]:
    defaults = "".join(
        f"- `{each.name}`: `{_type(each.type)}`, `{each.default!r}` if absent.\n"
        for each in fields(RetryPolicy)
    )
    return [
        "## Retries\n",
        "`Client(target, retries=RetryPolicy(...))` says when a call is sent again.\n"
        "Only calls that the contract calls repeatable are; a call that takes a `request_id` "
        "gets one for all its attempts.\n",
        _text(RetryPolicy),
        defaults,
    ]
