"""A replay executes where what must not matter is another, and shows what then matters."""

import io
import json
from pathlib import Path
from platform import libc_ver
from typing import Any

import numpy as np
import pytest

from aurelius.engine.v1 import backtest_pb2, replay_service_pb2
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.adapters.perturbed_process import PerturbedProcess
from aurelius_engine.application.execution import identify
from aurelius_engine.domain import simulation
from aurelius_engine.domain.errors import LookbackTooLong, WindowEmpty
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.parts import SHIPPED
from tests.contract.engine.executions import both_by
from tests.contract.engine.replay_workers import PARTS, Write, write_worker, written
from tests.contract.engine.serving import Served, serving
from tests.contract.engine.test_replays import replayed

__all__ = ["write_worker"]
Replay = replay_service_pb2.Replay
SYMBOLS, DAYS = 12, 60
# Which symbol a set names first depends on the hash seed.
SET_ORDER = """
    from aurelius_engine.domain import simulation

    panel_of = simulation.panel_of
    simulation.panel_of = lambda spec, table, names=(): panel_of(
        spec, table, tuple(set(names or spec.symbols or table.symbols))
    )
"""


def book() -> bytes:
    """Twelve symbols of made prices, as CSV."""
    moves = np.random.default_rng(8).integers(-180, 186, (DAYS, SYMBOLS)) / 10_000.0
    closes = 50.0 * np.cumprod(1.0 + moves, axis=0)
    days = np.datetime64("2018-01-01") + np.arange(DAYS) // 5 * 7 + np.arange(DAYS) % 5
    text = io.StringIO("time,symbol,open,high,low,close,volume\n")
    text.seek(0, io.SEEK_END)
    for day, row in zip(days, closes, strict=True):
        for place, close in enumerate(row):
            price = repr(float(close))
            text.write(f"{day},S{place:02d},{price},{price},{price},{price},1000\n")
    return text.getvalue().encode()


def sealed_book(engine: Served) -> backtest_pb2.Backtest:
    engine.register(book(), dataset_id="book")
    momentum = {"tsMomentum": {"lookbackBars": 5}}
    return engine.sealed(dataset="datasets/book", strategy=momentum)


def with_the_order_of_a_set(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = simulation.panel_of

    def panel_of(spec: Any, table: Any, names: tuple[str, ...] = ()) -> Any:
        return honest(spec, table, tuple(set(names or spec.symbols or table.symbols)))

    monkeypatch.setattr(simulation, "panel_of", panel_of)


def test_a_replay_says_what_was_different(
    goog_engine: Served, sealed: backtest_pb2.Backtest
) -> None:
    first, second = replayed(goog_engine, sealed), replayed(goog_engine, sealed)

    assert first.state == second.state == Replay.STATE_EQUAL
    for replay in (first, second):
        key = f"{sealed.name} {replay.name}".replace("runs/", "").replace("replays/", "")
        assert tuple(replay.perturbations) == PerturbedProcess(1.0).perturbations(key)
    assert first.perturbations != second.perturbations
    assert first.failure_reason == ""


def test_what_is_different_takes_effect_there(
    write_worker: Write, monkeypatch: pytest.MonkeyPatch, goog: MarketTable, goog_trend: Any
) -> None:
    write_worker(
        """
        import json, locale, os, time
        import numba
        import numpy as np
        from aurelius_engine.domain.errors import WindowEmpty

        def say(*arguments, **named):
            facts = {
                "environment": dict(os.environ),
                "hash_of_a": hash("a"),
                "offset": time.timezone,
                "locale": locale.setlocale(locale.LC_ALL),
                "fresh": np.unique(np.empty(1 << 22, np.uint8)).tolist(),
                "threads": numba.config.NUMBA_NUM_THREADS,
            }
            raise WindowEmpty(json.dumps(facts))

        worker.execute = say
        """
    )
    monkeypatch.setenv("AURELIUS_DATABASE_URL", "postgresql://engine:secret@db/engine")
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    wanted = {
        "LC_ALL": "C.UTF-8",
        "MALLOC_PERTURB_": "7",
        "NUMBA_NUM_THREADS": "3",
        "PYTHONHASHSEED": "4711",
        "TZ": "<-0330>3:30",
    }

    def said(**changed: str) -> Any:
        settings = tuple(f"{name}={value}" for name, value in (wanted | changed).items())
        with pytest.raises(WindowEmpty) as refused:
            written(100.0).execute(goog_trend, goog, lambda: False, seed=0, perturbations=settings)
        return json.loads(str(refused.value))

    here = said()

    assert here["environment"].items() >= wanted.items()
    assert not [name for name in here["environment"] if name.startswith("AURELIUS_")]
    assert (here["offset"], here["locale"], here["threads"]) == (12_600, "C.UTF-8", 3)
    if libc_ver()[0] == "glibc":
        assert here["fresh"] == [7 ^ 0xFF]
    assert said()["hash_of_a"] == here["hash_of_a"]
    assert said(PYTHONHASHSEED="4712")["hash_of_a"] != here["hash_of_a"]


def test_what_is_computed_there_has_the_identity_tables_and_digests_of_here(
    goog: MarketTable, goog_trend: Any
) -> None:
    process = PerturbedProcess(100.0)
    settings = process.perturbations("a run")

    there = process.execute(goog_trend, goog, lambda: False, seed=2**64 - 1, perturbations=settings)

    calendars = packaged_calendars()
    here = SHIPPED.execute(goog_trend, goog, calendars, lambda: False, seed=2**64 - 1)
    assert there.digest == here.digest
    assert dict(there.digests) == dict(here.digests)
    assert sorted(there.tables) == sorted(here.tables)
    assert there.identity == identify(
        goog_trend,
        data_hash=goog.data_hash(),
        seed=2**64 - 1,
        engine_version=there.identity.engine_version,
    )


def test_a_refusal_there_is_the_same_refusal_here(goog: MarketTable, goog_trend: Any) -> None:
    parameters = goog_trend["strategy"]["trendFollowing"]
    parameters |= {"fastBars": 5_000, "slowBars": 9_000}

    with pytest.raises(LookbackTooLong) as refused:
        PerturbedProcess(100.0).execute(
            goog_trend, goog, lambda: False, seed=0, perturbations=("PYTHONHASHSEED=1",)
        )

    assert "9000" in str(refused.value)
    assert set(refused.value.facts) == {"found", "allowed", "symbol"}


def test_the_order_of_a_set_is_caught_and_located(
    tmp_path: Path, write_worker: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_worker(SET_ORDER)
    with_the_order_of_a_set(monkeypatch)
    with serving(tmp_path, parts=PARTS) as engine:
        replay = replayed(engine, sealed_book(engine))

    assert replay.state == Replay.STATE_DIFFERENT
    first = replay.first_difference
    assert first.sealed_value != first.replayed_value
    assert (first.column, first.HasField("step")) != ("", False)


def test_the_same_process_would_not_catch_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_the_order_of_a_set(monkeypatch)
    with serving(tmp_path, parts=both_by(SHIPPED.execute)) as engine:
        replay = replayed(engine, sealed_book(engine))

    assert replay.state == Replay.STATE_EQUAL


def test_a_book_without_the_bug_replays_equal(engine: Served) -> None:
    replay = replayed(engine, sealed_book(engine))

    assert replay.state == Replay.STATE_EQUAL
    assert replay.replayed_result_digest == replay.sealed_result_digest


def test_a_hash_of_the_input_that_changes_there_is_named(
    tmp_path: Path, write_worker: Write, goog_bytes: bytes
) -> None:
    write_worker(
        """
        identify = worker.identify
        worker.identify = lambda document, *, data_hash, seed, engine_version: identify(
            document, data_hash="sha256:" + "0" * 64, seed=seed, engine_version=engine_version
        )
        """
    )
    with serving(tmp_path, parts=PARTS) as engine:
        engine.register(goog_bytes)
        run = engine.sealed()
        replay = replayed(engine, run)

    assert replay.state == Replay.STATE_DIFFERENT
    first = replay.first_difference
    assert (first.artifact_id, first.column) == ("identity", "dataHash")
    assert first.sealed_value == run.identity.data_hash
    assert first.replayed_value == "sha256:" + "0" * 64


def test_an_engine_that_was_exchanged_on_the_disk_is_not_compared(
    tmp_path: Path, write_worker: Write, goog_bytes: bytes
) -> None:
    write_worker("worker.installed_engine_version = lambda: '0.0.9+0123456789ab'")
    with serving(tmp_path, parts=PARTS) as engine:
        engine.register(goog_bytes)
        replay = replayed(engine, engine.sealed())

    assert replay.state == Replay.STATE_FAILED
    assert replay.failure_reason == "ERROR_REASON_ENGINE_VERSION_MISMATCH"
    assert "on the disk is 0.0.9+0123456789ab" in replay.failure_message
    assert replay.replayed_result_digest == ""
