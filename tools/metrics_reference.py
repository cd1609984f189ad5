"""The text of docs/specs/metrics.md, from the metric registry and the calendar table."""

from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.domain.metrics import REGISTRY

# Where a known library gives another number under a like name, and why.
DIFFERENCES = (
    ("alpha_ratio", "empyrical", "compounds the alpha of a bar; here, as in quantstats, times P"),
    (
        "annual_return_ratio",
        "ffn",
        "counts years of 365.25 days; here P bars are a year",
    ),
    (
        "conditional_value_at_risk_95_ratio",
        "quantstats",
        "is Gaussian by default; its `historical` method agrees unless returns tie at the quantile",
    ),
    (
        "information_ratio",
        "empyrical (excess_sharpe), quantstats",
        "is a bar's; here times sqrt(P)",
    ),
    (
        "martin_ratio",
        "quantstats (ulcer_performance_index)",
        "takes the total return; here the annual one",
    ),
    (
        "payoff_ratio",
        "quantstats",
        "compares rising and falling bars; here round trips",
    ),
    (
        "probabilistic_sharpe_2012_ratio",
        "quantstats",
        "takes skewness and kurtosis corrected for bias; here moments over n, as in the paper",
    ),
    (
        "profit_factor_ratio",
        "quantstats",
        "sums bars; here round trips",
    ),
    (
        "recovery_factor_ratio",
        "quantstats",
        "takes the absolute sum of returns; here the total return with its sign",
    ),
    (
        "sharpe_ratio",
        "empyrical, quantstats, backtesting.py",
        "empyrical takes a risk-free rate a bar, quantstats compounds an annual one; here it is "
        "the annual rate / P. backtesting.py divides the annual return by a compounded volatility",
    ),
    (
        "skewness, excess_kurtosis",
        "quantstats",
        "are corrected for the bias of a normal sample; here moments over n",
    ),
    (
        "treynor_ratio",
        "quantstats",
        "takes the total return; here the annual mean excess",
    ),
    ("ulcer_index_ratio", "quantstats", "divides by n - 1; here by n, as its author does"),
    (
        "up_capture_ratio, down_capture_ratio",
        "empyrical",
        "divides annualised compound returns of the chosen bars; here sums of returns",
    ),
    (
        "value_at_risk_95_ratio, value_at_risk_99_ratio",
        "empyrical, quantstats",
        "empyrical gives the quantile itself, below 0 for a loss; quantstats is Gaussian",
    ),
)


def _cell(text: str) -> str:
    return text.replace("|", "∣")


def metrics_page(notice: str) -> str:
    """Returns the page, with `notice` under its title."""
    calendars = packaged_calendars()
    years = "".join(
        f"| `{code}` | {count} |\n" for code, count in sorted(calendars.annual_sessions.items())
    )
    rows = "".join(
        f"| `{metric.id}` | {metric.version} | {metric.unit} | {_cell(metric.formula)} "
        f"| {_cell(metric.divisor)} | {metric.annualisation} "
        f"| {', '.join(f'`{reason}`' for reason in metric.undefined) or 'never'} |\n"
        for metric in REGISTRY
    )
    differences = "".join(
        f"| {', '.join(f'`{name}`' for name in names.split(', '))} | {library} | {why} |\n"
        for names, library, why in DIFFERENCES
    )
    return "\n".join(
        [
            "# Metrics\n",
            notice,
            "Status: normative.\n"
            "Each metric has an id and a version; a changed formula takes a new version.\n",
            "## 1. Notation\n",
            NOTATION,
            f"The calendar table is of version `{calendars.version}`.\n",
            "| calendar | P |\n|---|---|\n" + years,
            "## 2. Definitions\n",
            "2.1 An undefined metric has a reason and no value; of several reasons, the first in "
            "its row.\n"
            "2.2 `UNDEFINED_OVERFLOW` MUST stand for any value that is not finite.\n"
            "2.3 A deviation or drawdown of at most 2^-40 MUST count as none: it is what the "
            "rounding of an unmoved account looks like.\n",
            "| id | version | unit | formula | divisor | annualisation | undefined |\n"
            "|---|---|---|---|---|---|---|\n" + rows,
            "## 3. Tables beside them\n",
            TABLES,
            "## 4. Numerics\n",
            NUMERICS,
            "## 5. Other libraries\n",
            "Where a definition is the same, empyrical-reloaded and quantstats agree within 1e-11; "
            "a test holds it.\n"
            "Elsewhere:\n",
            "| metric | library | the difference |\n|---|---|---|\n" + differences,
        ]
    )


NOTATION = (
    "1.1 `E_0` is the initial cash and `E_t` the equity at the close of bar t, for n bars: "
    "n + 1 marks.\n"
    "1.2 `r_t = E_t / E_(t-1) - 1`; sums and means over `r` run over its n values.\n"
    "1.3 `P` is the periods of a year by the calendar and the bar interval of the specification; "
    "of BAR_INTERVAL_TRADED the sessions of a year times `bars_per_session`.\n"
    "1.4 `f` is the annual risk-free rate of the specification divided by `P`.\n"
    "1.5 A round trip runs from flat to flat in one symbol; a fill that turns a position around "
    "ends one and begins the next, and its commission is divided by units.\n"
    "Its entry value is the units that it opened or added times their prices; its profit is net "
    "of commission, with the dividends and the cash in lieu of its symbol.\n"
    "Financing of the whole account belongs to no round trip.\n"
    "1.6 `D_t = 1 - E_t / max(E_0..E_t)`; an episode is a longest run of bars with `D_t` above "
    "2^-40.\n"
    "1.7 `Q(q)` is the quantile of the returns: with them in rising order from place 0, the "
    "point `(n - 1) q`, on the line between two values (Hyndman and Fan 1996, definition 7).\n"
    "1.8 `B_t` is a unit of the benchmark symbol, bought at its first close and held, at its "
    "last known close: with CORPORATE_ACTIONS_APPLIED through its splits, and with its dividends "
    "since, kept as cash.\n"
    "`b` are the returns of `B`; beside it, `r` and `b` run over the m bars from the second step "
    "at which it has a close.\n"
    "1.9 `Phi` is the standard normal distribution function.\n"
    "1.10 A ratio is a fraction: 0.25 means 25 %.\nA loss counts as above 0 in values at risk.\n"
)
TABLES = (
    "3.1 `trades` has one row a round trip, the closed ones in the order of their ends, then the "
    "open ones by symbol, valued at the last close; `exit_time` is -1 for those.\n"
    "3.2 The profits of `trades` and the flows of no round trip add up to `E_n - E_0`; "
    "`unexplained_profit` is what rounding leaves.\n"
    "3.3 `monthly_returns` has one row a calendar month in UTC that has a bar, whole or not.\n"
    "3.4 `rolling` has one row a bar that ends a window of a year, P bars rounded down: return, "
    "volatility, Sharpe ratio, beta.\nNaN stands where a value is not defined.\n"
)
NUMERICS = (
    "4.1 Values are computed in a fixed order from + - * / sqrt and comparisons alone.\n"
    "4.2 A return is computed as `(E_t - E_(t-1)) / E_(t-1)`, a drawdown as `(M - E_t) / M` with "
    "the running peak M.\n"
    "4.3 A sum over bars goes to 64 lanes, value i to lane i mod 64, each compensated; the lanes "
    "are then added in order, compensated.\n"
    "4.4 Moments are of distances from the mean, in a second pass.\n"
    "4.5 Quantiles are exact order statistics.\n"
    "4.6 Powers, logarithms and `Phi` are the engine's own, so that no bit depends on the "
    "machine.\n"
    "4.7 A second implementation in 60 digits, in the tests, agrees within 1e-12.\n"
)
