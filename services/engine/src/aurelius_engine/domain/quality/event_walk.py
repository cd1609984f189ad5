"""Events against each other: quotes and books that cross, and times that cannot be."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.events.book import is_crossed, set_level
from aurelius_engine.domain.quality.checks import place_of
from aurelius_engine.domain.quality.findings import Findings, end_run, extend
from aurelius_engine.domain.quality.rows import Rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_EARLY_INGEST = place_of("early_ingest")
_CROSSED_QUOTE = place_of("crossed_quote")
_LOCKED_QUOTE = place_of("locked_quote")
_ONE_SIDED_QUOTE = place_of("one_sided_quote")
_CROSSED_BOOK = place_of("crossed_book")


@compiled
def first_of_days(days: Ints, codes: Ints, symbols: int) -> Ints:
    """Returns the rows that are the first of their symbol and day. Days must not fall."""
    rows, count = np.empty(days.size, np.int64), 0
    last = np.full(symbols, np.iinfo(np.int64).min)
    for row in range(days.size):
        if last[codes[row]] != days[row]:
            last[codes[row]] = days[row]
            rows[count] = row
            count += 1
    return rows[:count]


@compiled
def walk_ingest(findings: Findings, time: Ints, ingest: Ints, rows: Rows) -> None:
    """Tells runs of events that were received before they happened."""
    for symbol in range(rows.starts.size - 1):
        for k in range(rows.starts[symbol], rows.starts[symbol + 1]):
            row = rows.order[k]
            early = 0 <= ingest[row] < time[row]
            _go_on(findings, _EARLY_INGEST, symbol, time[row], early)
        end_run(findings, _EARLY_INGEST, symbol, 1)


@compiled
def walk_quotes(findings: Findings, time: Ints, bid: Floats, ask: Floats, rows: Rows) -> None:
    """Tells runs of quotes whose sides cross, are equal, or are one alone."""
    for symbol in range(rows.starts.size - 1):
        for k in range(rows.starts[symbol], rows.starts[symbol + 1]):
            row = rows.order[k]
            both = bid[row] > 0.0 and ask[row] > 0.0
            _go_on(findings, _CROSSED_QUOTE, symbol, time[row], both and bid[row] > ask[row])
            _go_on(findings, _LOCKED_QUOTE, symbol, time[row], both and bid[row] == ask[row])
            _go_on(findings, _ONE_SIDED_QUOTE, symbol, time[row], not both)
        for check in (_CROSSED_QUOTE, _LOCKED_QUOTE, _ONE_SIDED_QUOTE):
            end_run(findings, check, symbol, 1)


@compiled
def walk_book(
    findings: Findings, time: Ints, side: Ints, price: Floats, size: Floats, rows: Rows
) -> None:
    """Tells runs of moments after which a book is crossed: all updates of a time are one."""
    keys, sizes = np.empty((2, time.size)), np.empty((2, time.size))
    counts = np.zeros(2, np.int64)
    for symbol in range(rows.starts.size - 1):
        counts[:] = 0
        end = rows.starts[symbol + 1]
        for k in range(rows.starts[symbol], end):
            row = rows.order[k]
            set_level(keys, sizes, counts, side[row], price[row], size[row])
            if k + 1 == end or time[rows.order[k + 1]] != time[row]:
                crossed = is_crossed(keys, counts)
                _go_on(findings, _CROSSED_BOOK, symbol, time[row], crossed)
        end_run(findings, _CROSSED_BOOK, symbol, 1)


@compiled
def _go_on(findings: Findings, check: int, symbol: int, time: int, holds: bool) -> None:
    if holds:
        extend(findings, check, time)
    else:
        end_run(findings, check, symbol, 1)
