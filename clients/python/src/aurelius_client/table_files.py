"""A table as a file: Arrow, Parquet, CSV or JSON."""

import json
import math
import os
from enum import Enum
from pathlib import Path
from typing import Any

import pyarrow as pa


class TableFormat(Enum):
    """The format of a written file; the value is its suffix without the dot."""

    ARROW = "arrow"
    PARQUET = "parquet"
    CSV = "csv"
    JSON = "json"


def write_table(table: pa.Table, path: Path, file_format: TableFormat) -> None:
    """Writes a table beside its final place and then moves it there, so it is whole or absent.

    Raises:
        OSError: The folder cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _write(table, part, file_format)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write(table: pa.Table, path: Path, file_format: TableFormat) -> None:
    match file_format:
        case TableFormat.ARROW:
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as out:
                out.write_table(table)
        case TableFormat.PARQUET:
            from pyarrow import parquet

            parquet.write_table(table, path)
        case TableFormat.CSV:
            from pyarrow import csv

            csv.write_csv(table, path)
        case TableFormat.JSON:
            rows = [{key: _json(value) for key, value in row.items()} for row in table.to_pylist()]
            path.write_text(json.dumps(rows, separators=(",", ":"), allow_nan=False))


def _json(value: Any) -> Any:
    """JSON has no NaN: what is undefined is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
