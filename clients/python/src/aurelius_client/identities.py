"""Checks of a run's identity and digests, written from docs/specs/identity.md sections 2, 4, 5."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785
from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from aurelius.engine.v1 import backtest_pb2, backtest_spec_pb2, run_identity_pb2
from aurelius_client.errors import DataLoss, DigestMismatch

# Of every result; docs/specs/identity.md section 5.
ARTIFACT_IDS = (
    "equity",
    "fills",
    "flows",
    "metrics",
    "monthly_returns",
    "orders",
    "positions",
    "rolling",
    "trades",
)


def run_id(identity: run_identity_pb2.RunIdentity) -> str:
    """Returns the id of an identity's run: `r` and 26 base32 characters."""
    document = {
        "dataHash": identity.data_hash,
        "engineVersion": identity.engine_version,
        "seed": str(identity.seed),
        "specHash": identity.spec_hash,
    }
    whole = hashlib.sha256(b"aurelius.run.v1\n" + rfc8785.dumps(document)).digest()
    return "r" + base64.b32encode(whole).decode().lower()[:26]


def result_digest(artifact_digests: Mapping[str, str]) -> str:
    """Returns the digest over the digests of all artifacts."""
    return document_digest("aurelius.result.v1", dict(artifact_digests))


def artifact_ids(result: backtest_pb2.BacktestResult) -> list[str]:
    """Returns the ids of a result's artifacts."""
    return [entry.artifact_id for entry in result.artifact_digests]


def spec_hash(resolved: backtest_spec_pb2.BacktestSpec) -> str:
    """Returns the digest of a specification that has every default written out."""
    document: dict[str, Any] = json_format.MessageToDict(
        resolved, always_print_fields_with_no_presence=True
    )
    return document_digest("aurelius.spec.v1", document)


def check_result(result: backtest_pb2.BacktestResult) -> None:
    """Checks that a result's run and digest are those of its identity and artifacts.

    Raises:
        DigestMismatch: One is not.
        DataLoss: It lacks an artifact that every result has, or names one twice.
    """
    expected = f"runs/{run_id(result.identity)}"
    if result.run != expected:
        raise DigestMismatch("the run's name", expected=result.run, computed=expected)
    digests = {entry.artifact_id: entry.digest for entry in result.artifact_digests}
    if not set(ARTIFACT_IDS) <= digests.keys() or len(result.artifact_digests) != len(digests):
        raise DataLoss(
            "ARTIFACTS_INCOMPLETE",
            f"{result.run} has not the artifacts of a result",
            found=", ".join(sorted(digests)) or "none",
            allowed=", ".join(ARTIFACT_IDS),
        )
    computed = result_digest(digests)
    if computed != result.result_digest:
        raise DigestMismatch(
            f"the result of {result.run}", expected=result.result_digest, computed=computed
        )


def check_run(
    run: backtest_pb2.Backtest, *, asked: backtest_spec_pb2.BacktestSpec, seed: int
) -> backtest_pb2.BacktestResult:
    """Checks that a sealed run answers what was asked, and returns its result.

    The specification that the server resolved must hash to the identity's hash and
    hold every value that was asked for. One with fields that this SDK does not know
    cannot be hashed here; its values are still compared.

    Raises:
        DigestMismatch: It does not.
        DataLoss: The result is not whole.
    """
    result = run.result
    check_result(result)
    if run.name != result.run or run.identity != result.identity:
        raise DigestMismatch("the run's result", expected=run.name, computed=result.run)
    if result.identity.seed != seed:
        raise DigestMismatch("the seed", expected=str(seed), computed=str(result.identity.seed))
    if _is_known(run.spec):
        computed = spec_hash(run.spec)
        if computed != result.identity.spec_hash:
            raise DigestMismatch(
                "the specification", expected=result.identity.spec_hash, computed=computed
            )
    if not _holds(run.spec, asked):
        raise DigestMismatch("the specification", expected=_text(asked), computed=_text(run.spec))
    return result


def _is_known(message: Message) -> bool:
    """Whether this SDK's contract has every field that the message carries."""
    if len(UnknownFieldSet(message)):
        return False
    inner = [value for _, value in message.ListFields() if isinstance(value, Message)]
    return all(_is_known(value) for value in inner)


def _holds(resolved: backtest_spec_pb2.BacktestSpec, asked: backtest_spec_pb2.BacktestSpec) -> bool:
    """Whether a resolved specification has every value of the one that was asked for.

    A formula's text becomes a tree that only the engine parses: of it, this says nothing.
    """
    symbols = sorted(set(asked.symbols), key=lambda symbol: symbol.encode())
    plain = backtest_spec_pb2.BacktestSpec()
    plain.CopyFrom(asked)
    del plain.symbols[:]
    if plain.strategy.HasField("formula"):
        plain.strategy.formula.ClearField("text")
        plain.strategy.formula.groupings.sort(key=lambda grouping: grouping.name.encode())
    return _has(resolved, plain) and list(resolved.symbols) == symbols


def _has(whole: Message, part: Message) -> bool:
    """Whether each field that `part` sets is in `whole`; lists and maps entry by entry."""
    for field, value in part.ListFields():
        found = getattr(whole, field.name)
        entries = field.message_type
        if not field.is_repeated:
            same = whole.HasField(field.name) if field.has_presence else True
            same = same and (_has(found, value) if entries is not None else found == value)
        elif entries is None or entries.GetOptions().map_entry:
            same = dict(found) == dict(value) if entries is not None else list(found) == list(value)
        else:
            same = len(found) == len(value) and all(map(_has, found, value))
        if not same:
            return False
    return True


def _text(spec: backtest_spec_pb2.BacktestSpec) -> str:
    return rfc8785.dumps(json_format.MessageToDict(spec)).decode()


def document_digest(domain: str, document: Mapping[str, Any]) -> str:
    """Returns the digest of a JSON document for a use, such as `aurelius.spec.v1`."""
    whole = domain.encode() + b"\n" + rfc8785.dumps(dict(document))
    return "sha256:" + hashlib.sha256(whole).hexdigest()
