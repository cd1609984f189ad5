"""Yahoo's charts: what they become, what is flagged, and where they are at fault."""

from typing import Any

import pytest

from aurelius_engine.application.errors import AdapterCapability, FileMalformed
from aurelius_engine.domain import errors
from tests.unit.engine.vendor_answers import DAY, LABELS, OPENS, chart, flags_of, yahoo

LABELLED = {"time_labelled_by_session": (5, LABELS[0])}
RESULT = "$.chart.result[0]"


def test_a_daily_bar_is_labelled_by_its_session() -> None:
    adapted = yahoo(chart())

    assert adapted.table.time.tolist() == list(LABELS)
    assert adapted.table.close.tolist() == [10.0, 11.0, 12.0, 13.0, 14.0]
    assert adapted.table.volume.tolist() == [100.0, 200.0, 300.0, 400.0, 500.0]
    assert adapted.table.symbols == ("A",)
    assert adapted.table.dividend is None
    assert flags_of(adapted) == LABELLED


def test_a_bar_within_the_day_keeps_its_time() -> None:
    adapted = yahoo(chart(meta={"dataGranularity": "5m"}))

    assert adapted.table.time.tolist() == [second * 1_000_000_000 for second in OPENS]
    assert adapted.flags == ()


def test_a_day_of_coins_is_that_of_utc_and_needs_no_other_label() -> None:
    stamps = [1577923200, 1578009600]  # 2020-01-02 and 03, midnight UTC
    meta = {"instrumentType": "CRYPTOCURRENCY", "exchangeTimezoneName": "UTC", "symbol": "BTC-USD"}

    adapted = yahoo(chart(stamps=stamps, meta=meta), calendar="24/7")

    assert adapted.table.time.tolist() == list(LABELS[:2])
    assert adapted.flags == ()


def test_rows_of_nulls_are_dropped_and_flagged() -> None:
    nulls: dict[str, Any] = {
        "open": [10.0, None, 12.0, 13.0, 14.0],
        "high": [11.0, None, 13.0, None, 15.0],
        "low": [9.0, None, 11.0, 12.0, 13.0],
        "close": [10.0, None, 12.0, 13.0, 14.0],
        "volume": [100, None, None, 400, 500],
    }

    adapted = yahoo(chart(quote=nulls))

    assert adapted.table.time.tolist() == [LABELS[0], LABELS[2], LABELS[4]]
    assert adapted.table.volume.tolist() == [100.0, 0.0, 500.0]
    assert flags_of(adapted) == {
        "time_labelled_by_session": (3, LABELS[0]),
        "empty_bar_dropped": (1, LABELS[1]),
        "partial_bar_dropped": (1, LABELS[3]),
        "volume_missing_as_zero": (1, LABELS[2]),
    }


def test_the_close_is_taken_and_an_adjusted_one_flagged_where_it_differs() -> None:
    same = yahoo(chart(adjclose=[10.0, 11.0, 12.0, 13.0, None]))
    differing = yahoo(chart(adjclose=[9.5, 10.5, 12.0, 13.0, 14.0]))

    assert flags_of(same) == LABELLED
    assert flags_of(differing) == LABELLED | {"adjusted_close_ignored": (2, LABELS[0])}
    dropped = yahoo(chart(adjclose=[9.5] * 5, quote={"open": [10.0, None, 12.0, 13.0, 14.0]}))
    assert flags_of(dropped)["adjusted_close_ignored"] == (4, LABELS[0])
    assert differing.table.data_hash() == same.table.data_hash()


def event(second: int, **more: Any) -> dict[str, Any]:
    return {str(second): {"date": second, **more}}


def test_a_dividend_is_paid_at_its_day_and_a_split_is_never_applied_again() -> None:
    adapted = yahoo(
        chart(
            events={
                "dividends": event(OPENS[1], amount=0.5) | event(OPENS[3], amount=0.25),
                "splits": event(OPENS[2], numerator=2, denominator=1, splitRatio="2:1"),
            }
        )
    )

    table = adapted.table
    assert table.dividend is not None
    assert table.split_ratio is not None
    assert table.dividend.tolist() == [0.0, 0.5, 0.0, 0.25, 0.0]
    assert table.split_ratio.tolist() == [1.0] * 5
    assert flags_of(adapted) == LABELLED | {"split_already_applied": (1, LABELS[2])}


def test_a_split_alone_makes_no_column() -> None:
    adapted = yahoo(chart(events={"splits": event(OPENS[2], numerator=2, denominator=1)}))

    assert adapted.table.data_hash() == yahoo(chart()).table.data_hash()
    assert "split_already_applied" in flags_of(adapted)


def test_a_dividend_without_a_bar_moves_or_is_left_out_but_never_silently() -> None:
    saturday, before, after = OPENS[1] + 86_400, OPENS[0] - 86_400, OPENS[4] + 86_400
    paid = {
        **event(before, amount=1.0),
        **event(saturday, amount=0.5),
        **event(saturday + 86_400, amount=0.25),
        **event(after, amount=2.0),
    }

    adapted = yahoo(chart(events={"dividends": paid}))

    assert adapted.table.dividend is not None
    assert adapted.table.dividend.tolist() == [0.0, 0.0, 0.75, 0.0, 0.0]
    assert flags_of(adapted) == LABELLED | {
        "dividend_moved": (2, LABELS[1] + DAY),
        "dividend_outside_bars": (2, LABELS[0] - DAY),
    }


def test_a_dividend_within_the_day_is_paid_at_the_first_bar_of_its_day() -> None:
    stamps = [OPENS[0], OPENS[0] + 300, OPENS[1], OPENS[1] + 300]
    events = {"dividends": event(OPENS[1], amount=0.5)}

    adapted = yahoo(chart(stamps=stamps, meta={"dataGranularity": "5m"}, events=events))

    assert adapted.table.dividend is not None
    assert adapted.table.dividend.tolist() == [0.0, 0.0, 0.5, 0.0]
    assert adapted.flags == ()


def test_capital_gains_are_left_out_and_flagged() -> None:
    adapted = yahoo(chart(events={"capitalGains": event(OPENS[1], amount=1.5)}))

    assert adapted.table.dividend is None
    assert flags_of(adapted) == LABELLED | {"capital_gain_ignored": (1, LABELS[1])}


def test_charts_join_and_say_who_names_no_dividends() -> None:
    paying = chart(events={"dividends": event(OPENS[1], amount=0.5)})
    silent = chart(meta={"symbol": "B"})

    adapted = yahoo([paying, silent])

    assert adapted.table.symbols == ("A", "B")
    assert adapted.table.dividend is not None
    assert adapted.table.dividend.tolist() == [0.0, 0.0, 0.5, *[0.0] * 7]
    assert flags_of(adapted) == {
        "time_labelled_by_session": (10, LABELS[0]),
        "action_missing_as_none": (5, LABELS[0]),
    }


QUOTED = OPENS[4] + 3_600
RUNNING = {"regular": {"start": OPENS[4], "end": OPENS[4] + 23_400}}
ENDED = {"regular": {"start": OPENS[4] - 20_000, "end": QUOTED}}
NEXT = {"regular": {"start": OPENS[4] + 90_000, "end": OPENS[4] + 113_400}}


@pytest.mark.parametrize(
    ("stamps", "periods", "closes", "dropped"),
    [
        # The session runs, or nothing says that it does not.
        ((*OPENS[:4], QUOTED), RUNNING, [10.0, 11.0, 12.0, 13.0], 1),
        ((*OPENS[:4], QUOTED), None, [10.0, 11.0, 12.0, 13.0], 1),
        ((*OPENS, QUOTED), RUNNING, [10.0, 11.0, 12.0, 13.0], 2),
        (OPENS, RUNNING, [10.0, 11.0, 12.0, 13.0], 1),
        # It ended, or the next one has not begun.
        ((*OPENS[:4], QUOTED), ENDED, [10.0, 11.0, 12.0, 13.0, 14.0], 0),
        ((*OPENS[:4], QUOTED), NEXT, [10.0, 11.0, 12.0, 13.0, 14.0], 0),
        ((*OPENS, QUOTED), ENDED, [10.0, 11.0, 12.0, 13.0, 15.0], 1),
        (OPENS, ENDED, [10.0, 11.0, 12.0, 13.0, 14.0], 0),
        # The chart ends before that day.
        (OPENS[:4], RUNNING, [10.0, 11.0, 12.0, 13.0], 0),
    ],
)
def test_a_days_bar_that_goes_on_is_no_bar(
    stamps: tuple[int, ...], periods: Any, closes: list[float], dropped: int
) -> None:
    meta = {"regularMarketTime": QUOTED, "currentTradingPeriod": periods}

    adapted = yahoo(chart(stamps=stamps, meta=meta))

    assert adapted.table.close.tolist() == closes
    assert adapted.table.time.tolist() == list(LABELS[: len(closes)])
    want = {"live_bar_dropped": (dropped, LABELS[4])} if dropped else {}
    assert flags_of(adapted) == {"time_labelled_by_session": (len(closes), LABELS[0])} | want


def test_a_bar_that_goes_on_is_flagged_once_whatever_it_lacks() -> None:
    meta = {"regularMarketTime": QUOTED, "currentTradingPeriod": RUNNING}
    prices = [10.0, 10.0, 10.0, 10.0]

    for lacking in (("open",), ("open", "high", "low", "close")):
        quote = {name: [*prices, None] for name in lacking}
        quote |= {name: [*prices, 10.0] for name in ("open", "high", "low") if name not in quote}
        adapted = yahoo(chart(meta=meta, quote=quote | {"close": quote.get("close", [*prices, 1])}))

        assert flags_of(adapted) == {
            "time_labelled_by_session": (4, LABELS[0]),
            "live_bar_dropped": (1, LABELS[4]),
        }


@pytest.mark.parametrize(
    ("last", "quoted", "periods", "kept"),
    [
        # Five minutes of 10:25 to 10:30 were not over at 10:28, nor was the quote a bar.
        ((), 3_480, RUNNING, 11),
        ((3_480,), 3_480, RUNNING, 11),
        # At 10:30 they were over.
        ((), 3_600, RUNNING, 12),
        ((3_600,), 3_600, RUNNING, 12),
        # After the session only the quote is none.
        ((), 3_480, ENDED, 12),
        ((3_600,), 3_600, ENDED, 12),
        ((3_600,), 7_200, ENDED, 13),
    ],
)
def test_a_shorter_bar_that_goes_on_is_no_bar(
    last: tuple[int, ...], quoted: int, periods: Any, kept: int
) -> None:
    stamps = [OPENS[4] + second for second in (*range(0, 3_600, 300), *last)]
    ended = {"regular": {"start": OPENS[4] - 20_000, "end": OPENS[4] + 3_000}}
    hours = ended if periods is ENDED else periods
    meta = {
        "dataGranularity": "5m",
        "regularMarketTime": OPENS[4] + quoted,
        "currentTradingPeriod": hours,
    }

    adapted = yahoo(chart(stamps=stamps, meta=meta))

    assert len(adapted.table.time) == kept
    dropped = [second * 1_000_000_000 for second in stamps[kept:]]
    want = {"live_bar_dropped": (len(dropped), dropped[0])} if dropped else {}
    assert flags_of(adapted) == want


@pytest.mark.parametrize(
    ("answer", "capability", "found"),
    [
        (chart(meta={"instrumentType": "OPTION"}), "asset_class", "OPTION"),
        (chart(meta={"instrumentType": "INDEX"}), "asset_class", "INDEX"),
        (chart(meta={"instrumentType": "MUTUALFUND"}), "asset_class", "MUTUALFUND"),
        (chart(meta={"dataGranularity": "1wk"}), "bar_interval", "1wk"),
        ({"optionChain": {"result": []}}, "event_type", "OPTIONS_CHAIN"),
        ({"quoteSummary": {"result": []}}, "event_type", "FUNDAMENTALS"),
        ([chart(), {"quoteResponse": {}}], "event_type", "QUOTE"),
    ],
)
def test_what_is_beyond_the_adapter_is_a_capability_error(
    answer: object, capability: str, found: str
) -> None:
    with pytest.raises(AdapterCapability) as refused:
        yahoo(answer)

    facts = refused.value.facts
    assert facts["adapter"] == "marketAdapters/yahoo-chart-json"
    assert (facts["capability"], facts["found"]) == (capability, found)
    assert found not in str(facts["allowed"]).split(", ")


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        (b'{"chart": {"result": [}}', "line 1 column 23"),
        ({}, "$"),
        ({"chart": {"result": None, "error": {"code": "Not Found"}}}, "$.chart.error"),
        ({"chart": {"error": None}}, "$.chart"),
        ({"chart": {"result": None}}, "$.chart.result"),
        ({"chart": {"result": []}}, "$.chart.result"),
        ({"chart": {"result": [7]}}, RESULT),
        (chart(stamps=[1.5], quote={}), f"{RESULT}.timestamp[0]"),
        (chart(stamps=[True]), f"{RESULT}.timestamp[0]"),
        (chart(stamps=[-1]), f"{RESULT}.timestamp[0]"),
        (chart(stamps=[10**30]), f"{RESULT}.timestamp[0]"),
        (chart(stamps=OPENS[::-1]), f"{RESULT}.timestamp[1]"),
        (chart(meta={"symbol": None}), f"{RESULT}.meta.symbol"),
        (chart(meta={"currency": 7}), f"{RESULT}.meta.currency"),
        (chart(quote={"open": [10.0]}), f"{RESULT}.indicators.quote[0].open"),
        (chart(quote={"volume": None}), f"{RESULT}.indicators.quote[0].volume"),
        (
            chart(quote={"low": [9, 10, "11", 12, 13]}),
            f"{RESULT}.indicators.quote[0].low[2]",
        ),
        (chart(adjclose=[1.0]), f"{RESULT}.indicators.adjclose[0].adjclose"),
        (chart(indicators={"quote": []}), f"{RESULT}.indicators.quote"),
        (chart(indicators={"quote": [{"open": []}]}), f"{RESULT}.indicators.quote[0].open"),
        (chart(events=7), f"{RESULT}.events"),
        (chart(events={"dividends": {"1": {"date": 1}}}), f"{RESULT}.events.dividends.1"),
        (
            chart(events={"dividends": {"1": {"date": "x", "amount": 1}}}),
            f"{RESULT}.events.dividends.1.date",
        ),
        (chart(meta={"regularMarketTime": "x"}), f"{RESULT}.meta.regularMarketTime"),
    ],
)
def test_what_is_malformed_is_refused_with_its_place(answer: object, path: str) -> None:
    with pytest.raises(FileMalformed) as refused:
        yahoo(answer)

    assert refused.value.facts["path"] == path
    assert refused.value.facts["allowed"]


def test_a_bar_that_cannot_be_true_is_refused_with_its_place_in_the_answer() -> None:
    """A row of nulls before it does not move the place."""
    quote = {name: [None, 10.0, 10.0, 10.0, 10.0] for name in ("open", "high", "low", "close")}
    quote["high"] = [None, 10.0, 10.0, 9.0, 10.0]

    with pytest.raises(errors.HighBelowLow) as refused:
        yahoo(chart(quote=quote))

    assert refused.value.facts["path"] == f"{RESULT}.indicators.quote[0].high[3]"


def test_two_bars_of_one_session_are_refused() -> None:
    with pytest.raises(errors.DuplicateBar) as refused:
        yahoo(chart(stamps=[*OPENS[:4], OPENS[3] + 60]))

    assert refused.value.facts["path"] == f"{RESULT}.timestamp[4]"


def test_a_negative_dividend_is_refused() -> None:
    with pytest.raises(errors.ActionInvalid) as refused:
        yahoo(chart(events={"dividends": event(OPENS[1], amount=-0.5)}))

    assert refused.value.facts["path"] == f"{RESULT}.events.dividends"


def test_a_chart_without_bars_is_an_empty_dataset() -> None:
    bare = chart(stamps=[], indicators={"quote": [{}]})
    del bare["chart"]["result"][0]["timestamp"]

    with pytest.raises(errors.DatasetEmpty):
        yahoo(bare)


def test_the_zone_must_be_the_calendars() -> None:
    with pytest.raises(errors.CalendarMismatch) as refused:
        yahoo(chart(meta={"exchangeTimezoneName": "Europe/Berlin"}))

    assert refused.value.facts == {"found": "Europe/Berlin", "allowed": "America/New_York"}


@pytest.mark.parametrize(
    "answer",
    [
        [chart(), chart(meta={"symbol": "B", "currency": "EUR"})],
        chart(events={"dividends": event(OPENS[1], amount=0.5, currency="GBP")}),
    ],
)
def test_currencies_are_one(answer: object) -> None:
    with pytest.raises(errors.CurrencyMixed):
        yahoo(answer)
