"""The identity of a run, computed again: docs/specs/identity.md."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from aurelius_governance.domain import canonical_json
from aurelius_governance.domain.canonical_json import JsonValue

# identity spec 5.1: what a result has at the least.
RESULT_PARTS = (
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
_RUN = re.compile(r"runs/(r[a-z2-7]{26})")
_RUN_ID_CHARS = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIdentity:
    """What determines a result."""

    spec_hash: str
    data_hash: str
    seed: int
    engine_version: str


def spec_hash(document: JsonValue) -> str:
    """Returns the digest of a resolved specification, given as its proto JSON."""
    return canonical_json.digest(b"aurelius.spec.v1\n", canonical_json.encode(document))


def run_id(identity: RunIdentity) -> str:
    """Returns the id that the identity gives its run."""
    document = {
        "dataHash": identity.data_hash,
        "engineVersion": identity.engine_version,
        "seed": str(identity.seed),
        "specHash": identity.spec_hash,
    }
    content = hashlib.sha256(b"aurelius.run.v1\n" + canonical_json.encode(document)).digest()
    return "r" + base64.b32encode(content).decode().lower()[:_RUN_ID_CHARS]


def run_id_of(run: str) -> str:
    """Returns the id in the resource name `run`.

    Raises:
        ValueError: It is not the name of a run.
    """
    match = _RUN.fullmatch(run)
    if match is None:
        raise ValueError(f"{run!r} is not the name of a run")
    return match[1]


def result_digest(digests: Mapping[str, str]) -> str:
    """Returns the digest of a result from the digests of its parts."""
    return canonical_json.digest(b"aurelius.result.v1\n", canonical_json.encode(digests))
