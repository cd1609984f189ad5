"""What Python itself refuses a plug-in, naming the call. The kernel refuses the rest.

Its modules have builtins of their own, import themselves, NumPy and a part of the
standard library, and see in the place of the other modules names that refuse. An audit
hook refuses what comes another way. A refusal does not return, so nothing catches it.
"""

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, ModuleType
from typing import Any, NoReturn

import numpy as np

# Modules that compute and nothing else. `datetime` and `random` are made anew below.
ALLOWED_MODULES = (
    "__future__",
    "abc",
    "array",
    "aurelius_engine.plugin_api",
    "bisect",
    "cmath",
    "collections",
    "collections.abc",
    "copy",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "heapq",
    "itertools",
    "json",
    "math",
    "numbers",
    "operator",
    "pkgutil",
    "random",
    "re",
    "statistics",
    "string",
    "struct",
    "types",
    "typing",
)
_NUMPY_MODULES = tuple(
    f"numpy.{name}" for name in ("fft", "linalg", "ma", "polynomial", "random", "typing")
)
_ENCODINGS = ("ascii", "latin-1", "utf-8", "unicode_escape")
_REFUSED_BUILTINS = ("open", "input", "print", "breakpoint", "help", "exit", "quit", "id")
_ALLOWED_EVENTS = frozenset(
    (
        "builtins.id",  # raised by copy.deepcopy; the plug-in's own `id` refuses
        "code.__new__",
        "compile",
        "exec",
        "function.__new__",
        "import",
        "object.__delattr__",
        "object.__getattr__",
        "object.__setattr__",
        "sys._getframe",
        "sys._getframemodulename",
        "sys.unraisablehook",
    )
)
_SEEDED_TYPES = (
    "MT19937",
    "PCG64",
    "PCG64DXSM",
    "Philox",
    "SFC64",
    "SeedSequence",
)
_SYS_ALLOWED = ("float_info", "maxsize")
_TEXT_MAX_CHARS = 120


class Sandbox(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The modules of one plug-in and what they may do."""

    def __init__(
        self, files: Mapping[str, bytes], top: str, refuse: Callable[[str], NoReturn]
    ) -> None:
        """Takes what is imported from memory.

        Args:
            files: Bytes by path, such as `package/module.py`.
            top: The plug-in's own top-level module.
            refuse: Ends the process, and says which call it ends for.
        """
        self._files, self._top, self.refuse = files, top, refuse
        self._builtins = self._own_builtins()
        self._own_modules: dict[str, ModuleType] = {}
        self._codes: dict[str, CodeType | Exception] = {}

    def prepare(self) -> None:
        """Imports all that a plug-in may import, and makes anew what may not be as it is."""
        for name in (*ALLOWED_MODULES, *_NUMPY_MODULES):
            importlib.import_module(name)
        for name in _ENCODINGS:
            "".encode(name)
        for path in self._files:
            if path.endswith(".py"):
                self._codes[path] = self._compiled(path)
        self._own_modules["datetime"] = self._module_without_clock()
        self._own_modules["random"] = self._seeded_random()
        self._own_modules["sys"] = self._refusing("sys", {n: getattr(sys, n) for n in _SYS_ALLOWED})
        self._refuse_unseeded_numpy()

    def close(self) -> None:
        """Closes the interpreter; only the plug-in's own modules can be loaded from now on."""
        sys.meta_path[:] = [self]
        sys.stdin = sys.stdout = sys.stderr = self._refusing("sys.stdout", {})
        sys.addaudithook(self._audit)

    def load(self, module: str) -> ModuleType:
        """Imports one of the plug-in's modules."""
        return importlib.import_module(module)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec:
        """Finds a module among the plug-in's files, and refuses any other."""
        inner = fullname.replace(".", "/")
        for name, is_package in ((f"{inner}/__init__.py", True), (f"{inner}.py", False)):
            if name in self._files:
                return self._spec(fullname, name, is_package)
        if any(name.startswith(f"{inner}/") for name in self._files):
            return self._spec(fullname, "", True)
        self.refuse(f"import {fullname}")

    def exec_module(self, module: ModuleType) -> None:
        """Runs a module's source from memory, with the builtins of plug-ins."""
        module.__dict__["__builtins__"] = self._builtins
        assert module.__spec__ is not None
        path = module.__spec__.origin or ""
        if path:
            code = self._codes[path]
            if isinstance(code, Exception):
                raise code
            exec(code, module.__dict__)  # noqa: S102

    def get_data(self, path: str) -> bytes:
        """Returns a file of the plug-in, for `pkgutil.get_data`."""
        if path not in self._files:
            self.refuse(f"open {path[:_TEXT_MAX_CHARS]}")
        return self._files[path]

    def _spec(self, fullname: str, path: str, is_package: bool) -> importlib.machinery.ModuleSpec:
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=path, is_package=is_package)
        spec.has_location = bool(path)
        return spec

    def _compiled(self, path: str) -> CodeType | Exception:
        """Compiles a file, for which Python may look for it, so while there are files."""
        try:
            return compile(self._files[path], path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            return error

    def _own_builtins(self) -> dict[str, Any]:
        own = dict(vars(builtins))
        for name in _REFUSED_BUILTINS:
            own[name] = self._refusal(name)
        own["__import__"] = self._import
        return own

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """Stands for `__import__` in the plug-in's modules."""
        top = name.partition(".")[0]
        if level > 0 or top == self._top:
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        if name in self._own_modules:
            return self._own_modules[name]
        if name in ALLOWED_MODULES or (top == "numpy" and name in sys.modules):
            return builtins.__import__(name, globals, locals, fromlist or (), 0)
        if top not in sys.stdlib_module_names or top == "ctypes":
            self.refuse(f"import {name}")
        known = name if fromlist else top
        return self._own_modules.setdefault(known, self._refusing(known, {}))

    def _audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in _ALLOWED_EVENTS:
            first = f" {arguments[0]!r}"[:_TEXT_MAX_CHARS] if arguments else ""
            self.refuse(event + first)

    def _refusal(self, name: str) -> Callable[..., NoReturn]:
        def refused(*_: object, **__: object) -> NoReturn:
            self.refuse(name)

        return refused

    def _refusing(self, name: str, allowed: Mapping[str, object]) -> ModuleType:
        """Returns a module whose names, but for a few, refuse when they are read."""
        module = ModuleType(name)
        module.__dict__.update(allowed)

        def attribute(attribute_name: str) -> NoReturn:
            if attribute_name.startswith("__") and attribute_name.endswith("__"):
                raise AttributeError(attribute_name)
            self.refuse(f"{name}.{attribute_name}")

        module.__dict__["__getattr__"] = attribute
        return module

    def _module_without_clock(self) -> ModuleType:
        """Returns `datetime` as its Python source has it, of classes that can be changed."""
        conversions = {"gmtime": self._gmtime, "struct_time": time.struct_time}
        self._own_modules["time"] = self._refusing("time", conversions)
        replaced = {"_datetime": None, "time": self._own_modules["time"]}
        kept = {name: sys.modules.get(name) for name in (*replaced, "datetime", "_pydatetime")}
        sys.modules.update(replaced)  # type: ignore[arg-type]
        for name in ("datetime", "_pydatetime"):
            sys.modules.pop(name, None)
        try:
            module = importlib.import_module("datetime")
        finally:
            for name, before in kept.items():
                sys.modules.pop(name, None)
                if before is not None:
                    sys.modules[name] = before
        for kind, calls in (("datetime", ("now", "utcnow", "today")), ("date", ("today",))):
            for call in calls:
                refusal = staticmethod(self._refusal(f"datetime.{kind}.{call}"))
                setattr(getattr(module, kind), call, refusal)
        return module

    def _gmtime(self, seconds: float | None = None) -> time.struct_time:
        if seconds is None:
            self.refuse("time.gmtime() without a time")
        return time.gmtime(seconds)

    def _seeded_random(self) -> ModuleType:
        refuse = self._refusal("random.Random() without a seed")

        class Random(random.Random):
            """A generator that has to be seeded."""

            def __new__(cls, seed: Any = None) -> "Random":
                return random.Random.__new__(cls, seed) if seed is not None else refuse()  # type: ignore[call-arg]

            def seed(self, a: Any = None, version: int = 2) -> None:
                if a is None:
                    refuse()
                super().seed(a, version)

        random.seed(0)  # what is reached another way is at least the same in every run
        return self._refusing("random", {"Random": Random})

    def _refuse_unseeded_numpy(self) -> None:
        np.random.seed(0)
        kept = {name: getattr(np.random, name) for name in ("BitGenerator", "Generator")}
        kept |= {name: self._seeded_type(getattr(np.random, name)) for name in _SEEDED_TYPES}
        # NumPy asks whether a seed is one of these; even seeded, it begins with entropy.
        refusal = {"__new__": self._refusal("numpy.random.RandomState")}
        kept["RandomState"] = type("RandomState", (np.random.RandomState,), refusal)
        kept["default_rng"] = self._seeded_call(np.random.default_rng)
        for name, value in list(vars(np.random).items()):
            if not name.startswith("_") and not isinstance(value, ModuleType):
                setattr(np.random, name, kept.get(name, self._refusal(f"numpy.random.{name}")))

    def _seeded_type(self, original: type) -> type:
        name = f"numpy.random.{original.__name__}"

        def new(kind: type, *arguments: Any, **named: Any) -> Any:
            self._refuse_without_seed(name, arguments, named)
            return original.__new__(kind, *arguments, **named)

        return type(original.__name__, (original,), {"__new__": new})

    def _seeded_call(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def seeded(*arguments: Any, **named: Any) -> Any:
            self._refuse_without_seed("numpy.random.default_rng", arguments, named)
            return original(*arguments, **named)

        return seeded

    def _refuse_without_seed(
        self, name: str, arguments: tuple[Any, ...], named: Mapping[str, Any]
    ) -> None:
        if all(value is None for value in (*arguments, *named.values())):
            self.refuse(f"{name}() without a seed")
