"""The table and the plot of what was measured."""

import datetime
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import workloads as w

Rows = Sequence[dict[str, Any]]
FEW_BYTES = 1 << 20
HEAD = """# Results

Made by `make bench` on {date}, on {machine}.
One-minute load average when it began: {load:.1f}.
Medians of interleaved rounds in warm processes, each engine in its own; `rounds` is how many.
A round is one run, or the median of those that 250 ms hold.
`times ours` divides by the first row of a table.
`processor` is the time that all threads of a process worked for one run, other work of the
machine left out.
`memory` is the most that a process took beyond what it held before the data were loaded;
`x input` divides by the bytes of the bars, where these are not few.
`ends with` is the equity at the end, from the engines that say it: they differ where the
assumptions do (bt and nautilus_trader fill at the deciding close, the latter and
zipline-reloaded in whole units, polars-backtest marks at the open, vectorbt stops trading
below a millionth of a dollar).
The workloads are in `workloads.py`, the engines' sides in `engines/`.

![Times of all engines, logarithmic](results.svg)
"""


def machine() -> str:
    """Returns the class of this machine, without its name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    cores = sum(line.startswith("processor") for line in lines)
    kibibytes = int(Path("/proc/meminfo").read_text().split()[1])
    python = platform.python_version()
    return f"{cores} cores of {model}, {kibibytes / 2**20:.0f} GiB, Linux, Python {python}"


def span(seconds: float) -> str:
    """Returns a time with three digits and its unit."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} us"


def _cells(row: dict[str, Any], ours: float) -> list[str]:
    times, numbers = row["times"], row.get("numbers", {})
    final = numbers.get("final", numbers.get("mean_final"))
    memory = factor = ""
    if "peak_bytes" in row:
        memory = f"{row['peak_bytes'] / 2**20:.1f} MiB"
        if row["input_bytes"] >= FEW_BYTES:
            factor = f"{row['peak_bytes'] / row['input_bytes']:.2f}"
    return [
        f"**{row['engine']}**" if row["ours"] else row["engine"],
        span(row["median"]),
        f"{span(min(times))} to {span(max(times))}",
        str(len(times)),
        f"{row['median'] / ours:.3g}",
        span(row["cpu"]),
        memory,
        factor,
        "" if final is None else f"{final:.10g}",
        str(numbers.get("fills", "")),
    ]


def table_of(workload: str, rows: Rows) -> list[str]:
    """Returns the lines of one workload's section."""
    heads = ("engine", "median", "range", "rounds", "times ours")
    heads = (*heads, "processor", "memory", "x input", "ends with", "fills")
    ours = rows[0]["median"]
    body = [_cells(row, ours) for row in rows]
    used = [i for i in range(len(heads)) if any(cells[i] for cells in body)]
    lines = [f"## {workload}: {w.TITLES[workload]}", ""]
    lines.append("| " + " | ".join(heads[i] for i in used) + " |")
    lines.append("|" + "---|" * len(used))
    lines.extend("| " + " | ".join(cells[i] for i in used) + " |" for cells in body)
    return [*lines, ""]


def growth_table(grown: dict[str, Any]) -> list[str]:
    """Returns the lines of the section on growth."""
    lines = ["## Growth", ""]
    lines.append("Signals, simulation and metrics of the averages of W1, median of several.")
    lines.append("The exponent is the slope of the logarithms, by least squares; 1 is linear.")
    lines.append("A fixed cost of a run lowers it at small sizes: the last decade has its own.")
    lines.append("")
    for title, series in grown.items():
        lines.append(f"| {title} | median | per unit |")
        lines.append("|---|---|---|")
        for size, seconds in series["points"]:
            lines.append(f"| {size:,} | {span(seconds)} | {seconds / size * 1e9:.1f} ns |")
        lines.append("")
        lines.append(
            f"Exponent {series['exponent']:.3f}, over the last decade {series['last']:.3f}."
        )
        lines.append("")
    return lines


def plot(tables: dict[str, Rows]) -> str:
    """Returns bars on a logarithmic axis from 10 us to 100 s as SVG."""
    import math

    left, width, step, decades = 300, 560, 18, (-5, 2)
    shapes, y = [], 30

    def x_of(seconds: float) -> float:
        part = (math.log10(seconds) - decades[0]) / (decades[1] - decades[0])
        return left + width * min(max(part, 0.0), 1.0)

    for workload, rows in tables.items():
        y += 12
        shapes.append(f'<text x="8" y="{y}" font-weight="bold">{workload}</text>')
        y += 8
        for row in rows:
            end, colour = x_of(row["median"]), "#1f6f8b" if row["ours"] else "#b0b0b0"
            shapes.append(
                f'<text x="{left - 8}" y="{y + 11}" text-anchor="end">{row["engine"]}</text>'
                f'<rect x="{left}" y="{y}" width="{end - left:.1f}" height="13" fill="{colour}"/>'
                f'<text x="{end + 5:.1f}" y="{y + 11}">{span(row["median"])}</text>'
            )
            y += step
    ticks = []
    for power in range(decades[0], decades[1] + 1):
        x = x_of(10.0**power)
        ticks.append(
            f'<line x1="{x:.1f}" y1="24" x2="{x:.1f}" y2="{y}" stroke="#e0e0e0"/>'
            f'<text x="{x:.1f}" y="18" text-anchor="middle">{span(10.0**power)}</text>'
        )
    body = "\n".join([*ticks, *shapes])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 90}" height="{y + 10}" '
        f'font-family="sans-serif" font-size="12">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
    )


def write(folder: Path, tables: dict[str, Rows], grown: dict[str, Any], load: float) -> None:
    """Writes RESULTS.md and results.svg; `load` is the load average before."""
    date = datetime.date.today().isoformat()
    lines = [*HEAD.format(date=date, machine=machine(), load=load).splitlines(), ""]
    for workload, rows in tables.items():
        lines.extend(table_of(workload, rows))
    lines.extend(growth_table(grown))
    (folder / "RESULTS.md").write_text("\n".join(lines).rstrip() + "\n")
    (folder / "results.svg").write_text(plot(tables))
