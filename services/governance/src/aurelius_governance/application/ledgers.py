"""Reading the log and proving what is in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from aurelius_governance.domain import merkle
from aurelius_governance.domain.decision_store import DecisionStore, ReadTransaction
from aurelius_governance.domain.errors import (
    LedgerCheckpointNotFound,
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

    def entry(self, name: str) -> LedgerEntry:
        """Raises: LedgerEntryNotFound: The log is not that long."""
        with self._store.read() as transaction:
            return _entry(transaction, name)

    def entries(self, *, start: int, limit: int) -> Sequence[LedgerEntry]:
        """Returns up to `limit` entries from index `start`, oldest first."""
        with self._store.read() as transaction:
            return transaction.ledger_entries(start=start, end=start + limit)

    def checkpoint(self, name: str) -> Checkpoint:
        """Raises: LedgerCheckpointNotFound: The log never had that size."""
        with self._store.read() as transaction:
            size = transaction.ledger_size()
            wanted = name.partition("/")[2]
            found = transaction.checkpoint(size if wanted == LATEST else int(wanted))
        if found is None:
            raise LedgerCheckpointNotFound(name, size=size)
        return found

    def prove_inclusion(self, name: str, *, tree_size: int) -> InclusionProof:
        """Proves that an entry is in the log of `tree_size` entries; 0 means the present size.

        Raises:
            LedgerEntryNotFound: The log is not that long.
            ProofRangeInvalid: The log has not that size, or the entry is not below it.
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
        raise LedgerEntryNotFound(name, size=transaction.ledger_size())
    return found[0]


def _checkpoint(transaction: ReadTransaction, size: int) -> Checkpoint:
    found = transaction.checkpoint(size)
    if found is None:  # every append writes one
        raise LedgerCheckpointNotFound(f"ledgerCheckpoints/{size}", size=transaction.ledger_size())
    return found
