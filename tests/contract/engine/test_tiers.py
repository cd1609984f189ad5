"""Runs with fills of bars, quotes and books: their labels, and what may be compared."""

from typing import Any

import grpc
import pytest

from aurelius.engine.v1 import backtest_pb2, backtest_service_pb2
from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.application.table_files import ExportFormat
from tests.contract.engine.serving import PROVENANCE, Served, refusal_of, token
from tests.unit.engine.quoted import quoted

HOLDING: dict[str, Any] = {
    "strategy": {"buyAndHold": {}},
    "dataset": "datasets/booked",
    "calendar": "24/7",
    "symbols": ["X"],
    "corporateActions": "CORPORATE_ACTIONS_NOT_APPLIED",
}
SHALLOW = [(99.0, 1e6)], [(101.0, 1e6)]


@pytest.fixture
def booked(engine: Served) -> Served:
    """An engine with `datasets/booked`, whose books have two levels."""
    table = quoted({"X": [(100.0, *SHALLOW)] * 5}, levels=2)
    file = b"".join(ArrowTables().export(table.columns(), ExportFormat.CSV))
    stated = PROVENANCE | {"calendar": "24/7", "timeZone": "UTC"}
    engine.register(file, dataset_id="booked", provenance=stated)
    return engine


def sealed(engine: Served, source: str) -> backtest_pb2.Backtest:
    return engine.sealed(**HOLDING, fillSource=f"FILL_SOURCE_{source}")


def compare(engine: Served, left: str, right: str, **how: bool) -> Any:
    request = backtest_service_pb2.CompareBacktestsRequest(name=left, other=right, **how)
    return engine.backtests.CompareBacktests(request, metadata=token("ROLE_AUDITOR"))


def test_a_result_says_of_which_tier_its_fills_are(booked: Served) -> None:
    labels = {
        source: set(sealed(booked, source).result.labels) for source in ("BARS", "QUOTES", "BOOK")
    }

    assert labels["QUOTES"] - labels["BARS"] == {"tier_2_fills"}
    assert labels["BOOK"] - labels["BARS"] == {"tier_3_fills"}
    assert labels["BARS"] - labels["QUOTES"] == {"zero_slippage"}


def test_runs_of_different_tiers_are_compared_only_where_that_is_asked(booked: Served) -> None:
    bars, quotes = sealed(booked, "BARS"), sealed(booked, "QUOTES")

    with pytest.raises(grpc.RpcError) as refused:
        compare(booked, bars.name, quotes.name)
    compared = compare(booked, bars.name, quotes.name, allow_cross_tier=True)

    assert refusal_of(refused.value) == (
        "FAILED_PRECONDITION",
        "TIERS_DIFFER",
        {"found": "FILL_SOURCE_QUOTES", "allowed": "FILL_SOURCE_BARS"},
    )
    assert [change.path for change in compared.spec_changes] == ["fillSource"]
    assert compared.first_difference.artifact_id == "fills"
    assert compared.first_difference.column == "quantity"


def test_runs_of_one_tier_are_compared(booked: Served) -> None:
    book = sealed(booked, "BOOK")
    other = booked.sealed(**HOLDING, fillSource="FILL_SOURCE_BOOK", initialCash=5000)

    compared = compare(booked, book.name, other.name)

    assert [change.path for change in compared.spec_changes] == ["initialCash"]
