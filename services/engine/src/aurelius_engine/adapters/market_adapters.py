"""The adapters that ship: files of columns, and recorded answers of vendors."""

from aurelius_engine.adapters.alpaca_bars import AlpacaBars
from aurelius_engine.adapters.bounded_files import MAX_ROWS
from aurelius_engine.adapters.event_files import adapted_events, is_event_file
from aurelius_engine.adapters.market_files import adapted_file
from aurelius_engine.adapters.yahoo_charts import YahooCharts
from aurelius_engine.application.market_adapters import (
    Adapted,
    AssetClass,
    Capabilities,
    MarketAdapter,
    MarketAdapters,
    MarketEventType,
)
from aurelius_engine.application.records import FileFormat
from aurelius_engine.domain.events.schema import COLUMNS, Tier
from aurelius_engine.domain.market_table import BARS, BOOK_COLUMNS, OPTIONAL
from aurelius_engine.domain.time_zones import Zone

FILE_MAX_BYTES = 512 * 1024 * 1024
_SUMMARIES = {
    FileFormat.CSV: "Comma-separated values with a header line.",
    FileFormat.PARQUET: "Apache Parquet.",
    FileFormat.ARROW: "An Apache Arrow IPC stream or file.",
}
_INTERVALS = (
    "MINUTE",
    "FIVE_MINUTES",
    "FIFTEEN_MINUTES",
    "THIRTY_MINUTES",
    "HOUR",
    "DAY",
    "WEEK",
    "MONTH",
)
_OF_BARS = ("symbol", *BARS)


class ColumnFiles:
    """Implements the port `MarketAdapter` for files whose columns have names.

    A file with the column `event_type` is of events, any other of bars.
    """

    def __init__(self, file_format: FileFormat) -> None:
        """Takes the format."""
        self.capabilities = Capabilities(
            file_format=file_format,
            version=1,
            summary=_SUMMARIES[file_format],
            # The names of the columns are all that a file says: options have no such bars.
            asset_classes=tuple(each for each in AssetClass if each is not AssetClass.OPTION),
            event_types=tuple(MarketEventType),
            tiers=tuple(tier.value for tier in Tier),
            adjustments=(
                "ADJUSTMENT_RAW",
                "ADJUSTMENT_SPLITS",
                "ADJUSTMENT_SPLITS_AND_DIVIDENDS",
            ),
            intervals=_INTERVALS,
            columns=("time", "symbol", *BARS),
            optional_columns=(
                *OPTIONAL,
                *BOOK_COLUMNS,
                *(name for name in COLUMNS if name not in _OF_BARS),
            ),
            flags=("time_zone_assumed_utc", "column_ignored", "action_missing_as_none"),
            max_rows=MAX_ROWS,
            max_bytes=2**63 - 1,
        )

    def read(self, data: bytes, *, zone: Zone, max_rows: int) -> Adapted:
        """See the port. The zone says nothing of such a file: a time without one is UTC."""
        file_format = self.capabilities.file_format
        if is_event_file(data, file_format):
            return adapted_events(data, file_format, max_rows=max_rows)
        return adapted_file(data, file_format, max_rows=max_rows)


def shipped_adapters(
    *, max_rows: int = MAX_ROWS, max_bytes: int = FILE_MAX_BYTES
) -> MarketAdapters:
    """Returns every adapter, within limits."""
    adapters: list[MarketAdapter] = [ColumnFiles(file_format) for file_format in _SUMMARIES]
    return MarketAdapters(
        [*adapters, AlpacaBars(), YahooCharts()], max_rows=max_rows, max_bytes=max_bytes
    )
