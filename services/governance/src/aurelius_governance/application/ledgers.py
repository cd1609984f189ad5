"""Reading the log and proving what is in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from aurelius_governance.domain import merkle, signed_note
from aurelius_governance.domain.decision_store import DecisionStore, ReadTransaction
from aurelius_governance.domain.errors import (
    LedgerCheckpointNotFound,
    LedgerCorrupted,
    LedgerEntryNotFound,
    ProofRangeInvalid,
)
from aurelius_governance.domain.ledger import Checkpoint, LedgerEntry

LATEST = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """Shows that an entry is in the log of a checkpoint."""

    entry: LedgerEntry
    checkpoint: Checkpoint
    hashes: Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyProof:
    """Shows that a log only grew between two checkpoints."""

    from_checkpoint: Checkpoint
    to_checkpoint: Checkpoint
    hashes: Sequence[bytes]


class Ledgers:
    """Reads the one log."""

    def __init__(self, *, store: DecisionStore):
        self._store = store

    def require_signed_by(self, verifier_key: str) -> None:
        """Raises: InvalidNote: Another key signed the log, so this one must not go on with it."""
        with self._store.read() as transaction:
            newest = transaction.checkpoint(transaction.ledger_size())
        if newest is not None:
            signed_note.open_checkpoint(newest.note, verifier_key)

    def entry(self, name: str) -> LedgerEntry:
        """Raises: LedgerEntryNotFound, LedgerCorrupted."""
        with self._store.read() as transaction:
            return _entry(transaction, name)

    def entries(self, *, start: int, limit: int) -> Sequence[LedgerEntry]:
        """Returns up to `limit` entries from index `start`, oldest first."""
        with self._store.read() as transaction:
            return transaction.ledger_entries(start=start, end=start + limit)

    def checkpoint(self, name: str) -> Checkpoint:
        """Raises: LedgerCheckpointNotFound, LedgerCorrupted."""
        with self._store.read() as transaction:
            wanted = name.partition("/")[2]
            size = transaction.ledger_size() if wanted == LATEST else int(wanted)
            return _checkpoint(transaction, size, name)

    def prove_inclusion(self, name: str, *, tree_size: int) -> InclusionProof:
        """Proves that an entry is in the log of `tree_size` entries; 0 means the present size.

        Raises:
            LedgerEntryNotFound: The log is not that long.
            ProofRangeInvalid: The log has not that size, or the entry is not below it.
            LedgerCorrupted: The entry or the checkpoint was changed in storage.
        """
        with self._store.read() as transaction:
            entry = _entry(transaction, name)
            size = transaction.ledger_size()
            wanted = tree_size or size
            if not entry.index < wanted <= size:
                raise ProofRangeInvalid(
                    "tree_size", found=tree_size, allowed=f"[{entry.index + 1}, {size}]"
                )
            return InclusionProof(
                entry=entry,
                checkpoint=_checkpoint(transaction, wanted),
                hashes=merkle.inclusion_proof(entry.index, wanted, transaction.ledger_node),
            )

    def prove_consistency(self, *, from_size: int, to_size: int) -> ConsistencyProof:
        """Proves that the log only grew between two sizes; a `to_size` of 0 means the present.

        Raises:
            ProofRangeInvalid: The log never had one of the sizes, or they are out of order.
            LedgerCorrupted: A checkpoint was changed in storage.
        """
        with self._store.read() as transaction:
            size = transaction.ledger_size()
            wanted = to_size or size
            if wanted > size:
                raise ProofRangeInvalid("to_size", found=to_size, allowed=f"[1, {size}]")
            if not 1 <= from_size <= wanted:
                raise ProofRangeInvalid("from_size", found=from_size, allowed=f"[1, {wanted}]")
            return ConsistencyProof(
                from_checkpoint=_checkpoint(transaction, from_size),
                to_checkpoint=_checkpoint(transaction, wanted),
                hashes=merkle.consistency_proof(from_size, wanted, transaction.ledger_node),
            )


def _entry(transaction: ReadTransaction, name: str) -> LedgerEntry:
    index = int(name.partition("/")[2])
    found = transaction.ledger_entries(start=index, end=index + 1)
    if not found:
        size = transaction.ledger_size()
        if index < size:
            raise LedgerCorrupted(name, found="nothing", allowed="an entry")
        raise LedgerEntryNotFound(name, size=size)
    _require_equal(name, found[0].leaf_hash, transaction.ledger_node(0, index))
    return found[0]


def _checkpoint(transaction: ReadTransaction, size: int, name: str = "") -> Checkpoint:
    name = name or f"ledgerCheckpoints/{size}"
    present = transaction.ledger_size()
    found = transaction.checkpoint(size) if 0 < size <= present else None
    if found is None:
        raise LedgerCheckpointNotFound(name, size=present)
    _require_equal(name, merkle.root_hash(size, transaction.ledger_node), found.root)
    return found


def _require_equal(name: str, found: bytes, allowed: bytes) -> None:
    if found != allowed:
        raise LedgerCorrupted(
            name, found=f"sha256:{found.hex()}", allowed=f"sha256:{allowed.hex()}"
        )
