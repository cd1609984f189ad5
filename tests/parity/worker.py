"""A process of its own: runs the cases on standard input, one JSON object a line.

Each line has `spec`, `data`, a path, and `format`; the answer is the canonical
text of the result, one a line.
"""

import json
import sys
from pathlib import Path

from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_client.canonical_json import canonical_text
from aurelius_engine.adapters.market_files import FileFormat
from aurelius_engine.in_process import run_in_process


def main() -> None:
    """Answers every line."""
    for line in sys.stdin:
        case = json.loads(line)
        spec = json_format.ParseDict(case["spec"], backtest_spec_pb2.BacktestSpec())
        data = Path(case["data"]).read_bytes()
        result = run_in_process(spec, data, FileFormat(case["format"]), 7)
        sys.stdout.buffer.write(canonical_text(result) + b"\n")


if __name__ == "__main__":
    main()
