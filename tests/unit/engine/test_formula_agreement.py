"""Windows of the formula language, against TA-Lib and pandas on the bundled closes."""

import numpy as np
import pandas as pd
import pytest
import talib
from make_formula_golden import bundled_panel

from aurelius_engine.domain.panel import Panel
from tests.property.engine.formula_cases import computed

D = 14


@pytest.fixture(scope="module")
def panel() -> Panel:
    """One symbol with a bar at each time."""
    whole = bundled_panel()
    columns = {
        name: np.ascontiguousarray(getattr(whole, name)[:, :1])
        for name in ("open", "high", "low", "close", "volume")
    }
    return Panel(times=whole.times, symbols=("AAPL",), dividend=None, split_ratio=None, **columns)


BY_TALIB = {
    f"ts_mean(close, {D})": lambda b: talib.SMA(b["close"], D),
    f"ts_sum(close, {D})": lambda b: talib.SUM(b["close"], D),
    f"ema(close, {D})": lambda b: talib.EMA(b["close"], D),
    f"decay_linear(close, {D})": lambda b: talib.WMA(b["close"], D),
    f"ts_std(close, {D}, 0)": lambda b: talib.STDDEV(b["close"], D, 1.0),
    f"ts_var(close, {D}, 0)": lambda b: talib.VAR(b["close"], D, 1.0),
    f"ts_min(close, {D})": lambda b: talib.MIN(b["close"], D),
    f"ts_max(close, {D})": lambda b: talib.MAX(b["close"], D),
    f"correlation(close, volume, {D})": lambda b: talib.CORREL(b["close"], b["volume"], D),
    f"100 * ts_return(close, {D})": lambda b: talib.ROC(b["close"], D),
    f"delta(close, {D})": lambda b: talib.MOM(b["close"], D),
    f"rsi(close, {D})": lambda b: talib.RSI(b["close"], D),
    f"atr({D})": lambda b: talib.ATR(b["high"], b["low"], b["close"], D),
    f"ts_slope(close, {D})": lambda b: talib.LINEARREG_SLOPE(b["close"], D),
    "true_range": lambda b: talib.TRANGE(b["high"], b["low"], b["close"]),
    "vwap": lambda b: talib.TYPPRICE(b["high"], b["low"], b["close"]),
}


@pytest.mark.parametrize("text", BY_TALIB)
def test_a_window_agrees_with_talib(text: str, panel: Panel) -> None:
    bars = {
        name: np.ascontiguousarray(getattr(panel, name)[:, 0])
        for name in ("high", "low", "close", "volume")
    }

    found, wanted = computed(text, panel)[:, 0], BY_TALIB[text](bars)

    assert np.flatnonzero(~np.isnan(found))[0] == np.flatnonzero(~np.isnan(wanted))[0]
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)


BY_PANDAS = {
    f"ts_std(close, {D})": lambda f: f.close.rolling(D).std(),
    f"ts_var(close, {D})": lambda f: f.close.rolling(D).var(),
    f"ts_skew(returns, {D})": lambda f: f.close.pct_change().rolling(D).skew(),
    f"ts_kurt(returns, {D})": lambda f: f.close.pct_change().rolling(D).kurt(),
    f"ts_median(close, {D})": lambda f: f.close.rolling(D).median(),
    f"ts_quantile(close, {D}, 0.3)": lambda f: f.close.rolling(D).quantile(0.3),
    f"ts_rank(volume, {D})": lambda f: f.volume.rolling(D).rank(pct=True),
    f"covariance(close, volume, {D})": lambda f: f.close.rolling(D).cov(f.volume),
    f"correlation(close, volume, {D})": lambda f: f.close.rolling(D).corr(f.volume),
    f"returns + 0 * ts_sum(returns, {D})": lambda f: f.close.pct_change().where(
        f.close.pct_change().rolling(D).count() >= D
    ),
}


@pytest.mark.parametrize("text", BY_PANDAS)
def test_a_window_agrees_with_pandas(text: str, panel: Panel) -> None:
    frame = pd.DataFrame({"close": panel.close[:, 0], "volume": panel.volume[:, 0]})

    found, wanted = computed(text, panel)[:, 0], BY_PANDAS[text](frame).to_numpy()

    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("rank(close)", lambda c, v: c.rank(axis=1, pct=True)),
        ("demean(close)", lambda c, v: c.sub(c.mean(axis=1), axis=0)),
        ("zscore_cs(close)", lambda c, v: c.sub(c.mean(axis=1), axis=0).div(c.std(axis=1), axis=0)),
        ("cs_median(volume)", lambda c, v: v.where(v.isna(), v.median(axis=1), axis=0)),
        ("scale(close - open)", None),
    ],
)  # fmt: skip
def test_a_cross_section_agrees_with_pandas(text: str, wanted: object) -> None:
    whole = bundled_panel()
    close, volume = pd.DataFrame(whole.close), pd.DataFrame(whole.volume)

    found = computed(text, whole)

    if callable(wanted):
        np.testing.assert_allclose(found, wanted(close, volume).to_numpy(), rtol=1e-10)
    else:
        np.testing.assert_allclose(np.nansum(np.abs(found), axis=1), 1.0, rtol=1e-12)
