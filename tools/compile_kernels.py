"""Compiles the engine's kernels into their cache, so that no first run has to wait for it.

Each example runs once, and each study of one, and with it what it needs is compiled.
"""

import io
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from aurelius.engine.v1 import backtest_spec_pb2, dataset_pb2, validation_pb2
from aurelius_client.documents import read_message
from aurelius_engine.adapters.market_files import FileFormat
from aurelius_engine.in_process import run_in_process, study_in_process

ROOT = Path(__file__).resolve().parent.parent
STUDIED = ROOT / "data/us_equities_with_actions.parquet"
DATA = re.compile(r"^# Runs on (data/\w+\.parquet)\.$", re.MULTILINE)


def data_of(example: Path) -> bytes:
    """Returns the file that an example says it runs on."""
    (name,) = DATA.findall(example.read_text())
    return (ROOT / name).read_bytes()


def arrow_of(path: Path) -> bytes:
    """Returns a Parquet file as an Arrow one."""
    sink, table = io.BytesIO(), pq.read_table(path)
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def main() -> None:
    """Runs every example, and every study with the report of its data's quality."""
    print("compiling the engine's kernels, once for each version", end="", flush=True)
    for example in sorted((ROOT / "examples").glob("*.yaml")):
        spec = read_message(example, backtest_spec_pb2.BacktestSpec())
        run_in_process(spec, data_of(example), FileFormat.PARQUET, 0)
        print(".", end="", flush=True)
    dataset = dataset_pb2.Dataset()
    read_message(STUDIED.with_suffix(".provenance.json"), dataset.provenance)
    data = arrow_of(STUDIED)
    for example in sorted((ROOT / "examples/validations").glob("*.yaml")):
        study_in_process(read_message(example, validation_pb2.ValidationSpec()), data, dataset, 0)
        print(".", end="", flush=True)
    print(" done")


if __name__ == "__main__":
    main()
