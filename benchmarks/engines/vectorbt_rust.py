"""vectorbt with its Rust engine."""

from engines import vectorbt
from engines.vectorbt import PREPARE

vectorbt.ENGINE = "rust"


def version() -> str:
    """Returns the version measured."""
    return vectorbt.version().replace("numba", "Rust")


__all__ = ["PREPARE", "version"]
