"""Standard output whose failure is a refusal: no answer is taken for one that was written."""

import io
import os
import sys
from typing import TYPE_CHECKING

from aurelius_client.errors import AureliusError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_CLOSED = -1


class OutputLost(AureliusError):
    """Standard output takes nothing, so what the command found did not arrive."""

    code = "DATA_LOSS"

    def __init__(self, error: OSError) -> None:
        """Takes what the system said."""
        super().__init__(
            "OUTPUT_UNWRITABLE",
            "standard output cannot be written",
            found=error.strerror or str(error),
            allowed="a place with room",
        )


class _Checked(io.RawIOBase):
    """Writes to a file descriptor; a reader who left is a BrokenPipeError as always."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        if self._descriptor == _CLOSED:
            raise io.UnsupportedOperation("standard output is closed")
        return self._descriptor

    def give_up(self) -> None:
        """Takes whatever comes and leaves it nowhere."""
        self._descriptor = os.open(os.devnull, os.O_WRONLY)

    def isatty(self) -> bool:
        return self._descriptor != _CLOSED and os.isatty(self._descriptor)

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return os.write(self._descriptor, data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputLost(error) from error


def check_output() -> None:
    """Has everything that is printed from now on fail by `OutputLost` if it is not written.

    What replaced standard output, as a test does, is left alone.
    """
    present = sys.stdout
    if present is not None and present is not sys.__stdout__:
        return
    if present is not None:
        present.flush()
    raw = _Checked(_CLOSED if present is None else present.fileno())
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding="utf-8" if present is None else present.encoding,
        errors="strict" if present is None else present.errors,
        line_buffering=raw.isatty(),
    )


def give_up_output() -> None:
    """Has nothing that is still kept be written, at the end of the process either."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if isinstance(raw, _Checked):
        raw.give_up()
