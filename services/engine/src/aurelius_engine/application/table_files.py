"""The port of the file formats."""

from collections.abc import Iterator
from enum import Enum
from typing import IO, Protocol

from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.results import Table


class ExportFormat(Enum):
    """The format of a download."""

    ARROW = "arrow"
    PARQUET = "parquet"
    CSV = "csv"
    JSON = "json"


class TableFiles(Protocol):
    """Tables to bytes and back without loss, and out to people's formats.

    The same table gives the same bytes. What `decode` gets was written by `encode`;
    what it cannot read is damaged.
    """

    def encode_market(self, table: MarketTable) -> bytes:
        """Returns the stored form of market data."""

    def write_market(self, table: MarketTable, sink: IO[bytes]) -> None:
        """Writes the stored form of market data."""

    def decode_market(self, data: bytes | memoryview) -> MarketTable:
        """Returns the market data of its stored form, within it if it may be written to.

        Raises:
            ObjectDamaged: It is not one.
        """

    def encode(self, table: Table) -> bytes:
        """Returns the stored form of a result's table."""

    def write(self, table: Table, sink: IO[bytes]) -> None:
        """Writes the stored form of a table."""

    def decode(self, data: bytes | memoryview) -> Table:
        """Returns the table of its stored form. Raises: ObjectDamaged: It is not one."""

    def export(self, table: Table, export_format: ExportFormat) -> Iterator[bytes]:
        """Returns the parts of a file in a format."""
