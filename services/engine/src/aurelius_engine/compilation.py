"""How the engine's kernels are compiled: one set of flags, one cache per version of the sources.

numba knows when the file of a compiled function changed, not when one that it calls in
another file did. So the cache of a module lies in a folder that is named by a digest of
the module and of all modules of the engine that it imports, directly or not.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

_Function = TypeVar("_Function", bound=Callable[..., Any])
_PACKAGE = Path(__file__).resolve().parent
_IMPORT = re.compile(r"^\s*from aurelius_engine([\w.]*) import (\([^)]*\)|[^\n]*)", re.MULTILINE)


@cache
def _source(path: Path) -> bytes:
    return path.read_bytes()


@cache
def _imported(path: Path) -> tuple[Path, ...]:
    """Returns the files of the engine's modules that a module imports, wherever it does."""
    found = []
    for package, names in _IMPORT.findall(_source(path).decode()):
        folder = _PACKAGE.joinpath(*package.split("."))
        candidates = [folder.with_suffix(".py"), folder / "__init__.py"]
        candidates += [folder / f"{name}.py" for name in re.findall(r"\w+", names)]
        candidates += [folder / name / "__init__.py" for name in re.findall(r"\w+", names)]
        found += [file for file in candidates if file.is_file()]
    return tuple(found)


def _closure(path: Path) -> list[Path]:
    """Returns a module's file and all that it imports, sorted."""
    seen, waiting = {path}, [path]
    while waiting:
        for file in _imported(waiting.pop()):
            if file not in seen:
                seen.add(file)
                waiting.append(file)
    return sorted(seen)


@cache
def _cache_home() -> Path:
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    home = Path(chosen or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "aurelius" / "kernels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:  # a home that cannot be written: this process compiles for itself
        return Path(tempfile.mkdtemp(prefix="aurelius-kernels-"))


@cache
def _cache_folder(module_file: str) -> str:
    whole = hashlib.sha256(_source(Path(__file__).resolve()))
    for path in _closure(Path(module_file).resolve()):
        whole.update(_source(path))
    folder = _cache_home() / whole.hexdigest()[:16]
    folder.mkdir(exist_ok=True)
    return str(folder)


def _compile(function: _Function, **flags: bool) -> _Function:
    numba.config.CACHE_DIR = _cache_folder(function.__code__.co_filename)  # type: ignore[attr-defined]
    kernel: _Function = numba.njit(cache=True, nogil=True, error_model="numpy", **flags)(function)  # type: ignore[call-overload]
    return kernel


def compiled(function: _Function) -> _Function:
    """Compiles a kernel: IEEE-754 in the order written, without the interpreter lock.

    Division by zero gives an infinity or NaN, as in IEEE-754, and raises nothing.
    """
    return _compile(function)


def compiled_without_memory(function: _Function) -> _Function:
    """As `compiled`, for kernels that allocate no array: none of theirs is counted.

    A kernel that takes many arrays otherwise spends most of its time on their
    reference counts. The caller holds the arrays until it returns.
    """
    return _compile(function, _nrt=False, forceinline=True)


def compiled_apart(function: _Function) -> _Function:
    """As `compiled_without_memory`, for large kernels that are called seldom.

    Callers call them. Of the others each caller, and its callers, have a copy, which is
    fast to run and slow to compile.
    """
    return _compile(function, _nrt=False)


def array_at(place: int, kind: type, dimensions: int) -> Any:
    """Returns a function that kernels get an array with, from a table of addresses.

    A tuple of arrays is copied at every call of a kernel by a kernel; one table is not.
    The table is int64 and has (address, rows, columns) for each array, which its owner
    keeps alive; `place` is where the array's three are.

    Args:
        place: The index of the address.
        kind: int or float: int64 or float64 elements, in C order.
        dimensions: 1 or 2.
    """
    element = types.int64 if kind is int else types.float64
    array = types.Array(element, dimensions, "C")

    @intrinsic
    def field(context: Any, table: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            source = context.make_array(signature.args[0])(context, builder, arguments[0])

            def entry(offset: int) -> Any:
                where = builder.gep(source.data, [ir.Constant(ir.IntType(64), place + offset)])
                return builder.load(where)

            made = context.make_array(array)(context, builder)
            data = builder.inttoptr(entry(0), made.data.type)
            shape = [entry(1 + axis) for axis in range(dimensions)]
            width = ir.Constant(ir.IntType(64), 8)
            strides = [width] if dimensions == 1 else [builder.mul(shape[1], width), width]
            populate_array(  # type: ignore[no-untyped-call]
                made, data=data, shape=shape, strides=strides, itemsize=width, meminfo=None
            )
            return made._getvalue()

        return array(table), build

    return field


@intrinsic
def _prefetch(context: Any, array: Any, place: Any) -> Any:
    """Asks for the element `place`, counted in C order, of an array before it is needed.

    Nothing is read: for elements far apart that a kernel knows some time ahead of.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source = context.make_array(signature.args[0])(context, builder, arguments[0])
        where = builder.bitcast(
            builder.gep(source.data, [arguments[1]]), ir.IntType(8).as_pointer()
        )
        flag = ir.IntType(32)
        shape = ir.FunctionType(ir.VoidType(), [where.type, flag, flag, flag])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [where.type], shape)
        builder.call(ask, [where, flag(0), flag(3), flag(1)])  # to read, keep, data
        return context.get_dummy_value()

    return types.void(array, types.int64), build


prefetch: Any = _prefetch  # its first parameter is the compiler's
