"""What of this installation decides a result: read once, from the package itself."""

import hashlib
import json
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

from aurelius_engine import SEMANTIC_VERSION
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.engine_version import engine_version
from aurelius_engine.domain.sessions import sessions_from

_PACKAGE = Path(__file__).resolve().parent.parent
NUMERIC_PACKAGES = ("numpy", "numba", "llvmlite", "rfc8785")

# Beside those of `domain/`: what a result follows from.
DECIDING_FILES = (
    "adapters/plugin_process.py",
    "adapters/plugin_python_sandbox.py",
    "adapters/plugin_worker.py",
    "application/execution.py",
    "beside.py",
    "compilation.py",
    "plugin_api.py",
    "rpc/resolution.py",
)


@cache
def installed_engine_version() -> str:
    """Returns the version of the engine that runs here.

    It covers the domain, how its kernels are compiled, the resolution of specifications, their
    execution and what plug-ins are given and answer: what decides a result. How results are
    stored and served is not part of it.
    """
    files = {
        str(path.relative_to(_PACKAGE)): path.read_bytes()
        for path in sorted(_PACKAGE.glob("domain/**/*"))
        if path.suffix in {".py", ".json"}
    }
    for name in DECIDING_FILES:
        files[name] = (_PACKAGE / name).read_bytes()
    packages = {name: version(name) for name in NUMERIC_PACKAGES}
    packages["python"] = f"{sys.version_info.major}.{sys.version_info.minor}"
    return engine_version(SEMANTIC_VERSION, files, packages)


@cache
def derivation_code_digest() -> str:
    """Returns the digest of the code that reads events and makes bars of them."""
    paths = sorted((*_PACKAGE.glob("domain/events/*.py"), _PACKAGE / "adapters/event_files.py"))
    whole = hashlib.sha256(b"aurelius.derivation.v1\n")
    for path in paths:
        own = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(_PACKAGE)} {own}\n".encode())
    return f"sha256:{whole.hexdigest()}"


@cache
def packaged_calendars() -> Calendars:
    """Returns the calendar table of this engine."""
    document = json.loads((_PACKAGE / "domain/calendars.json").read_text())
    return Calendars(
        version=document["version"],
        annual_sessions=document["annualSessions"],
        session_minutes=document["sessionMinutes"],
        time_zones=document["timeZones"],
        offsets=document["offsets"],
        sessions={code: sessions_from(entry) for code, entry in document["sessions"].items()},
    )
