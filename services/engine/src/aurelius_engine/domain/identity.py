"""The key of every result. docs/specs/identity.md sections 2, 4 and 5."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from aurelius_engine.domain.canonical_json import Json, canonical_json, digest

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIdentity:
    """What determines a result, and all that does. `seed` is in [0, 2**64)."""

    spec_hash: str
    data_hash: str
    seed: int
    engine_version: str

    def document(self) -> dict[str, Json]:
        """Returns the canonical JSON form; the seed is text, as it may pass 2**53."""
        return {
            "dataHash": self.data_hash,
            "engineVersion": self.engine_version,
            "seed": str(self.seed),
            "specHash": self.spec_hash,
        }

    @property
    def run_id(self) -> str:
        """`r` and 26 base32 characters of the identity's SHA-256."""
        whole = hashlib.sha256(b"aurelius.run.v1\n" + canonical_json(self.document())).digest()
        return "r" + base64.b32encode(whole).decode().lower()[:26]


def spec_hash(resolved_document: Mapping[str, Json]) -> str:
    """Returns the digest of a resolved specification's proto JSON."""
    return digest("aurelius.spec.v1", resolved_document)


def result_digest(artifact_digests: Mapping[str, str]) -> str:
    """Returns the digest over the digests of all artifacts of ARTIFACT_IDS."""
    if tuple(sorted(artifact_digests)) != ARTIFACT_IDS:
        raise ValueError(f"artifacts {sorted(artifact_digests)}, allowed {list(ARTIFACT_IDS)}")
    return digest("aurelius.result.v1", dict(artifact_digests))
