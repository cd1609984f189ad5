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
_ID_CHARS = 26


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
    return f"r{_short(b'aurelius.run.v1', document)}"


def validation_name(document: JsonValue, *, data_hash: str, seed: int, engine_version: str) -> str:
    """Returns the name that its identity gives a validation: docs/specs/validation.md section 1.

    Args:
        document: The proto JSON of its resolved specification.
        data_hash: Of the data.
        seed: Of every draw.
        engine_version: Of what computes it.
    """
    hashed = canonical_json.digest(b"aurelius.validation.v1\n", canonical_json.encode(document))
    identity = {
        "dataHash": data_hash,
        "engineVersion": engine_version,
        "seed": str(seed),
        "validationHash": hashed,
    }
    return f"validations/v{_short(b'aurelius.validation_id.v1', identity)}"


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


def _short(prefix: bytes, identity: Mapping[str, JsonValue]) -> str:
    """Returns the 130 bits of an identity's SHA-256 that an id has, in base32."""
    content = hashlib.sha256(prefix + b"\n" + canonical_json.encode(identity)).digest()
    return base64.b32encode(content).decode().lower()[:_ID_CHARS]
