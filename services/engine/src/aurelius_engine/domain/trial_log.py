"""The log of trials: what an entry says, and the tree over all of them. docs/specs/trial_ledger.md.

RFC 6962 section 2.1: leaves are hashed with a zero byte before them, nodes with a one.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aurelius_engine.domain.canonical_json import Json, canonical_json
from aurelius_engine.domain.table_hash import merkle_root

# The metric of every trial whose spread says what luck among them can do.
SHARPE = "sharpe_ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEntry:
    """What became of one attempt to execute something. `time` in ns since 1970.

    `strategies` are kinds, sorted. `sharpe_ratio` is annual, and of a sealed run alone.
    """

    subject: str
    event: str
    attempt: int
    data_hash: str
    strategies: tuple[str, ...]
    document_hash: str
    planned_count: int
    executed_count: int
    result_digest: str
    sharpe_ratio: float | None
    time: int

    def content(self) -> bytes:
        """Returns the canonical JSON that is hashed."""
        document: dict[str, Json] = {
            "attempt": self.attempt,
            "dataHash": self.data_hash,
            "documentHash": self.document_hash,
            "event": self.event,
            "executedCount": str(self.executed_count),
            "plannedCount": str(self.planned_count),
            "resultDigest": self.result_digest,
            "sharpeRatio": self.sharpe_ratio,
            "strategies": list(self.strategies),
            "subject": self.subject,
            "time": str(self.time),
        }
        return canonical_json(document)

    def leaf(self) -> bytes:
        """Returns its hash in the tree."""
        return hashlib.sha256(b"\x00" + self.content()).digest()


def strategies_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the kinds of strategies that a specification tries, sorted.

    Args:
        document: Resolved proto JSON of a BacktestSpec, a SweepSpec or a ValidationSpec.
    """
    base = document.get("base", document)
    kinds = set(base["strategy"])
    for space in spaces_of(document):
        for parameter in space.get("parameters", ()):
            if isinstance(parameter, Mapping) and parameter.get("path") == "strategy":
                for value in parameter["valueList"]["values"]:
                    kinds |= set(value)
    return tuple(sorted(kinds))


def spaces_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Returns what is searched: a sweep is a space, a study has its own under one of two names.

    Args:
        document: As `strategies_of`.
    """
    if "parameters" in document:
        return [document]
    return [
        document[name][key]
        for name in sorted(document)
        if isinstance(document[name], Mapping)
        for key in ("space", "neighbourhood")
        if isinstance(document[name].get(key), Mapping)
    ]


def audit_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Returns the hashes that lead from a leaf to the root, RFC 6962 section 2.1.1."""
    if len(leaves) <= 1:
        return []
    split = _split(leaves)
    if index < split:
        return [*audit_path(index, leaves[:split]), merkle_root(leaves[split:])]
    return [*audit_path(index - split, leaves[split:]), merkle_root(leaves[:split])]


def consistency_path(size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Returns the hashes that show that the tree extends the one of its first `size` leaves.

    RFC 6962 section 2.1.2; `size` is in [1, n_leaves].
    """
    return _subproof(size, leaves, whole=True)


def _subproof(size: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    """Returns the proof; the old root is left out while the leaves are its `whole`."""
    if size == len(leaves):
        return [] if whole else [merkle_root(leaves)]
    split = _split(leaves)
    if size <= split:
        return [*_subproof(size, leaves[:split], whole=whole), merkle_root(leaves[split:])]
    inner = _subproof(size - split, leaves[split:], whole=False)
    return [*inner, merkle_root(leaves[:split])]


def _split(leaves: Sequence[bytes]) -> int:
    """Returns the largest power of two below the number of leaves, of which there are two."""
    return 1 << ((len(leaves) - 1).bit_length() - 1)
