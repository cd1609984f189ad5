"""`aurelius datasets events` and `bars`: what happened in a market, and bars made of trades."""

from datetime import datetime
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aurelius_client.cli.options import AsJson, Server

if TYPE_CHECKING:
    from aurelius.engine.v1 import market_event_pb2, market_event_service_pb2

_TIME = "ISO 8601 in UTC where it names no zone."


class EventType(Enum):
    """What happened."""

    BAR = "bar"
    TRADE = "trade"
    QUOTE = "quote"
    BOOK_UPDATE = "book-update"
    OPTIONS_CHAIN = "options-chain"
    FUNDAMENTALS = "fundamentals"
    MACRO = "macro"


class Interval(Enum):
    """How long a bar is."""

    DAY = "day"
    MINUTE = "minute"
    FIVE_MINUTES = "five-minutes"
    FIFTEEN_MINUTES = "fifteen-minutes"
    THIRTY_MINUTES = "thirty-minutes"
    HOUR = "hour"


def events(
    name: Annotated[str, typer.Argument(help="A dataset, by name or id.")],
    kind: Annotated[
        list[EventType] | None,
        typer.Option("--type", help="Only such events; may be given again.", show_default=False),
    ] = None,
    symbol: Annotated[
        list[str] | None,
        typer.Option(help="Only this symbol; may be given again.", show_default=False),
    ] = None,
    start: Annotated[
        datetime | None, typer.Option(help=f"The first moment, {_TIME}", show_default=False)
    ] = None,
    end: Annotated[
        datetime | None, typer.Option(help=f"The moment after, {_TIME}", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 50,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Lists the events of a dataset in replay order.

    Example: aurelius datasets events ticks --type trade --limit 20
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import enum_text, print_messages, print_table
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        found = client.market_events.list(
            full_name("datasets", name),
            types=[_wire_type(each) for each in kind or ()],
            symbols=symbol or (),
            start_time=_utc(start),
            end_time=_utc(end),
            page_size=min(limit, 1000),
        )
        if as_json:
            print_messages(islice(found, limit))
            return
        rows = [
            (
                event.event_time.ToJsonString(),
                enum_text(event, "type").replace("_", " "),
                event.symbol,
                str(event.sequence),
                _payload_text(event),
                ", ".join(event.quality_flags),
            )
            for event in islice(found, limit)
        ]
    columns = ("time", "type", "symbol", "sequence", "what", "flags")
    print_table(columns, rows, "the dataset has no such event")


def bars(
    source: Annotated[str, typer.Argument(help="A dataset of trades, by name or id.")],
    name: Annotated[str, typer.Option(help="The id of the dataset to be.")],
    interval: Annotated[
        Interval | None, typer.Option(help="A bar ends with each of these.", show_default=False)
    ] = None,
    trades: Annotated[
        int | None, typer.Option(help="A bar ends at so many trades.", show_default=False)
    ] = None,
    units: Annotated[
        float | None, typer.Option(help="A bar ends at so many units.", show_default=False)
    ] = None,
    value: Annotated[
        float | None,
        typer.Option(help="A bar ends where its trades are worth so much.", show_default=False),
    ] = None,
    symbol: Annotated[
        list[str] | None,
        typer.Option(help="Only this symbol; may be given again.", show_default=False),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="Leaves out trades with this quality flag; may be given again.",
            show_default=False,
        ),
    ] = None,
    with_book: Annotated[
        bool,
        typer.Option("--with-book", help="Each bar has the book or the quote before it."),
    ] = False,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Registers bars made of the trades of a dataset, by one of the four rules.

    Example: aurelius datasets bars ticks --name ticks-minutes --interval minute
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.output import print_facts, print_message
    from aurelius_client.cli.server import connect

    rule = _rule(interval, trades, units, value, without or [])
    with connect(server) as client:
        dataset = client.market_events.derive_bars(
            full_name("datasets", source),
            name.removeprefix("datasets/"),
            rule,
            symbols=symbol or (),
            with_book=with_book,
        )
    if as_json:
        print_message(dataset)
        return
    print_facts(
        (
            ("dataset", dataset.name),
            ("data hash", dataset.data_hash),
            ("bars", f"{dataset.row_count:,}"),
            ("made by", dataset.provenance.transformation_steps[-1].description),
        )
    )


def _rule(
    interval: Interval | None,
    trades: int | None,
    units: float | None,
    value: float | None,
    without: list[str],
) -> "market_event_service_pb2.BarRule":
    """Returns the one rule that was stated. Raises: InvalidInput: None was, or several."""
    from aurelius.engine.v1 import backtest_spec_pb2, market_event_service_pb2
    from aurelius_client.errors import InvalidInput

    stated: dict[str, Any] = {
        "--interval": interval,
        "--trades": trades,
        "--units": units,
        "--value": value,
    }
    given = [option for option, found in stated.items() if found is not None]
    if len(given) != 1:
        raise InvalidInput(
            "INVALID_FIELD",
            "rule",
            found=", ".join(given) or "none",
            allowed=f"one of {', '.join(stated)}",
        )
    rule = market_event_service_pb2.BarRule(
        trade_count=trades, units=units, value=value, excluded_quality_flags=without
    )
    if interval is not None:
        wire: Any = backtest_spec_pb2.BarInterval.Value(f"BAR_INTERVAL_{interval.name}")
        rule.interval = wire
    return rule


def _wire_type(kind: EventType) -> "market_event_pb2.MarketEventType":
    from aurelius.engine.v1 import market_event_pb2

    wire: Any = market_event_pb2.MarketEventType.Value(f"MARKET_EVENT_TYPE_{kind.name}")
    return wire  # type: ignore[no-any-return]


def _utc(time: datetime | None) -> datetime | None:
    from datetime import UTC

    return None if time is None else time.replace(tzinfo=time.tzinfo or UTC)


def _payload_text(event: "market_event_pb2.MarketEvent") -> str:
    """Returns a payload's numbers by name; of a snapshot how many lines it has."""
    payload = getattr(event, str(event.WhichOneof("payload")))
    parts = []
    for field, found in payload.ListFields():
        if field.is_repeated:
            return f"{len(found)} {field.name}"
        shown = field.enum_type.values_by_number[found].name if field.enum_type else f"{found:g}"
        parts.append(f"{field.name.replace('_', ' ')} {shown.rpartition('_')[2].lower()}")
    return ", ".join(parts)
