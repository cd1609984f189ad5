"""`aurelius datasets events` and `bars` against an engine, and a run on what they made."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aurelius.engine.v1 import artifact_service_pb2
from aurelius_engine.adapters.arrow_tables import ArrowTables
from tests.contract.engine.market_data import TICKS, ticks
from tests.contract.engine.serving import Served, serving, token
from tests.contract.engine.test_dataset_slices import aurelius
from tests.contract.engine.test_market_events import derive, listed


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("commands")
    with serving(folder) as served:
        served.register(ticks(), dataset_id="ticks", provenance=TICKS)
        yield served


def test_events_are_printed_in_their_order(engine: Served) -> None:
    command = ("events", "ticks", "--type", "trade", "--symbol", "A", "--limit", "3")

    told = aurelius(engine, *command, "--json")
    for_people = aurelius(engine, "events", "ticks", "--start", "2020-01-02T14:32:10")

    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [line["sequence"] for line in lines] == ["2", "3", "5"], told.stderr
    assert "price 12, size 75, aggressor buy" in for_people.stdout


def test_bars_are_made_and_say_how(engine: Served) -> None:
    told = aurelius(
        engine, "bars", "ticks", "--name", "made", "--trades", "2", "--symbol", "A", "--with-book"
    )

    assert told.returncode == 0, told.stderr
    assert "that end at 2 trades, from datasets/ticks, with 1 levels of the book" in told.stdout
    assert [event.bar.volume for event in listed(engine, "made")] == [150, 26]
    shown = aurelius(engine, "show", "made").stdout
    assert "bar: 2 rows" in shown
    assert "no adapter" in shown


@pytest.mark.parametrize("options", [(), ("--trades", "2", "--interval", "minute")])
def test_bars_need_exactly_one_rule(engine: Served, options: tuple[str, ...]) -> None:
    told = aurelius(engine, "bars", "ticks", "--name", "none", *options)

    assert told.returncode != 0
    assert "one of --interval, --trades, --units, --value" in told.stderr


def test_events_are_shown_by_type(engine: Served) -> None:
    shown = aurelius(engine, "show", "ticks").stdout

    assert "trade: 7 rows" in shown
    assert "survivorship" not in shown


def test_a_run_fills_at_the_quote_before_the_first_trade_of_a_bar(engine: Served) -> None:
    """The order of the first bar acts at the second, whose quote is 10.4 to 10.6."""
    derive(engine, "quoted", {"interval": "BAR_INTERVAL_MINUTE"}, symbols=["A"], with_book=True)

    run = engine.sealed(
        dataset="datasets/quoted",
        strategy={"buyAndHold": {}},
        symbols=["A"],
        barInterval="BAR_INTERVAL_MINUTE",
        fillSource="FILL_SOURCE_QUOTES",
        initialCash=1_000,
    )

    assert "tier_2_fills" in run.result.labels
    request = artifact_service_pb2.ReadArtifactRequest(name=f"{run.name}/artifacts/fills")
    messages = engine.artifacts.ReadArtifact(request, metadata=token())
    table = ArrowTables().decode(b"".join(message.data for message in messages))
    price = next(column for column in table if column.name == "price")
    assert price.data.tolist() == [10.6]
