"""`aurelius datasets quality`: what a dataset says against itself, as a picture."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aurelius_client.cli.options import AsJson, Server

if TYPE_CHECKING:
    from aurelius.engine.v1 import dataset_quality_report_pb2

_MOST_LINES = 60
_MOST_FINDINGS = 12
# Of the expected bars of a month at least this share, how it is drawn, and in which colour.
_SHADES = ((1.0, "█", "green"), (0.9, "▆", "yellow"), (0.5, "▄", "red"), (0.0, "▂", "red"))
# What a finding is marked with in its first month; the first that fits.
_MARKS = (
    ("!", "an error", frozenset({"ERROR"})),
    ("s", "stale or untraded", frozenset({"stale_bars", "untraded_bars"})),
    ("j", "a jump", frozenset({"split_like_jump", "volume_unit_jump"})),
    ("o", "an outlier", frozenset({"outlier_return", "reverted_spike"})),
    ("w", "another warning", frozenset({"WARNING"})),
)
_ORDER = ("ERROR", "WARNING", "INFO")
Row = dict[str, Any]


def quality(
    name: Annotated[str, typer.Argument(help="A dataset, by name or id.")],
    symbol: Annotated[
        list[str] | None,
        typer.Option(help="Only this symbol; may be given again.", show_default=False),
    ] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Shows the quality report of a dataset, verified: a line a symbol and year.

    With --json it is one object: the report, and its tables findings and coverage.

    Example: aurelius datasets quality us-equities
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.server import connect

    dataset = full_name("datasets", name)
    with connect(server) as client:
        stored = client.quality.report(dataset)
        if not stored.HasField("report"):
            _print_sealed(stored, as_json)
            return
        findings = _wanted(client.quality.findings(dataset).to_pylist(), symbol)
        coverage = _wanted(client.quality.coverage(dataset).to_pylist(), symbol)
    if as_json:
        _print_json(stored, findings, coverage)
        return
    _print_report(stored, findings)
    _print_picture(findings, coverage)


def _wanted(rows: list[Row], symbols: list[str] | None) -> list[Row]:
    return [row for row in rows if not symbols or row["symbol"] in symbols]


def _print_sealed(stored: "dataset_quality_report_pb2.DatasetQualityReport", as_json: bool) -> None:
    from aurelius_client.cli.output import print_facts, print_message

    if as_json:
        print_message(stored)
        return
    passed = "clean" if stored.clean else "not clean"
    print_facts((("report", stored.name), ("quality", f"{passed}; the dataset is sealed")))


def _print_json(
    stored: "dataset_quality_report_pb2.DatasetQualityReport",
    findings: list[Row],
    coverage: list[Row],
) -> None:
    import rfc8785
    from google.protobuf import json_format

    document: dict[str, Any] = json_format.MessageToDict(
        stored, always_print_fields_with_no_presence=True
    )
    for row in findings:  # as proto JSON has an int64
        row |= {key: str(row[key]) for key in ("first_time", "last_time", "count")}
    text = rfc8785.dumps(document | {"findings": findings, "coverage": coverage})
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()


def _print_report(
    stored: "dataset_quality_report_pb2.DatasetQualityReport", findings: list[Row]
) -> None:
    from aurelius_client.cli.output import day, enum_text, print_facts, print_table

    report = stored.report
    worst = enum_text(report, "severity")
    interval = f"{report.bar_interval}, labelled by {enum_text(report, 'bar_label')}"
    print_facts(
        (
            ("report", stored.name),
            ("digest", stored.digest),
            ("quality", f"{'clean' if stored.clean else 'not clean'}, worst finding: {worst}"),
            ("rows", f"{report.row_count:,} of {report.symbol_count:,} symbols"),
            *(() if report.bar_interval == "NONE" else (("interval", interval),)),
            ("calendar", f"{report.calendar}, {report.calendar_version}"),
            ("checks", f"{len(report.checks)} ran"),
        )
    )
    found = [check for check in report.checks if check.finding_count]
    found.sort(key=lambda check: -check.severity)
    if found:
        print()
        print_table(
            ("severity", "check", "findings", "bars", "what"),
            [
                (
                    enum_text(check, "severity"),
                    check.check,
                    f"{check.finding_count:,}",
                    f"{check.bar_count:,}",
                    check.meaning,
                )
                for check in found
            ],
            "",
        )
        for check in found:
            if check.severity > 2:  # a warning or an error
                print(f"{check.check}: {check.remedy}")
    for flag in report.flags:
        print(f"{flag.flag}: {flag.count:,} from {day(flag.first_time)} on. {flag.meaning}")
    shown = sorted(findings, key=lambda row: _ORDER.index(row["severity"]))[:_MOST_FINDINGS]
    if shown:
        print()
        print_table(
            ("check", "symbol", "first", "last", "bars", "value", "threshold"),
            [_line(row) for row in shown],
            "",
        )
        if len(findings) > len(shown):
            print(f"{len(findings) - len(shown):,} more: --json has all that are listed")


def _line(row: Row) -> tuple[str, ...]:
    return (
        row["check"],
        row["symbol"],
        _moment(row["first_time"]),
        _moment(row["last_time"]),
        f"{row['count']:,}",
        f"{row['value']:.4g}",
        f"{row['threshold']:.4g}",
    )


def _moment(nanoseconds: int) -> str:
    """Returns a time in UTC, as a date where it is midnight."""
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC)
    return f"{at:%Y-%m-%d}" if not nanoseconds % 86_400_000_000_000 else f"{at:%Y-%m-%dT%H:%M}"


def _print_picture(findings: list[Row], coverage: list[Row]) -> None:
    """Prints a line a symbol and year: two characters a month, its coverage and its mark."""
    from rich.text import Text

    from aurelius_client.cli.output import console

    marks = _marks(findings)
    years: dict[tuple[str, int], dict[int, Row]] = {}
    for row in coverage:
        years.setdefault((row["symbol"], row["year"]), {})[row["month"]] = row
    shown = _fitting(list(years), {symbol for symbol, _, _ in marks})
    out = console()
    width = max((len(symbol) for symbol, _ in shown), default=6)
    out.print()
    out.print(f"[dim]{'':<{width}}       J F M A M J J A S O N D[/dim]")
    for symbol, year in shown:
        line = Text(f"{symbol:<{width}}  {year} ")
        for month in range(1, 13):
            line.append_text(
                _cell(years[symbol, year].get(month), marks.get((symbol, year, month)))
            )
        out.print(line, soft_wrap=True)
    hidden = len({symbol for symbol, _ in years}) - len({symbol for symbol, _ in shown})
    if hidden:
        out.print(f"{hidden:,} symbols more: --symbol shows one", style="dim")
    legend = ", ".join(f"{mark} {meaning}" for mark, meaning, _ in _MARKS)
    out.print("█ all bars, ▆ 90 %, ▄ half, ▂ fewer, · none; " + legend, style="dim")


def _fitting(lines: list[tuple[str, int]], marked: set[str]) -> list[tuple[str, int]]:
    """Returns the lines of as many symbols as fit, those with marks first; of one at least."""
    shown: list[tuple[str, int]] = []
    for symbol in sorted(
        {symbol for symbol, _ in lines}, key=lambda name: (name not in marked, name)
    ):
        mine = [line for line in lines if line[0] == symbol]
        if shown and len(shown) + len(mine) > _MOST_LINES:
            break
        shown += mine
    return sorted(shown)


def _marks(findings: Sequence[Row]) -> dict[tuple[str, int, int], str]:
    """Returns the mark of each symbol's month: the gravest of the findings that begin there."""
    from datetime import UTC, datetime

    places: dict[tuple[str, int, int], int] = {}
    for row in findings:
        names = {row["check"], row["severity"]}
        place = next((i for i, (_, _, of) in enumerate(_MARKS) if names & of), None)
        if place is None:
            continue
        at = datetime.fromtimestamp(row["first_time"] // 1_000_000_000, UTC)
        month = (row["symbol"], at.year, at.month)
        places[month] = min(place, places.get(month, place))
    return {month: _MARKS[place][0] for month, place in places.items()}


def _cell(row: Row | None, mark: str | None) -> Any:
    from rich.text import Text

    if row is None or not row["expected"]:
        cell = Text(" ")
    elif not row["present"]:
        cell = Text("·", style="red")
    else:
        share = row["present"] / row["expected"]
        shade, colour = next((s, c) for least, s, c in _SHADES if share >= least)
        cell = Text(shade, style=colour)
    return cell.append(mark or " ", style="bold red" if mark == "!" else "bold")
