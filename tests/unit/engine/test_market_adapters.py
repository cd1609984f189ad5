"""What adapters promise, what they flag, and where the days of a venue begin."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from aurelius_engine.adapters.market_adapters import shipped_adapters
from aurelius_engine.application.errors import AdapterCapability, UploadTooLarge
from aurelius_engine.application.market_adapters import AssetClass, MarketEventType
from aurelius_engine.application.records import FileFormat, Provenance
from aurelius_engine.domain.quality.flags import MEANINGS, QualityFlag, flags_of
from aurelius_engine.domain.time_zones import Zone
from aurelius_engine.rpc import market_adapter_servicer as servicer
from tests.unit.engine.vendor_answers import CALENDARS, LABELS, read
from tests.unit.engine.vendor_answers import flags_of as by_id

HOUR = 3_600_000_000_000
HEADER = "time,symbol,open,high,low,close,volume"


def csv(*rows: str, columns: str = "") -> bytes:
    return "\n".join((HEADER + columns, *rows)).encode()


def provenance(**changes: str) -> Provenance:
    known = {"fidelityTier": "FIDELITY_TIER_BARS", "adjustment": "ADJUSTMENT_RAW"}
    return Provenance(calendar="XNYS", document=known | changes)


@pytest.mark.parametrize("calendar", ["XNYS", "XPHS", "24/7"])
def test_a_zone_shows_what_its_clocks_show(calendar: str) -> None:
    zone = CALENDARS.zone(calendar)
    clock = ZoneInfo(zone.name)
    moments = [datetime(2007, 1, 1, tzinfo=UTC) + timedelta(hours=31 * k) for k in range(2500)]
    # Also a second around each change to and from daylight-saving time.
    for second, _ in zone.offsets[-40:]:
        moments += [datetime.fromtimestamp(second + k, UTC) for k in (-1, 0, 1)]
    moments = [moment for moment in moments if moment.year < 2037]
    times = np.array([int(moment.timestamp()) * 1_000_000_000 for moment in moments])

    shown, labels = zone.local(times), zone.session_labels(times)

    for moment, time, label in zip(moments, shown.tolist(), labels.tolist(), strict=True):
        wall = moment.astimezone(clock).replace(tzinfo=UTC)
        assert time == int(wall.timestamp()) * 1_000_000_000
        midnight = wall.replace(hour=0, minute=0, second=0)
        assert label == int(midnight.timestamp()) * 1_000_000_000


def test_the_first_offset_holds_before_its_time() -> None:
    zone = Zone(name="X", offsets=((1000, 3600), (2000, 7200)))

    times = np.array([0, 999, 1000, 1999, 2000]) * 1_000_000_000

    assert ((zone.local(times) - times) // HOUR).tolist() == [1, 1, 1, 1, 2]


def test_flags_are_counted_once_in_one_order_from_their_first_time() -> None:
    found = flags_of(
        [
            ("dividend_moved", np.array([5])),
            ("empty_bar_dropped", np.array([9, 7])),
            ("live_bar_dropped", np.array([], dtype=np.int64)),
            ("empty_bar_dropped", np.array([3, 8])),
        ]
    )

    assert found == (
        QualityFlag(id="empty_bar_dropped", count=4, first_time=3),
        QualityFlag(id="dividend_moved", count=1, first_time=5),
    )


@pytest.mark.parametrize(
    "time", [0, 1, 1_000, 1_500_000, 20_000_000, 1_262_563_200_000_000_000, -1, -86_400 * 10**9]
)
def test_the_time_of_a_flag_is_written_as_proto_json_writes_it(time: int) -> None:
    message = Timestamp()
    message.FromNanoseconds(time)

    flag = QualityFlag(id="dividend_moved", count=1, first_time=time)

    assert flag.first_time_text == message.ToJsonString()


def test_an_adapter_lists_no_flag_that_has_no_meaning() -> None:
    for adapter in shipped_adapters().list():
        assert set(adapter.flags) <= set(MEANINGS), adapter.id
        assert list(adapter.flags) == [name for name in MEANINGS if name in adapter.flags]


def test_every_class_and_type_has_a_value_of_the_contract() -> None:
    assert set(servicer.ASSET_CLASSES) == set(AssetClass)
    assert set(servicer.EVENT_TYPES) == set(MarketEventType)
    for adapter in shipped_adapters().list():
        assert servicer.adapter_to_proto(adapter).format


def test_the_limits_are_the_lower_of_the_adapters_and_the_servers() -> None:
    low = shipped_adapters(max_rows=5, max_bytes=7)
    high = shipped_adapters(max_rows=10**9, max_bytes=10**12)

    assert {(each.max_rows, each.max_bytes) for each in low.list()} == {(5, 7)}
    own = high.capabilities(FileFormat.YAHOO_CHART_JSON)
    assert (own.max_rows, own.max_bytes) == (1_000_000, 128 * 1024 * 1024)
    columns = high.capabilities(FileFormat.PARQUET)
    assert (columns.max_rows, columns.max_bytes) == (10_000_000, 10**12)


@pytest.mark.parametrize("file_format", [FileFormat.ALPACA_BARS_JSON, FileFormat.YAHOO_CHART_JSON])
@pytest.mark.parametrize("tier", ["FIDELITY_TIER_TRADES_AND_QUOTES", "FIDELITY_TIER_BOOK"])
def test_no_vendor_takes_bars_for_a_finer_tier(file_format: FileFormat, tier: str) -> None:
    stated = provenance(fidelityTier=tier, adjustment="ADJUSTMENT_SPLITS")
    with pytest.raises(AdapterCapability) as refused:
        shipped_adapters().refuse_unsupported(file_format, stated, 10)

    facts = refused.value.facts
    assert (facts["capability"], facts["found"]) == ("fidelity_tier", tier)
    assert facts["allowed"] == "FIDELITY_TIER_BARS"


def test_charts_are_adjusted_for_splits_and_nothing_else() -> None:
    adapters = shipped_adapters()
    adapters.refuse_unsupported(
        FileFormat.YAHOO_CHART_JSON, provenance(adjustment="ADJUSTMENT_SPLITS"), 10
    )
    for adjustment in ("ADJUSTMENT_RAW", "ADJUSTMENT_SPLITS_AND_DIVIDENDS"):
        with pytest.raises(AdapterCapability):
            adapters.refuse_unsupported(
                FileFormat.YAHOO_CHART_JSON, provenance(adjustment=adjustment), 10
            )
        adapters.refuse_unsupported(
            FileFormat.ALPACA_BARS_JSON, provenance(adjustment=adjustment), 10
        )


def test_a_file_over_the_limit_of_its_adapter_is_refused() -> None:
    size = 128 * 1024 * 1024 + 1
    adapters = shipped_adapters()
    adapters.refuse_unsupported(FileFormat.CSV, provenance(), size)

    with pytest.raises(UploadTooLarge) as refused:
        adapters.refuse_unsupported(FileFormat.ALPACA_BARS_JSON, provenance(), size)

    assert refused.value.facts == {"found": size, "allowed": size - 1, "unit": "bytes"}


@pytest.mark.parametrize(
    ("times", "flags"),
    [
        (("2020-01-02", "2020-01-03"), {}),
        (("2020-01-02T00:00:00", "2020-01-03 00:00:00"), {}),
        (("2020-01-02 15:00:00", "2020-01-03 00:00:00"), (1, LABELS[0] + 15 * HOUR)),
        (("2020-01-03T15:00:00", "2020-01-02T16:00:00"), (2, LABELS[0] + 16 * HOUR)),
        (("2020-01-02T15:00:00Z", "2020-01-03T15:00:00-05:00"), {}),
        # Some name a zone.
        (("2020-01-02T15:00:00Z", "2020-01-03T15:00:00"), (1, LABELS[1] + 15 * HOUR)),
        ((str(LABELS[0] + HOUR), str(LABELS[1] + HOUR)), {}),
    ],
)
def test_a_time_of_day_without_a_zone_is_read_as_utc_and_flagged(
    times: tuple[str, str], flags: Any
) -> None:
    adapted = read(FileFormat.CSV, csv(*(f"{time},A,1,1,1,1,1" for time in times)))

    assert by_id(adapted) == ({"time_zone_assumed_utc": flags} if flags else {})


@pytest.mark.parametrize(
    ("columns", "flags"),
    [(",member", {}), (",splitratio", {"column_ignored": 2}), (",vwap,n", {"column_ignored": 4})],
)
def test_a_column_that_nobody_reads_is_flagged(columns: str, flags: dict[str, int]) -> None:
    more = ",1" * columns.count(",")
    rows = [f"2020-01-0{day},A,1,1,1,1,1{more}" for day in (3, 2)]

    adapted = read(FileFormat.CSV, csv(*rows, columns=columns))

    assert by_id(adapted) == {name: (count, LABELS[0]) for name, count in flags.items()}


def test_an_empty_action_is_none_and_flagged() -> None:
    columns = ",dividend,split_ratio,delisting_return"
    rows = (
        "2020-01-03,A,1,1,1,1,1,,1,0",
        "2020-01-02,A,1,1,1,1,1,0.5,,",
        "2020-01-06,A,1,1,1,1,1,0,2,0",
    )

    adapted = read(FileFormat.CSV, csv(*rows, columns=columns))

    assert adapted.table.dividend is not None
    assert adapted.table.dividend.tolist() == [0.5, 0.0, 0.0]
    assert by_id(adapted) == {"action_missing_as_none": (2, LABELS[0])}
