"""A table's file in any format of a download, read back to what it says."""

import json
from enum import Enum
from typing import Any, cast

import pyarrow as pa

from aurelius.engine.v1 import artifact_service_pb2
from aurelius_client.errors import DataLoss


class TableFormat(Enum):
    """The format of a downloaded file; the value is its suffix without the dot."""

    ARROW = "arrow"
    PARQUET = "parquet"
    CSV = "csv"
    JSON = "json"

    @property
    def wire(self) -> artifact_service_pb2.DownloadFormat:
        """The value of the contract's enum."""
        value: Any = artifact_service_pb2.DownloadFormat.Value(f"DOWNLOAD_FORMAT_{self.name}")
        return cast(artifact_service_pb2.DownloadFormat, value)


def read_file(name: str, content: bytes, file_format: TableFormat, schema: pa.Schema) -> pa.Table:
    """Reads a file's bytes. CSV and JSON take the types of `schema`, as they have none.

    Raises:
        DataLoss: The bytes are not of the format, or not of the schema's columns.
    """
    try:
        table = _read(content, file_format, schema)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        found = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataLoss(
            "ARTIFACT_UNREADABLE",
            f"{name} is not what it should be",
            found=found,
            allowed=f"a table as {file_format.value}",
        ) from error
    return table


def _read(content: bytes, file_format: TableFormat, schema: pa.Schema) -> pa.Table:
    buffer = pa.BufferReader(content)
    match file_format:
        case TableFormat.ARROW:
            if content.startswith(b"ARROW1"):
                return pa.ipc.open_file(buffer).read_all()
            return pa.ipc.open_stream(buffer).read_all()
        case TableFormat.PARQUET:
            from pyarrow import parquet

            # read_table would import pandas; a file of its own does not.
            return parquet.ParquetFile(buffer).read()
        case TableFormat.CSV:
            from pyarrow import csv

            types = {field.name: field.type for field in schema}
            options = csv.ConvertOptions(
                column_types=types, strings_can_be_null=False, null_values=[""]
            )
            source: Any = buffer
            return _undefined_as_nan(csv.read_csv(source, convert_options=options))
        case TableFormat.JSON:
            rows = json.loads(content)
            return pa.table(
                {
                    field.name: pa.array([_cell(row[field.name]) for row in rows], field.type)
                    for field in schema
                }
            )


def _undefined_as_nan(table: pa.Table) -> pa.Table:
    """In CSV an empty number is one that is not defined."""
    columns: dict[str, Any] = {}
    for name in table.column_names:
        column: Any = table.column(name)
        undefined = column.null_count and pa.types.is_float64(column.type)
        columns[name] = column.fill_null(float("nan")) if undefined else column
    return pa.table(columns)


def _cell(value: Any) -> Any:
    """JSON has no NaN: what is undefined is null."""
    return float("nan") if value is None else value
