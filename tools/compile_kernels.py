"""Compiles the engine's kernels into their cache, so that no first run has to wait for it.

Each example runs once, and with it what it needs is compiled.
"""

import re
import sys
from pathlib import Path

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_client.documents import read_message
from aurelius_engine.adapters.market_files import FileFormat, read_market_file
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.domain.quality.report import quality_of
from aurelius_engine.in_process import run_in_process

ROOT = Path(__file__).resolve().parent.parent
QUALITY = ROOT / "data/us_equities_with_actions.parquet"
DATA = re.compile(r"^# Runs on (data/\w+\.parquet)\.$", re.MULTILINE)


def data_of(example: Path) -> bytes:
    """Returns the file that an example says it runs on."""
    (name,) = DATA.findall(example.read_text())
    return (ROOT / name).read_bytes()


def main() -> None:
    """Reports the quality of a file, and runs every example."""
    print("compiling the engine's kernels, once for each version", end="", flush=True)
    table = read_market_file(QUALITY.read_bytes(), FileFormat.PARQUET)
    quality_of(
        table,
        packaged_calendars(),
        data_hash=table.data_hash(),
        calendar="XNYS",
        adjustment="ADJUSTMENT_RAW",
    )
    for example in sorted((ROOT / "examples").glob("*.yaml")):
        spec = read_message(example, backtest_spec_pb2.BacktestSpec())
        run_in_process(spec, data_of(example), FileFormat.PARQUET, 0)
        sys.stdout.write(".")
        sys.stdout.flush()
    print(" done")


if __name__ == "__main__":
    main()
