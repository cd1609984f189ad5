"""The Python SDK of AURELIUS. Names are imported when they are first used."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aurelius_client.calls import Surroundings
    from aurelius_client.client import AsyncClient, Client
    from aurelius_client.errors import AureliusError
    from aurelius_client.retries import RetryPolicy
    from aurelius_client.table_files import TableFormat

_HOMES = {
    "AsyncClient": "client",
    "AureliusError": "errors",
    "Client": "client",
    "RetryPolicy": "retries",
    "Surroundings": "calls",
    "TableFormat": "table_files",
}
__all__ = [
    "AsyncClient",
    "AureliusError",
    "Client",
    "RetryPolicy",
    "Surroundings",
    "TableFormat",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
