"""Files of this machine that cannot be read or written, as refusals.

The operating system refuses most; Python itself refuses a path with a NUL (`ValueError`).
"""

from pathlib import Path

from aurelius_client.errors import InvalidInput


def unreadable(path: Path, error: OSError | ValueError) -> InvalidInput:
    """Returns the refusal of a file that cannot be read."""
    return InvalidInput(
        "FILE_UNREADABLE",
        f"{path} cannot be read",
        found=_why(error),
        allowed="a file that can be read",
    )


def unwritable(path: Path, error: OSError | ValueError) -> InvalidInput:
    """Returns the refusal of a file or folder that cannot be written."""
    return InvalidInput(
        "FILE_UNWRITABLE",
        f"{path} cannot be written",
        found=_why(error),
        allowed="a place that you may write",
    )


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)
