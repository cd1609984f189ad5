"""`aurelius datasets adapters`: what reads files of market data, and what each reads."""

from typing import TYPE_CHECKING

from aurelius_client.cli.options import AsJson, Server

if TYPE_CHECKING:
    from aurelius.engine.v1 import market_adapter_pb2


def adapters(server: Server = None, as_json: AsJson = False) -> None:
    """Lists what reads files of market data, and what each reads.

    Example: aurelius datasets adapters
    """
    from aurelius_client.cli.output import print_messages, print_table
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        if as_json:
            print_messages(client.datasets.adapters())
            return
        rows = [row_of(adapter) for adapter in client.datasets.adapters()]
    columns = ("adapter", "events", "tiers", "adjusted for", "assets", "intervals", "flags")
    print_table(columns, rows, "the server has no adapter")


def row_of(adapter: "market_adapter_pb2.MarketAdapter") -> tuple[str, ...]:
    """Returns an adapter in the words of the table."""
    from aurelius.engine.v1 import (
        backtest_spec_pb2,
        dataset_pb2,
        market_adapter_pb2,
        market_event_pb2,
    )

    def words(prefix: str, names: list[str]) -> str:
        return ", ".join(name.removeprefix(prefix).lower().replace("_", " ") for name in names)

    events = [market_event_pb2.MarketEventType.Name(each) for each in adapter.event_types]
    tiers = [dataset_pb2.FidelityTier.Name(each) for each in adapter.fidelity_tiers]
    classes = [market_adapter_pb2.AssetClass.Name(each) for each in adapter.asset_classes]
    adjusted = [dataset_pb2.Adjustment.Name(each) for each in adapter.adjustments]
    intervals = [backtest_spec_pb2.BarInterval.Name(each) for each in adapter.bar_intervals]
    return (
        f"{adapter.name.removeprefix('marketAdapters/')}@{adapter.version}",
        words("MARKET_EVENT_TYPE_", events),
        words("FIDELITY_TIER_", tiers),
        words("ADJUSTMENT_", adjusted),
        words("ASSET_CLASS_", classes),
        words("BAR_INTERVAL_", intervals),
        ", ".join(flag.flag for flag in adapter.flags),
    )
