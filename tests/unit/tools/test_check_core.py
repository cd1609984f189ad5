"""The static check of the core: each rule with what it refuses and what it lets pass."""

import ast
import textwrap

import check_core
import pytest
from core_names import words

REFUSED = {
    "clock": [
        "import time",
        "from time import monotonic",
        "import zoneinfo",
        "import datetime\nx = datetime.datetime.now()",
        "from datetime import date\nx = date.today()",
        "x = moment.astimezone()",
        "from datetime import datetime\nx = datetime.fromtimestamp(0)",
        "import numpy as np\nx = np.datetime64('now')",
    ],
    "random": [
        "import random",
        "from secrets import token_bytes",
        "import uuid",
        "import numpy as np\nx = np.random.default_rng(1)",
        "import numpy.random",
        "from numpy import random",
    ],
    "outside": [
        "import os",
        "import os.path",
        "from pathlib import Path",
        "import logging",
        "import threading",
        "from concurrent.futures import ThreadPoolExecutor",
        "x = open('a')",
        "print(1)",
        "eval('1')",
    ],
    "hash": ["x = hash('a')", "x = sorted(y, key=id)", "x = list(map(hash, y))"],
    "set_order": [
        "for x in {1, 2}:\n    pass",
        "x = list(set(y))",
        "x = [a for a in frozenset(y)]",
        "x = tuple({a for a in y})",
        "x = {a: 1 for a in {1, 2}}",
        "x = ','.join({'a', 'b'})",
        "s = set(y)\nfor a in s:\n    pass",
        "def f(s: set[str]) -> list[str]:\n    return list(s)",
        "def f(s: 'frozenset[str]') -> float:\n    return sum(s)",
        "a, b = {1, 2}",
        "x = [*{1, 2}]",
        "x = set(y).pop()",
        "x = next(iter({1, 2}))",
        "x = sorted(set(y), key=len)",
        "x = max(set(y), key=len)",
        "x = sorted(set(y), key=lambda text: text[:1].encode())",
        "x = [a for a in y.keys() | z.keys()]",
        "x = [a for a in set(y).union(z)]",
        "def f(y):\n    s = set(y) if y else set()\n    def g():\n        return [a for a in s]",
        "def f(y):\n    yield from set(y)",
        "def g(y) -> set[str]:\n    return set(y)\ndef f(y):\n    return list(g(y))",
        "class A:\n    def g(self) -> frozenset[str]: ...\ndef f(a):\n    return list(a.g())",
        "class A:\n    s: set[str]\ndef f(a):\n    return [b for b in a.s]",
        "class A:\n    @property\n    def s(self) -> set[str]: ...\ndef f(a):\n    return [*a.s]",
        "def f(self, y):\n    self.s = set(y)\n    return list(self.s)",
    ],
    "dict_order": [
        "def f(m: dict[str, float]) -> None:\n    for k in m:\n        pass",
        "def f(m: Mapping[str, float]) -> None:\n    for k, v in m.items():\n        pass",
        "def f(spec):\n    return [v for v in spec.parameters.values()]",
        "def f(d):\n    return list(d['strategy'].items())",
        "def f(d):\n    inner = d.get('a', {})\n    return tuple(inner.keys())",
        "def f(m: dict[str, int]):\n    n = {k: v for k, v in m.items()}\n    return list(n)",
        "def f(m: dict[str, int]):\n    return sum(m.values())",
        "def f(**options):\n    return [k for k in options]",
        "def f(m: dict[str, int]):\n    return sorted(m.items(), key=len)",
    ],
    "compile": [
        "import numba",
        "from numba import njit",
        "from llvmlite import binding",
        "x = library.njit(f)",
    ],
    "fastmath": [
        "x = compiled(f, fastmath=True)",
        "x = compiled(f, parallel=True)",
        "for i in prange(3):\n    pass",
    ],
    "libm": [
        "import math\nx = math.exp(1.0)",
        "import math as m\nx = m.log(1.0)",
        "from math import pow",
        "from math import sin as s",
        "import math\nx = math.hypot(1.0, 2.0)",
        "import math\nx = list(map(math.erf, y))",
        "import math\nf = getattr(math, 'exp')",
        "import cmath",
        "import scipy.stats",
        "import pandas as pd",
        "from statistics import NormalDist",
    ],
    "power": ["x = y**0.5", "x = y**2", "x **= 3", "x = pow(y, 2)", "x = 2.0**y", "x = 10.0**-3"],
    "numpy": [
        *(
            f"import numpy as np\nx = np.{name}(y)"
            for name in sorted(
                words(
                    "exp log log1p expm1 power float_power tanh cbrt sin dot matmul vdot inner "
                    "outer einsum corrcoef cov convolve polyfit argpartition partition fft "
                    "nanvar hypot logaddexp"
                )
            )
        ),
        "import numpy as np\nx = np.linalg.norm(y)",
        "import numpy\nx = numpy.exp(y)",
        "from numpy import exp",
        "from numpy.linalg import solve",
        "x = a @ b",
        "x @= b",
        "x = a.dot(b)",
        "import numpy as np\nx = np.multiply.reduce(y)",
        "import numpy as np\nlibrary = np",
    ],
    "sort": [
        "import numpy as np\nx = np.argsort(y)",
        "x = y.argsort()",
        "x = y.argsort(kind='quicksort')",
        "x = frame.sort_values('a')",
    ],
    "sum": ["x = sum(y)", "x = sum(a.profit for a in y)", "x = sum([a for a in y], 0.0)"],
    "marker": [
        "x = 1  # core-check: allow power: nothing here is a power",
        "x = y**0.5  # core-check: allow power",
        "x = 1  # core-check: allow everything: because it is fine",
    ],
}
ALLOWED = [
    "from datetime import UTC, datetime\nx = datetime(1970, 1, 1, tzinfo=UTC)",
    "x = sorted({1, 2})",
    "x = len({1, 2}) + max({1, 2})",
    "x = any(a > 1 for a in {1, 2})",
    "x = 1 in {1, 2}",
    "x = {a + 1 for a in {1, 2}}",
    "x = sorted(a + 1 for a in {1, 2})",
    "x = sorted(set(y), key=lambda text: text.encode())",
    "def f(m: dict[str, float]) -> dict[str, float]:\n    return {k: v for k, v in m.items()}",
    "def f(m: dict[str, float]) -> list[str]:\n    return [k for k, v in sorted(m.items())]",
    "def f(d):\n    ((name, fields),) = d.items()\n    return name",
    "def f():\n    m = {'a': 1}\n    return list(m.values())",
    "x = 2.0**-40 + 1 * 2**20",
    "x = sum(1 for a in y) + sum(len(a) for a in y) + sum(a > b for a, b in y)",
    "import math\nx = math.sqrt(math.fsum(y))",
    "import numpy as np\nx = np.sqrt(np.cumsum(y)).sum()",
    "import numpy as np\nx = np.argsort(y, kind='stable')",
    "import numpy as np\nx = np.maximum.accumulate(y)",
    "from numpy.typing import NDArray",
    "x = y**0.5  # core-check: allow power: y is 0 or 1 here",
    "# core-check: allow power: y is 0 or 1 here\nx = y**0.5",
    "x = sorted(set(y), key=lambda label: label.encode())",
    "import math\nx = math.prod(y)",
]


@pytest.mark.parametrize(
    ("rule", "source"), [(rule, source) for rule, many in REFUSED.items() for source in many]
)
def test_a_planted_violation_is_refused_by_its_rule(rule: str, source: str) -> None:
    ast.parse(source)

    found = check_core.check_source(source, "planted.py")

    assert rule in {violation.rule for violation in found}, found
    assert all(violation.line >= 1 for violation in found)


@pytest.mark.parametrize("source", ALLOWED)
def test_what_has_one_order_and_fixed_bits_passes(source: str) -> None:
    assert check_core.check_source(source, "planted.py") == []


def test_every_rule_has_a_planted_violation() -> None:
    assert set(REFUSED) == set(check_core.RULES)


def test_a_violation_says_file_line_and_rule() -> None:
    source = textwrap.dedent(
        """
        import math


        def f(x: float) -> float:
            return math.exp(x)
        """
    )

    (found,) = check_core.check_source(source, "domain/planted.py")

    assert str(found) == "domain/planted.py:6: libm: math.exp is the C library's; use fixed_math"


def test_a_marker_excepts_its_own_rule_and_line_alone() -> None:
    source = "a = b**0.5  # core-check: allow libm: of another rule\nc = d**0.5\n"

    rules = [(found.line, found.rule) for found in check_core.check_source(source, "planted.py")]

    assert rules == [(1, "marker"), (1, "power"), (2, "power")]


def test_the_core_is_all_of_the_domain_and_its_execution() -> None:
    names = {str(path.relative_to(check_core.PACKAGE)) for path in check_core.core_files()}

    assert {"application/execution.py", "domain/results.py", "domain/core/log.py"} <= names
    assert len(names) == 1 + len(list((check_core.PACKAGE / "domain").rglob("*.py")))


def test_the_core_keeps_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    ended = check_core.main()

    assert (ended, capsys.readouterr().out.count("\n")) == (0, 1)
