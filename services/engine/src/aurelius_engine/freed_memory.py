"""What a process does with memory that a run no longer needs."""

import ctypes
import sys

# Names of mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 128 * 1024 * 1024
_MAPPED_FROM_BYTES = 32 * 1024 * 1024


def keep_freed_memory() -> None:
    """Keeps up to KEPT_BYTES that were freed for what is allocated next.

    By default glibc gives memory back as soon as a run ends, and the next run pays for every
    page of it again: a third of the time of a million bars. Other allocators are left alone.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        tune = ctypes.CDLL(None).mallopt
    except AttributeError:  # a C library without it, such as musl
        return
    tune(_MMAP_THRESHOLD, _MAPPED_FROM_BYTES)
    tune(_TRIM_THRESHOLD, KEPT_BYTES)
