"""What a plug-in is given and what becomes of its answers, in its own process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aurelius_engine.adapters.plugin_process import ProcessPlugins
from aurelius_engine.application.errors import PluginMismatch, PluginNotFound
from aurelius_engine.application.plugins import NoPlugins, signals_for_run
from aurelius_engine.domain.errors import LookbackTooLong
from tests.contract.engine.plugin_installing import install, panel, signals_of, spec_of, walk

__all__ = ["install"]
Install = Callable[..., None]
REPOSITORY = Path(__file__).resolve().parents[3]


def test_the_example_gives_the_return_it_promises() -> None:
    closes = walk(40)

    found = signals_of(panel(closes), name="skip_momentum", lookback_bars=10.0, skip_bars=3.0)

    assert np.isnan(found[:10]).all()
    assert np.array_equal(found[10:], closes[7:37] / closes[:30] - 1.0)


def test_every_column_ends_at_the_bar_that_is_decided_at(install: Install) -> None:
    install("""
        def decide(bars):
            columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
            shapes = {column.shape for column in columns}
            assert shapes == {(bars.step + 1, 2)} and bars.times.shape == (bars.step + 1,)
            assert bars.symbols == ("A", "B") and bars.dividend is None
            return [bars.open[-1, 0] + bars.high[-1, 0], bars.low[-1, 1] + bars.volume[-1, 1]]
    """)
    bars = panel(walk(300))

    found = signals_of(bars)

    assert np.array_equal(found[:, 0], bars.open[:, 0] + bars.high[:, 0])
    assert np.array_equal(found[:, 1], bars.low[:, 1] + bars.volume[:, 1])


def test_nothing_of_the_future_is_in_the_memory_behind_the_views(install: Install) -> None:
    install("""
        import numpy as np

        def decide(bars):
            whole = bars.close
            while whole.base is not None:
                whole = whole.base
            return [float(np.max(whole)), float(np.max(bars.close))]
    """)
    rising = panel(np.repeat(np.arange(1.0, 701.0)[:, None], 2, axis=1))

    found = signals_of(rising)

    assert np.array_equal(found[:, 0], np.arange(1.0, 701.0))
    assert np.array_equal(found[:, 1], np.arange(1.0, 701.0))


def test_later_bars_change_no_earlier_signal(install: Install) -> None:
    install(
        """
        class Model:
            def __init__(self, parameters):
                self.total = parameters["start"]

            def decide(self, bars):
                self.total += float(bars.close[-1].sum()) + float(bars.random().standard_normal())
                return [self.total, -self.total]
    """,
        entry="written_plugin:Model",
    )
    closes = walk(60)
    other = closes.copy()
    other[40:] *= 2.0

    before = signals_of(panel(closes), start=3.0)
    after = signals_of(panel(other), start=3.0)

    assert np.array_equal(before[:40], after[:40])
    assert (before[40:] != after[40:]).all()


def test_a_symbol_without_a_bar_or_its_warm_up_has_no_signal(install: Install) -> None:
    install("def decide(bars): return [1.0, -0.0]")
    closes = walk(8)
    closes[[0, 3], 0] = np.nan

    found = signals_of(panel(closes), warm_up=3)

    nan = np.nan
    assert np.array_equal(found[:, 0], [nan, nan, nan, nan, 1, 1, 1, 1], equal_nan=True)
    assert np.array_equal(found[:, 1], [nan, nan, 0, 0, 0, 0, 0, 0], equal_nan=True)
    assert not np.signbit(found[2:, 1]).any()


def test_a_warm_up_longer_than_the_window_is_refused(install: Install) -> None:
    install("def decide(bars): return [1.0, 1.0]")

    with pytest.raises(LookbackTooLong) as refusal:
        signals_of(panel(walk(5)), warm_up=6)

    assert refusal.value.facts == {"found": 5, "allowed": "at least 6"}


def test_random_numbers_follow_from_seed_symbol_and_step(install: Install) -> None:
    install("""
        def decide(bars):
            return [bars.random(symbol).random() for symbol in (0, 1)]
    """)
    bars = panel(walk(20))

    first, again, other = (signals_of(bars, seed=seed) for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert len(np.unique(np.concatenate([first, other]))) == 80


def test_a_plugin_may_use_its_own_modules_data_and_numpy(install: Install) -> None:
    install("", entry="parts.model:decide", files={
        "parts/__init__.py": "",
        "parts/weights.json": "[0.25, 0.75]",
        "parts/linear.py": """
            import numpy as np
            def solved(x):
                return np.linalg.solve(np.array([[2.0, 0.0], [0.0, 4.0]]), x)
        """,
        "parts/model.py": """
            import datetime, json, pkgutil, random, statistics
            from dataclasses import dataclass
            from .linear import solved
            import parts.linear
            import numpy as np

            WEIGHTS = json.loads(pkgutil.get_data("parts", "weights.json"))

            @dataclass(frozen=True)
            class Day:
                number: int

            def decide(bars):
                seconds = int(bars.times[-1]) // 10**9
                zone = datetime.timezone.utc
                day = Day(datetime.datetime.fromtimestamp(seconds, zone).day)
                dice = random.Random(7).random() + np.random.default_rng(7).random()
                seeds = np.random.SeedSequence(3).spawn(2)
                dice += np.random.Generator(np.random.PCG64(seeds[1])).random()
                assert 0.0 < dice < 4.0 and parts.linear.solved is solved
                assert np.linalg.svd(np.ones((40, 40)))[1][0] > 39.0
                assert np.fft.fft(np.ones(8))[0] == 8.0
                assert statistics.fmean([1.0, 3.0]) == 2.0
                return solved(np.array(WEIGHTS)) * day.number
        """,
    })  # fmt: skip

    found = signals_of(panel(walk(3)))

    assert np.array_equal(found[:, 0], [0.125, 0.25, 0.375])
    assert np.array_equal(found[:, 1], [0.1875, 0.375, 0.5625])


def test_another_source_than_the_specification_names_is_refused(install: Install) -> None:
    install("def decide(bars): return [1.0, 1.0]")
    digest = ProcessPlugins().source_digest("written")
    install("def decide(bars): return [1.0, 2.0]")

    with pytest.raises(PluginMismatch) as refusal:
        ProcessPlugins().signals(spec_of(digest), panel(walk(3)), seed=0, should_stop=lambda: False)

    changed = ProcessPlugins().source_digest("written")
    assert refusal.value.facts == {"found": digest, "allowed": changed}
    assert changed != digest


def test_an_engine_without_plugins_refuses_them() -> None:
    signals = signals_for_run(NoPlugins(), seed=0, should_stop=lambda: False)

    with pytest.raises(PluginNotFound):
        signals(spec_of("sha256:" + "0" * 64), panel(walk(3)))


def test_processes_of_other_hash_seeds_zones_and_locales_give_one_digest(
    install: Install,
) -> None:
    install("""
        NAMES = {"alpha", "beta", "gamma", "delta"}

        def decide(bars):
            order = [len(name) * place for place, name in enumerate(NAMES)]
            hashes = [hash(name) % 97 for name in NAMES]
            return [float(order[0] + hashes[1]), float(sum(p * h for p, h in enumerate(hashes)))]
    """)
    program = """if True:
        import hashlib
        from tests.contract.engine.plugin_installing import panel, signals_of, walk
        print(hashlib.sha256(signals_of(panel(walk(30))).tobytes()).hexdigest())
    """
    settings = (
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Manila", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": "C.UTF-8"},
    )
    path = os.pathsep.join([str(REPOSITORY), *sys.path])

    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | setting | {"PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for setting in settings
    }

    assert len(digests) == 1
    assert len(digests.pop()) == 65
