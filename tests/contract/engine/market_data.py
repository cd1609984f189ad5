"""A few minutes of trades and quotes of two symbols, and where they came from."""

from typing import Any

from tests.contract.engine.serving import PROVENANCE

TICKS: dict[str, Any] = PROVENANCE | {
    "fidelityTier": "FIDELITY_TIER_TRADES_AND_QUOTES",
    "source": "ticks.csv",
}
HEADER = (
    "event_type,event_time,symbol,sequence,ingest_time,source,quality_flags,"
    "price,size,aggressor,bid_price,bid_size,ask_price,ask_size"
)
DAY = "2020-01-02T14:3"
ROWS = (
    f"QUOTE,{DAY}0:00Z,A,1,,XNYS,,,,,9.9,300,10.1,200",
    f"TRADE,{DAY}0:01Z,A,2,{DAY}0:01.000001Z,XNYS,,10,100,buy,,,,",
    f"TRADE,{DAY}0:02Z,A,3,,XNYS,,11,50,sell,,,,",
    f"TRADE,{DAY}0:02Z,B,1,,XNYS,,20,10,,,,,",
    f"QUOTE,{DAY}0:59Z,A,4,,XNYS,,,,,10.4,100,10.6,400",
    f"TRADE,{DAY}1:00Z,A,5,,XNYS,,10.5,25,buy,,,,",
    f'TRADE,{DAY}1:30Z,A,6,,XNYS,"odd_lot,corrected",9,1,,,,,',
    f"TRADE,{DAY}2:00Z,B,2,,XNYS,,21,30,,,,,",
    f"TRADE,{DAY}2:10Z,A,7,,XNYS,,12,75,buy,,,,",
)


def ticks(rows: tuple[str, ...] = ROWS) -> bytes:
    """A file of rows in their order."""
    return "\n".join([HEADER, *rows, ""]).encode()
