"""Alpaca's pages: what they become, and where they are at fault."""

from typing import Any

import numpy as np
import pytest

from aurelius_engine.application.errors import (
    AdapterCapability,
    FileMalformed,
    PagesIncomplete,
    UploadTooLarge,
)
from aurelius_engine.domain import errors
from tests.unit.engine.vendor_answers import LABELS, alpaca, bar, flags_of, page

TWO = [bar(), bar("2020-01-03T05:00:00Z", v=0)]


def test_a_page_of_one_symbol_and_a_page_of_several_are_the_same_bars() -> None:
    one = alpaca(page(TWO, symbol="A"))
    several = alpaca(page({"A": TWO}))

    assert one.table.data_hash() == several.table.data_hash()
    assert one.table.symbols == ("A",)
    assert one.table.time.tolist() == list(LABELS[:2])
    assert one.table.high.tolist() == [12.5, 12.5]
    assert one.table.volume.tolist() == [100.0, 0.0]
    assert one.table.dividend is None


def test_pages_join_whatever_symbol_they_end_in() -> None:
    whole = alpaca(page({"B": TWO, "A": TWO}))
    paged = alpaca(
        [
            page({"A": TWO[:1]}, token="x"),
            page({"A": TWO[1:], "B": TWO[:1]}, token="y"),
            page({"B": TWO[1:]}),
        ]
    )

    assert whole.table.data_hash() == paged.table.data_hash()
    assert paged.table.symbols == ("A", "B")


def test_the_midnight_of_new_york_is_the_label_of_its_date_in_summer_and_winter() -> None:
    adapted = alpaca(page({"A": [bar(), bar("2020-07-01T04:00:00Z")]}))

    assert adapted.table.time.astype("datetime64[ns]").astype(str).tolist() == [
        "2020-01-02T00:00:00.000000000",
        "2020-07-01T00:00:00.000000000",
    ]
    assert flags_of(adapted) == {"time_labelled_by_session": (2, LABELS[0])}


def test_bars_within_the_day_keep_their_times() -> None:
    """Also one of midnight: it is one bar of many."""
    times = ["2020-01-02T05:00:00Z", "2020-01-02T14:30:00Z", "2020-01-02T14:31:00.5Z"]

    adapted = alpaca(page({"A": [bar(time) for time in times]}))

    want = [LABELS[0] + 5 * 3_600_000_000_000, LABELS[0] + 52_200_000_000_000]
    assert adapted.table.time.tolist() == [*want, want[1] + 60_500_000_000]
    assert adapted.flags == ()


def test_no_bars_at_a_symbol_or_page_are_null_or_an_empty_array() -> None:
    adapted = alpaca([page(None, token="x"), page({"A": TWO, "B": [], "C": None})])

    assert adapted.table.symbols == ("A",)
    with pytest.raises(errors.DatasetEmpty):
        alpaca(page(None))


@pytest.mark.parametrize(
    ("answer", "path", "found"),
    [
        (page({"A": TWO}, token="QUFQTA"), "$.next_page_token", "the token 'QUFQTA'"),
        (
            [page({"A": TWO}, token="x"), page({"B": TWO}, token="y")],
            "$[1].next_page_token",
            "the token 'y'",
        ),
        ([page({"A": TWO}), page({"B": TWO})], "$[0].next_page_token", "null"),
    ],
)
def test_missing_pages_are_refused(answer: object, path: str, found: str) -> None:
    with pytest.raises(PagesIncomplete) as refused:
        alpaca(answer)

    assert (refused.value.facts["path"], refused.value.facts["found"]) == (path, found)


@pytest.mark.parametrize(
    ("answer", "capability", "found", "allowed"),
    [
        ({"trades": {"A": []}, "next_page_token": None}, "event_type", "TRADE", "BAR"),
        ({"quotes": {"A": []}, "next_page_token": None}, "event_type", "QUOTE", "BAR"),
        ({"orderbooks": {}}, "event_type", "BOOK_UPDATE", "BAR"),
        (page({"BTC/USD": TWO}), "asset_class", "CRYPTO", "EQUITY, FUND"),
        (page({"AAPL240119C00100000": TWO}), "asset_class", "OPTION", "EQUITY, FUND"),
        (page(TWO, symbol="SPY240119P00400000"), "asset_class", "OPTION", "EQUITY, FUND"),
    ],
)
def test_what_is_no_bar_of_a_stock_is_beyond_the_adapter(
    answer: object, capability: str, found: str, allowed: str
) -> None:
    with pytest.raises(AdapterCapability) as refused:
        alpaca(answer)

    assert refused.value.facts == {
        "adapter": "marketAdapters/alpaca-bars-json",
        "capability": capability,
        "found": found,
        "allowed": allowed,
    }


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        (b"", "line 1 column 1"),
        (b'{"bars": {},\n "next_page_token" null}', "line 2 column 20"),
        (b'{"bars": {"A": [}', "line 1 column 17"),
        (b"\xff", "byte 0"),
        (b'{"bars": {"\xc3(": []}}', "byte 11"),
        (b'{"bars": {"A": [{"o": NaN}]}, "next_page_token": null}', "$"),
        (b'{"bars": null, "bars": {}, "next_page_token": null}', "$"),
        (b'{"bars": {"\\ud800": []}, "next_page_token": null}', "$"),
        (b'{"bars": {}, "next_page_token": "\\uDC00\\ud800"}', "$"),
        (b"[" * 100_000, "$"),
        (b'{"bars": null, "next_page_token": ' + b"1" * 5000 + b"}", "$"),
        ([], "$"),
        (7, "$"),
        ([page(None, token="x"), None], "$[1]"),
        ({}, "$"),
        ({"bars": None}, "$"),
        ({"code": 40010001, "message": "invalid symbol"}, "$.message"),
        (page(7), "$.bars"),
        (page(TWO), "$"),
        (page(TWO, symbol=""), "$.symbol"),
        (page({"A": 7}), "$.bars.A"),
        (page({"A": [7]}), "$.bars.A[0]"),
        (page({"A": TWO}, token=" "), "$.next_page_token"),
        ([page(None, token="x"), page({"A": [bar(), bar(t=5)]})], "$[1].bars.A[1].t"),
        (page({"A": [bar("2020-02-30T05:00:00Z")]}), "$.bars.A[0].t"),
        (page({"A": [bar("2020-01-02T05:00:00+00:00")]}), "$.bars.A[0].t"),
        (page({"A": [bar("2020-01-02")]}), "$.bars.A[0].t"),
        (page({"A": [bar("1969-12-31T23:59:59Z")]}), "$.bars.A[0].t"),
        (page({"A": [bar("2300-01-01T00:00:00Z")]}), "$.bars.A[0].t"),
        (page({"A": [bar(o="10")]}), "$.bars.A[0].o"),
        (page({"A": [bar(), bar(v=None)]}), "$.bars.A[1].v"),
        (page({"A": [bar(c=True)]}), "$.bars.A[0].c"),
        (page({"A": [bar(c=10**400)]}), "$.bars.A[0].c"),
        (page({"A": [{"t": "2020-01-02T05:00:00Z", "o": 10}]}), "$.bars.A[0]"),
    ],
)
def test_what_is_malformed_is_refused_with_its_place(answer: object, path: str) -> None:
    with pytest.raises(FileMalformed) as refused:
        alpaca(answer)

    assert refused.value.facts["path"] == path
    assert len(str(refused.value)) < 400
    assert refused.value.facts["allowed"]


@pytest.mark.parametrize(
    ("changes", "kind", "path"),
    [
        ({"h": 8}, errors.HighBelowLow, "$.bars.B[1].h"),
        ({"o": 0}, errors.PriceNotPositive, "$.bars.B[1].o"),
        ({"c": 99.5}, errors.PriceOutsideRange, "$.bars.B[1].c"),
        ({"v": -1}, errors.VolumeNegative, "$.bars.B[1].v"),
        ({"t": "2020-01-02T05:00:00Z"}, errors.DuplicateBar, "$.bars.B[1].t"),
        ({"l": 1e-999}, errors.PriceNotPositive, "$.bars.B[1].l"),
    ],
)
def test_a_bar_that_cannot_be_true_is_refused_with_its_place(
    changes: dict[str, Any], kind: type[errors.RowRefused], path: str
) -> None:
    answer = page({"A": TWO, "B": [TWO[0], TWO[1] | changes]})

    with pytest.raises(kind) as refused:
        alpaca(answer)

    facts = refused.value.facts
    assert (facts["path"], facts["symbol"], facts["row"]) == (path, "B", 3)
    assert str(refused.value).startswith(f"{path}, symbol B: ")


def test_an_infinite_price_is_refused() -> None:
    data = b'{"bars": {"A": [%s]}, "next_page_token": null}' % (
        b'{"t": "2020-01-02T05:00:00Z", "o": 1, "h": 1e999, "l": 1, "c": 1, "v": 1}'
    )
    with pytest.raises(errors.PriceNotFinite) as refused:
        alpaca(data)

    assert refused.value.facts["path"] == "$.bars.A[0].h"


@pytest.mark.parametrize(
    "data", [b"[" + b"{}," * 1_200_000 + b"{}]", b"[" + b"0," * 17_000_000 + b"0]"]
)
def test_a_small_file_that_unfolds_to_much_is_refused_unread(data: bytes) -> None:
    with pytest.raises(UploadTooLarge) as refused:
        alpaca(data)

    assert refused.value.facts["unit"] == "values"


def test_bars_are_of_new_york() -> None:
    with pytest.raises(errors.CalendarMismatch) as refused:
        alpaca(page({"A": TWO}), calendar="XPHS")

    assert refused.value.facts == {"found": "Asia/Manila", "allowed": "America/New_York"}


def test_currencies_of_pages_are_one() -> None:
    pages = [page({"A": TWO}, token="x", currency="USD"), page({"B": TWO}, currency="EUR")]
    with pytest.raises(errors.CurrencyMixed) as refused:
        alpaca(pages)

    assert refused.value.facts["found"] == "EUR, USD"
    assert np.all(alpaca(page({"A": TWO}, currency="EUR")).table.open == 10.0)


def test_a_character_that_json_escapes_as_two_halves_is_one() -> None:
    answer = b'{"bars": [], "symbol": "\\ud83d\\ude00", "next_page_token": null}'

    with pytest.raises(errors.DatasetEmpty):
        alpaca(answer)
