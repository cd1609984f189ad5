"""Reading downloaded tables: a port."""

from collections.abc import Sequence
from typing import Protocol

from aurelius_governance.domain.table_hash import Column


class ArtifactUnreadable(Exception):
    """A download that is no table. Recorded as failed evidence, never sent to a caller."""


class ArtifactReader(Protocol):
    """Turns the bytes of a downloaded artifact into columns."""

    def __call__(self, content: bytes) -> Sequence[Column]:
        """Raises: ArtifactUnreadable: The bytes are no table of known column types."""
