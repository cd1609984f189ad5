"""`aurelius run` refuses in one line, with the reason, the value found and allowed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = {"strategy": {"trendFollowing": {"fastBars": 10, "slowBars": 20}}, "calendar": "XNYS"}
HEADER = "time,symbol,open,high,low,close,volume\n"


def aurelius(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "aurelius_client.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)


def refusal(spec: object, data: Path, folder: Path, *more: str) -> str:
    path = folder / "spec.json"
    path.write_text(json.dumps(spec))
    done = aurelius("run", str(path), "--data", str(data), *more)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("change", "reason", "found", "allowed"),
    [
        ({"colour": "red"}, "UNKNOWN_FIELD", "colour", "strategy, symbols"),
        (
            {"strategy": {"trendFollowing": {"fastBars": 10, "slwBars": 20}}},
            "UNKNOWN_STRATEGY_PARAMETER",
            "slwBars",
            "fastBars, slowBars",
        ),
        (
            {"strategy": {"trendFollowing": {"fastBars": 30, "slowBars": 20}}},
            "INVALID_FIELD",
            "fast_bars: 30",
            "fast_bars must be below slow_bars",
        ),
        (
            {"strategy": {"trendFollowing": {"slowBars": 5000}}},
            "LOOKBACK_TOO_LONG",
            "5000",
            "at most 2148",
        ),
        (
            {"startTime": "2012-01-01T00:00:00Z", "endTime": "2010-01-01T00:00:00Z"},
            "WINDOW_REVERSED",
            "2010-01-01T00:00:00Z",
            "after 2012-01-01T00:00:00Z",
        ),
        ({"symbols": ["TSLA"]}, "SYMBOL_UNKNOWN", "TSLA", "GOOG"),
        ({"calendar": "XXXX"}, "CALENDAR_MISMATCH", "XXXX", "XNYS"),
        ({"calendarVersion": "mine"}, "CALENDAR_MISMATCH", "mine", "exchange_calendars"),
        ({"initialCash": -1}, "INVALID_FIELD", "-1", "(0, 1e+15]"),
    ],
)
def test_a_bad_specification_is_refused(
    change: dict[str, object],
    reason: str,
    found: str,
    allowed: str,
    goog_csv: Path,
    tmp_path: Path,
) -> None:
    line = refusal(GOOD | change, goog_csv, tmp_path)

    assert line.startswith(f"error: {reason}: ")
    assert found in line.split("(found")[1]
    assert allowed in line.split("; allowed")[1]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("2020-01-01,A,1,2,1,1,5\nwhat,is,this\n", "FILE_MALFORMED"),
        ("2020-01-01,A,1,2,1,nan,5\n", "PRICE_NOT_FINITE"),
        ("2020-01-01,A,1,2,1,,5\n", "PRICE_NOT_FINITE"),
        ("2020-01-01,A,1,0.5,1,1,5\n", "HIGH_BELOW_LOW"),
        ("2020-01-01,A,1,2,1,1,5\n2020-01-01,A,1,2,1,1,5\n", "DUPLICATE_BAR"),
        ("2020-01-01,A,1,2,1,x,5\n", "FILE_MALFORMED"),
        ("soon,A,1,2,1,1,5\n", "FILE_MALFORMED"),
        ("", "DATASET_EMPTY"),
    ],
)
def test_a_bad_file_is_refused(rows: str, reason: str, tmp_path: Path) -> None:
    data = tmp_path / "prices.csv"
    data.write_text(HEADER + rows)

    assert refusal(GOOD, data, tmp_path).startswith(f"error: {reason}: ")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    data = tmp_path / "prices.csv"
    data.write_text("time,symbol,open,high,low,close\n2020-01-01,A,1,2,1,1\n")

    assert refusal(GOOD, data, tmp_path).startswith("error: COLUMN_MISSING: column volume")


def test_csv_parquet_and_arrow_give_one_text(goog_csv: Path, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import csv, parquet

    table = csv.read_csv(goog_csv)
    parquet.write_table(table.take(list(reversed(range(len(table))))), tmp_path / "goog.parquet")
    with pa.ipc.new_file(str(tmp_path / "goog.arrow"), table.schema) as writer:
        writer.write_table(table, max_chunksize=100)
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(GOOD))

    texts = {
        aurelius("run", str(spec), "--data", str(path), "--json").stdout
        for path in (goog_csv, tmp_path / "goog.parquet", tmp_path / "goog.arrow")
    }

    (text,) = texts
    assert json.loads(text)["run"].startswith("runs/r")


@pytest.fixture(scope="module")
def shown(goog_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What one run prints in each form."""
    spec = tmp_path_factory.mktemp("shown") / "spec.json"
    spec.write_text(json.dumps(GOOD))
    run = ("run", str(spec), "--data", str(goog_csv))
    return {form: aurelius(*run, *form.split()).stdout for form in ("", "--all", "--json")}


def test_what_a_person_sees_names_identity_what_ran_and_labels(shown: dict[str, str]) -> None:
    result = json.loads(shown["--json"])

    for text in (shown[""], shown["--all"]):
        assert f"result digest   {result['resultDigest']}\n" in text
        assert "strategy        trendFollowing, fastBars 10, slowBars 20\n" in text
        assert "window          first bar to last bar, 2,148 bars on XNYS\n" in text
        labels = text.partition("\nlabels\n")[2].partition("\n\n")[0].splitlines()
        assert [line.split()[0] for line in labels] == result["labels"]
        assert all(len(line.split()) > 3 for line in labels)


def test_a_summary_says_the_values_of_the_result_in_a_terminal_of_80_columns(
    shown: dict[str, str],
) -> None:
    metrics = json.loads(shown["--json"])["metrics"]
    values = {metric["metricId"]: metric.get("value") for metric in metrics}

    summary = shown[""].partition("\nreturn\n")[2].partition("\nlabels\n")[0]

    rows = {line[2:20].strip(): line[20:36].strip() for line in summary.splitlines()}
    assert rows["final equity"] == f"{values['final_equity']:,.2f}"
    assert rows["deepest drawdown"] == f"{100 * values['max_drawdown_ratio']:.2f} %"
    error = values["sharpe_standard_error_ratio"]
    assert rows["Sharpe ratio"] == f"{values['sharpe_ratio']:.2f} ± {error:.2f}"
    assert f"probabilistic {100 * values['probabilistic_sharpe_2012_ratio']:.2f} %" in summary
    assert rows["orders"] == str(values["order_count"])
    assert max(map(len, summary.splitlines())) <= 80


def test_all_prints_each_metric_once_in_its_unit_or_with_its_reason(
    shown: dict[str, str],
) -> None:
    metrics = json.loads(shown["--json"])["metrics"]

    lines = [line.split() for line in shown["--all"].splitlines() if line.startswith("  ")]

    said = {words[0]: words[1:] for words in lines}
    assert len(metrics) > 80
    for metric in metrics:
        assert sum(words[0] == metric["metricId"] for words in lines) == 1, metric
        first, *unit = said[metric["metricId"]]
        if "value" in metric:
            assert float(first.replace(",", "")) == pytest.approx(metric["value"], 1e-5, 0.006)
            assert ("_".join(unit) or "none") == metric["unit"]
        else:
            assert [first, *unit] == [metric["undefinedReason"]]
