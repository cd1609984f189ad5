"""What of a process and a machine may vary and must change no digest.

A cell is one value of each factor. `pairwise` returns cells in which each pair of values
of any two factors occurs.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from allpairspy import AllPairs

Variables = Mapping[str, str]
_CPU_INFO = Path("/proc/cpuinfo")
_V4 = "X86_V4 AVX512_ICL AVX512_SPR"
# numba's own settings and target: what a kernel's machine code depends on. The caches of
# compiled kernels are kept apart by these.
TARGETS: dict[str, Variables] = {
    "host": {},
    "nehalem": {"NUMBA_CPU_NAME": "nehalem", "NUMBA_CPU_FEATURES": ""},
    "generic": {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""},
    "haswell": {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": ""},
    "avx512_wide": {
        "NUMBA_CPU_NAME": "skylake-avx512",
        "NUMBA_CPU_FEATURES": "-prefer-256-bit",
    },
    "no_vectors": {"NUMBA_LOOP_VECTORIZE": "0", "NUMBA_SLP_VECTORIZE": "0"},
    "all_vectors": {"NUMBA_LOOP_VECTORIZE": "1", "NUMBA_SLP_VECTORIZE": "1"},
    "optimise_1": {"NUMBA_OPT": "1"},
}
# Targets of every change: each other one compiles every kernel anew.
CI_TARGETS = ("host", "nehalem")
FACTORS: dict[str, dict[str, Variables]] = {
    "target": TARGETS,
    "numpy": {
        "host": {},
        "avx2": {"NPY_DISABLE_CPU_FEATURES": _V4},
        "sse": {"NPY_DISABLE_CPU_FEATURES": f"X86_V3 {_V4}"},
    },
    "blas": {
        "host": {},
        "nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
        "haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    },
    "libc": {
        "host": {},
        "no_fma": {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F"},
    },
    "threads": {
        "one": {
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "NUMBA_NUM_THREADS": "1",
        },
        "several": {
            "OMP_NUM_THREADS": "4",
            "OPENBLAS_NUM_THREADS": "3",
            "NUMBA_NUM_THREADS": "2",
        },
    },
    "hash_seed": {seed: {"PYTHONHASHSEED": seed} for seed in ("0", "4711", "random")},
    "time": {
        "utc": {"TZ": "UTC", "LC_ALL": "C"},
        "manila": {"TZ": "Asia/Manila", "LC_ALL": "en_US.UTF-8"},
        "lord_howe": {"TZ": "Australia/Lord_Howe", "LC_ALL": "C.UTF-8"},
    },
    "rows": {"sorted": {}, "shuffled": {}},
}
_OWNED = ("OPENBLAS_", "OMP_", "MKL_", "NUMBA_", "NPY_", "GLIBC_TUNABLES", "LC_", "LANG", "TZ")


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of each factor, by its name."""

    values: tuple[tuple[str, str], ...]

    def __getitem__(self, factor: str) -> str:
        """Returns the value of a factor."""
        return dict(self.values)[factor]

    def __str__(self) -> str:
        """Returns the values in words, those of the plain cell left out."""
        return " ".join(f"{f}={v}" for f, v in self.values if v != PLAIN[f]) or "plain"

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that the cell sets."""
        found: dict[str, str] = {}
        for factor, value in self.values:
            found |= FACTORS[factor][value]
        return found

    def environment(self, cache: Path | None) -> dict[str, str]:
        """Returns a process's whole environment: nothing that the matrix owns is inherited."""
        kernels = {} if cache is None else {"NUMBA_CACHE_DIR": str(cache / self["target"])}
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_OWNED) and name != "PYTHONHASHSEED"
        }
        return inherited | self.variables | kernels


PLAIN = {factor: next(iter(values)) for factor, values in FACTORS.items()}


def plain() -> Cell:
    """Returns the first value of every factor."""
    return Cell(tuple(PLAIN.items()))


def pairwise(targets: Sequence[str]) -> list[Cell]:
    """Returns cells with each pair of values of two factors, sorted by target; plain first."""
    names = {**{f: list(values) for f, values in FACTORS.items()}, "target": list(targets)}
    rows = [Cell(tuple(zip(names, row, strict=True))) for row in AllPairs(list(names.values()))]
    others = sorted((cell for cell in rows if cell != plain()), key=lambda c: c["target"])
    return [plain(), *others]


def uncovered(cells: Iterable[Cell], targets: Sequence[str]) -> set[tuple[str, str, str, str]]:
    """Returns the pairs of values that no cell has."""
    values = {**{f: list(found) for f, found in FACTORS.items()}, "target": list(targets)}
    cells = list(cells)
    met = {(a, cell[a], b, cell[b]) for cell in cells for a in values for b in values}
    return {
        (a, x, b, y) for a in values for b in values if a < b for x in values[a] for y in values[b]
    } - met


def runnable_targets() -> tuple[str, ...]:
    """Returns the targets whose code this machine can run."""
    flags = _CPU_INFO.read_text() if _CPU_INFO.exists() else ""
    needs = {"nehalem": "sse4_2", "haswell": "avx2", "avx512_wide": "avx512dq"}
    return tuple(name for name in TARGETS if name not in needs or f" {needs[name]}" in flags)
