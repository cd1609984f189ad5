"""This engine's sweep on two threads."""

from engines import aurelius_sweep_one as one
from engines.aurelius_sweep_one import PREPARE, WARM

one.WORKERS = 2
version = one.version

__all__ = ["PREPARE", "WARM", "version"]
