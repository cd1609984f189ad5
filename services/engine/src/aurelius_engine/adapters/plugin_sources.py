"""Plug-ins as they are installed: entry points and the source that is behind them."""

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from aurelius_engine.application.errors import PluginNotFound
from aurelius_engine.application.plugins import ENTRY_POINT_GROUP
from aurelius_engine.domain.canonical_json import digest

SUFFIXES = (".json", ".py")
SOURCE_MAX_BYTES = 16 << 20
_LISTED_MAX_COUNT = 20
_OTHERS = ("aurelius", "aurelius_engine", "numpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSource:
    """All that a plug-in can execute of its own.

    `entry` is `module:attribute`; `files` are the bytes by path below the folder of the
    top-level module, such as `package/module.py`.
    """

    name: str
    entry: str
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """Digest of the entry and of every file: docs/specs/identity.md section 2.7."""
        hashes = {path: hashlib.sha256(data).hexdigest() for path, data in self.files.items()}
        return digest("aurelius.plugin.v1", {"entry": self.entry, "files": hashes})


def installed_source(name: str) -> PluginSource:
    """Reads the source of a plug-in. None of it is executed.

    Raises:
        PluginNotFound: Nothing, or more than one thing, is installed under the name, or
            its source cannot be read.
    """
    importlib.invalidate_caches()  # it may have been installed since the engine started
    points = entry_points(group=ENTRY_POINT_GROUP)
    found = sorted({(point.value, point.module) for point in points if point.name == name})
    if len(found) != 1:
        installed = sorted({point.name for point in points})[:_LISTED_MAX_COUNT]
        what = "no plug-in" if not found else f"{len(found)} plug-ins, not one,"
        raise PluginNotFound(
            f"{what} {name} is installed in the entry points {ENTRY_POINT_GROUP}",
            found=name,
            allowed=", ".join(installed) or "none: no plug-in is installed",
        )
    ((entry, module),) = found
    if EntryPoint(name, entry, ENTRY_POINT_GROUP).extras or ":" not in entry:
        raise _unreadable(name, f"its entry point is {entry}", "module:attribute")
    return PluginSource(
        name=name, entry=entry.replace(" ", ""), files=_files(name, module.partition(".")[0])
    )


def _files(name: str, top: str) -> Mapping[str, bytes]:
    if top in sys.stdlib_module_names or top in _OTHERS:
        raise _unreadable(name, f"its top-level module is {top}", "one of its own")
    spec = importlib.util.find_spec(top)
    files: dict[str, bytes] = {}
    total = 0
    for path, place in sorted(_places(spec).items()):
        files[path] = place.read_bytes()
        total += len(files[path])
        if total > SOURCE_MAX_BYTES:
            raise _unreadable(name, "its source is too large", f"{SOURCE_MAX_BYTES} bytes")
    if not files:
        raise _unreadable(name, f"there is no source of {top}", "a module or package of .py files")
    return files


def _places(spec: ModuleSpec | None) -> Mapping[str, Path]:
    """Returns where the files of a top-level module are, by their path in it."""
    if spec is None:
        return {}
    if spec.submodule_search_locations is None:
        place = Path(spec.origin or "")
        return {place.name: place} if place.suffix == ".py" else {}
    return {
        f"{spec.name}/{place.relative_to(folder).as_posix()}": place
        for folder in map(Path, spec.submodule_search_locations)
        for place in folder.rglob("*")
        if place.suffix in SUFFIXES and place.is_file()
    }


def _unreadable(name: str, found: str, allowed: str) -> PluginNotFound:
    return PluginNotFound(
        f"the plug-in {name} cannot be read: {found}", found=found, allowed=allowed
    )
