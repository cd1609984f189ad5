"""How the engine's kernels are compiled: one set of flags, one cache per version of the sources.

numba knows when the file of a compiled function changed, not when one that it calls in
another file did. So the cache's folder is named by a digest of all that is compiled.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _cache_folder() -> str:
    whole = hashlib.sha256()
    for path in sorted((Path(__file__).parent / "domain").rglob("*.py")):
        whole.update(path.read_bytes())
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    home = Path(chosen or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "aurelius" / "kernels" / whole.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a home that cannot be written
        folder = Path(tempfile.gettempdir()) / f"aurelius-kernels-{os.getuid()}" / folder.name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return str(folder)


numba.config.CACHE_DIR = _cache_folder()  # type: ignore[attr-defined]


def compiled(function: _Function) -> _Function:
    """Compiles a kernel: IEEE-754 in the order written, without the interpreter lock.

    Division by zero gives an infinity or NaN, as in IEEE-754, and raises nothing.
    """
    kernel: _Function = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return kernel
