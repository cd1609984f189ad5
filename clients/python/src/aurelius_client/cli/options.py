"""Options that several commands share."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from aurelius.engine.v1.dataset_service_pb2 import FileFormat


class DataFormat(Enum):
    """The format of a file of market data."""

    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"
    ALPACA_BARS_JSON = "alpaca-bars-json"
    YAHOO_CHART_JSON = "yahoo-chart-json"


Server = Annotated[
    str | None,
    typer.Option(
        "--server",
        envvar="AURELIUS_SERVER",
        help="Envoy's address. Absent means http://127.0.0.1:8080.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Prints canonical JSON.")]
StatedFormat = Annotated[
    DataFormat | None,
    typer.Option(
        "--format",
        help="The file's format. Absent means what its suffix, or of .json its begin, tells.",
        show_default=False,
    ),
]
EveryMetric = Annotated[
    bool, typer.Option("--all", help="Prints every metric in its unit, not a summary.")
]
PasswordFile = Annotated[
    str | None,
    typer.Option(
        "--password-file",
        help="A file with the password; a last newline is not part of it. Absent asks for it.",
        show_default=False,
    ),
]


def wire_format(stated: DataFormat | None) -> "FileFormat | None":
    """Returns the contract's value of a format."""
    from aurelius.engine.v1 import dataset_service_pb2

    if stated is None:
        return None
    value: Any = dataset_service_pb2.FileFormat.Value(f"FILE_FORMAT_{stated.name}")
    return value  # type: ignore[no-any-return]
