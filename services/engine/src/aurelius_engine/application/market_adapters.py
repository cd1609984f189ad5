"""The port of the adapters: what reads a file of market data, and what it says it can."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from aurelius_engine.application.errors import (
    AdapterCapability,
    DatasetNotBars,
    UploadTooLarge,
)
from aurelius_engine.application.records import FileFormat, Provenance
from aurelius_engine.domain.events.schema import MarketEventType as MarketEventType
from aurelius_engine.domain.events.tables import EventTables
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.quality.flags import QualityFlag
from aurelius_engine.domain.time_zones import Zone


class AssetClass(Enum):
    """What a symbol is."""

    EQUITY = "EQUITY"
    FUND = "FUND"
    INDEX = "INDEX"
    CRYPTO = "CRYPTO"
    CURRENCY = "CURRENCY"
    FUTURE = "FUTURE"
    OPTION = "OPTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an adapter reads. What it does not name, it refuses.

    Attributes:
        file_format: The format that chooses it.
        version: Rises when the same bytes may be read otherwise.
        summary: What it reads, in one sentence.
        tiers: Names of the enum FidelityTier.
        adjustments: What prices may be adjusted for: names of the enum Adjustment.
        intervals: Names of the enum BarInterval without their prefix.
        columns: Those that each of its tables has.
        optional_columns: Those that a table has if the file says them.
        flags: Ids of the fallbacks that it may take.
    """

    file_format: FileFormat
    version: int
    summary: str
    asset_classes: tuple[AssetClass, ...]
    event_types: tuple[MarketEventType, ...]
    tiers: tuple[str, ...]
    adjustments: tuple[str, ...]
    intervals: tuple[str, ...]
    columns: tuple[str, ...]
    optional_columns: tuple[str, ...]
    flags: tuple[str, ...]
    max_rows: int
    max_bytes: int

    @property
    def id(self) -> str:
        """The id of the adapter, such as `yahoo-chart-json`."""
        return self.file_format.value.replace("_", "-")

    @property
    def name(self) -> str:
        """`marketAdapters/{market_adapter}`."""
        return f"marketAdapters/{self.id}"

    @property
    def versioned_name(self) -> str:
        """`marketAdapters/{market_adapter}@{version}`: what a dataset was read by."""
        return f"{self.name}@{self.version}"

    def refuse(self, capability: str, found: str, allowed: Sequence[str]) -> AdapterCapability:
        """Returns the refusal of what is beyond a capability."""
        known = ", ".join(allowed)
        return AdapterCapability(
            f"the adapter {self.id} does not read {capability} {found}, only {known}",
            adapter=self.name,
            capability=capability,
            found=found,
            allowed=known,
        )

    def require(self, capability: str, found: str, allowed: Sequence[str]) -> None:
        """Raises: AdapterCapability: What was found is not among what is allowed."""
        if found not in allowed:
            raise self.refuse(capability, found, allowed)

    def require_asset_class(self, found: AssetClass) -> None:
        """Raises: AdapterCapability: The adapter does not read the class."""
        self.require("asset_class", found.value, [each.value for each in self.asset_classes])

    def require_event_type(self, found: MarketEventType) -> None:
        """Raises: AdapterCapability: The adapter does not read the type."""
        self.require("event_type", found.value, [each.value for each in self.event_types])


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """What a file became, bars or events, and every fallback that was taken on the way."""

    table: MarketTable | EventTables
    flags: tuple[QualityFlag, ...] = ()


def bars_alone(adapted: Adapted) -> MarketTable:
    """Returns the bars of a file. Raises: DatasetNotBars: It has events."""
    if isinstance(adapted.table, EventTables):
        raise DatasetNotBars(
            "the file has events, not bars",
            found=", ".join(kind.value for kind in adapted.table.types),
            allowed="a file of bars",
        )
    return adapted.table


class MarketAdapter(Protocol):
    """Reads the bytes of one format into the canonical columns.

    The same bytes and zone give the same table and flags. Whatever it puts in the place of
    what the file does not say, or leaves out, is a flag.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What it reads."""

    def read(self, data: bytes, *, zone: Zone, max_rows: int) -> Adapted:
        """Reads and checks a whole file.

        Args:
            data: Its bytes.
            zone: That of the data's calendar.
            max_rows: How many bars it may have.

        Raises:
            AdapterCapability: The file holds what the adapter does not read.
            EngineError: It is refused, with where it is at fault.
        """


class MarketAdapters:
    """The adapters there are, one a format, none above the server's limits."""

    def __init__(self, adapters: Sequence[MarketAdapter], *, max_rows: int, max_bytes: int) -> None:
        """Takes the adapters, in the order in which they are listed, and the limits."""
        self._adapters: Mapping[FileFormat, MarketAdapter] = {
            adapter.capabilities.file_format: adapter for adapter in adapters
        }
        self._max_rows, self._max_bytes = max_rows, max_bytes

    def list(self) -> Sequence[Capabilities]:
        """Returns what each adapter reads, within the server's limits."""
        return [self.capabilities(file_format) for file_format in self._adapters]

    def capabilities(self, file_format: FileFormat) -> Capabilities:
        """Returns what the adapter of a format reads, within the server's limits."""
        own = self._adapters[file_format].capabilities
        return replace(
            own,
            max_rows=min(own.max_rows, self._max_rows),
            max_bytes=min(own.max_bytes, self._max_bytes),
        )

    def refuse_unsupported(
        self, file_format: FileFormat, provenance: Provenance, size_bytes: int
    ) -> None:
        """Refuses a file before it is sent.

        Raises:
            UploadTooLarge: It is over the limit.
            AdapterCapability: No file of the format has that tier or adjustment.
        """
        own = self.capabilities(file_format)
        if size_bytes > own.max_bytes:
            raise UploadTooLarge(
                f"the file has {size_bytes} bytes, the limit is {own.max_bytes}",
                found=size_bytes,
                allowed=own.max_bytes,
                unit="bytes",
            )
        own.require("fidelity_tier", str(provenance.document["fidelityTier"]), own.tiers)
        own.require("adjustment", str(provenance.document["adjustment"]), own.adjustments)

    def read(self, file_format: FileFormat, data: bytes, zone: Zone) -> Adapted:
        """Reads and checks a whole file. Raises: EngineError: See MarketAdapter.read."""
        limit = self.capabilities(file_format).max_rows
        return self._adapters[file_format].read(data, zone=zone, max_rows=limit)
