"""Refuses, in the engine's core, what can give one identity two results.

The core is `domain/` and `application/execution.py`. It is read as syntax trees: names,
attributes and iterations, without types. Each rule below has an id; an exception is a
comment on the reported line, `# core-check: allow RULE: reason`, and one that excepts
nothing is refused too. docs/specs/determinism.md, section 4, states the rules.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import core_names as names
from core_orders import SetNames, order_violations, set_names

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "services/engine/src/aurelius_engine"
MARKER = re.compile(r"#\s*core-check:\s*allow\s+([a-z_]+):\s*(\S.{9,})$")
ANY_MARKER = re.compile(r"#\s*core-check\b")
RULES = (
    "clock",
    "random",
    "outside",
    "hash",
    "set_order",
    "dict_order",
    "compile",
    "fastmath",
    "libm",
    "power",
    "numpy",
    "sort",
    "sum",
    "marker",
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Violation:
    """One place that a rule refuses."""

    path: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        """Returns the place, the rule and what was found, on one line."""
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


def check_source(source: str, path: str, known: SetNames | None = None) -> list[Violation]:
    """Returns what the rules refuse in a module's source, in the order of its lines.

    Args:
        source: Of the module.
        path: To be named.
        known: What is a set by its name; None: what the module itself says.
    """
    tree = ast.parse(source, filename=path)
    known = known or set_names([tree])
    found = {
        Violation(path=path, line=line, rule=rule, text=text)
        for line, rule, text in (*_node_violations(tree), *order_violations(tree, known))
    }
    return sorted(_without_excepted(found, source.splitlines(), path))


def _without_excepted(
    found: Iterable[Violation], lines: Sequence[str], path: str
) -> Iterator[Violation]:
    excepted, used = {}, set()
    for number, line in enumerate(lines, start=1):
        marker = MARKER.search(line)
        if marker is not None and marker[1] in RULES:
            alone = line.lstrip().startswith("#")
            excepted[number + alone] = marker[1]
        elif ANY_MARKER.search(line):
            text = "write `# core-check: allow RULE: reason`, the reason in 10 characters or more"
            yield Violation(path=path, line=number, rule="marker", text=text)
    for violation in found:
        if excepted.get(violation.line) == violation.rule:
            used.add(violation.line)
        else:
            yield violation
    for number in sorted(excepted.keys() - used):
        text = f"nothing to except from {excepted[number]} here"
        yield Violation(path=path, line=number, rule="marker", text=text)


Found = tuple[int, str, str]


def _node_violations(tree: ast.Module) -> Iterator[Found]:
    aliases = _module_aliases(tree)
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _imported(node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            yield from _imported_from(node)
        elif isinstance(node, ast.BinOp | ast.AugAssign):
            yield from _operator(node)
        elif isinstance(node, ast.Call):
            yield from _call(node, aliases)
        elif isinstance(node, ast.Attribute):
            yield from _attribute(node, aliases, parents)
        elif isinstance(node, ast.Name) and node.id in {"id", "hash"} - bound:
            parent = parents[node]
            if not (isinstance(parent, ast.Call) and parent.func is node):
                yield node.lineno, "hash", f"{node.id}: {names.REFUSED_CALLS[node.id][1]}"
        elif isinstance(node, ast.Name) and node.id in aliases:
            parent = parents[node]
            if not (isinstance(parent, ast.Attribute) and parent.value is node):
                rule = "numpy" if aliases[node.id] == "numpy" else "libm"
                yield node.lineno, rule, f"{aliases[node.id]} as a value hides what is called"


def _module_aliases(tree: ast.Module) -> dict[str, str]:
    """Returns the names that stand for numpy, math or datetime in the module."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in ("numpy", "math"):
                    aliases[alias.asname or alias.name] = alias.name
    return aliases


def _imported(line: int, module: str) -> Iterator[Found]:
    top = module.partition(".")[0]
    if top in names.REFUSED_IMPORTS:
        rule, why = names.REFUSED_IMPORTS[top]
        yield line, rule, f"import of {module}: {why}"
    elif module.startswith("numpy.") and module != "numpy.typing":
        rule = "random" if module.startswith("numpy.random") else "numpy"
        yield line, rule, f"import of {module}: not among the functions with measured bits"


def _imported_from(node: ast.ImportFrom) -> Iterator[Found]:
    module = node.module or ""
    yield from _imported(node.lineno, module)
    allowed = {"math": names.MATH, "numpy": names.NUMPY}.get(module)
    for alias in node.names:
        if allowed is not None and alias.name not in allowed:
            rule = "libm" if module == "math" else "numpy"
            if module == "numpy" and alias.name == "random":
                rule = "random"
            yield node.lineno, rule, f"{module}.{alias.name} may differ between machines"


def _operator(node: ast.BinOp | ast.AugAssign) -> Iterator[Found]:
    if isinstance(node.op, ast.MatMult):
        yield node.lineno, "numpy", "@ is BLAS: its order of sums depends on the machine"
    if isinstance(node.op, ast.Pow):
        exact = isinstance(node, ast.BinOp) and _is_two(node.left) and _is_integer(node.right)
        if not exact:
            yield node.lineno, "power", "** is the C library's pow; multiply, or use fixed_math"


def _is_two(node: ast.expr) -> bool:
    """Whether the base is a literal 2: its integer powers are exact in every library."""
    return isinstance(node, ast.Constant) and node.value in (2, 2.0)


def _is_integer(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) is int


def _call(node: ast.Call, aliases: dict[str, str]) -> Iterator[Found]:
    for keyword in node.keywords:
        if keyword.arg in ("fastmath", "parallel", "reassoc"):
            yield node.lineno, "fastmath", f"{keyword.arg}= lets the compiler change the order"
    function = node.func
    if isinstance(function, ast.Name):
        if function.id in names.REFUSED_CALLS:
            rule, why = names.REFUSED_CALLS[function.id]
            yield node.lineno, rule, f"{function.id}(): {why}"
        if function.id == "sum" and not _sums_integers(node):
            text = "sum() of floats changed in Python 3.12; use math.fsum or a loop"
            yield node.lineno, "sum", text
        if function.id == "prange":
            yield node.lineno, "fastmath", "prange sums in an order of threads"
    if isinstance(function, ast.Attribute):
        yield from _method(node, function, aliases)


def _method(node: ast.Call, function: ast.Attribute, aliases: dict[str, str]) -> Iterator[Found]:
    kind = next((k.value for k in node.keywords if k.arg == "kind"), None)
    stable = isinstance(kind, ast.Constant) and kind.value in ("stable", "mergesort")
    if function.attr == "argsort" and not stable:
        yield node.lineno, "sort", 'argsort without kind="stable" orders ties by the CPU'
    if function.attr == "sort_values" and not stable:
        yield node.lineno, "sort", 'sort_values without kind="stable" orders ties by the CPU'
    on_module = isinstance(function.value, ast.Name) and function.value.id in aliases
    if function.attr in names.REFUSED_METHODS and not on_module:
        yield node.lineno, "numpy", f".{function.attr}(): {names.REFUSED_METHODS[function.attr]}"
    if function.attr == "astimezone" and not (node.args or node.keywords):
        yield node.lineno, "clock", ".astimezone() without a zone is the machine's zone"
    if function.attr == "fromtimestamp" and len(node.args) + len(node.keywords) < 2:
        yield node.lineno, "clock", ".fromtimestamp() without a zone is the machine's zone"
    if function.attr == "datetime64" and not _is_dated(node):
        yield node.lineno, "clock", "datetime64 of a text such as 'now' reads the clock"


def _is_dated(node: ast.Call) -> bool:
    first = node.args[0] if node.args else None
    return not (isinstance(first, ast.Constant) and first.value in ("now", "today"))


def _sums_integers(node: ast.Call) -> bool:
    """Whether what is summed is seen to be integers: 1, len(), int() or a comparison."""
    if len(node.args) != 1 or not isinstance(node.args[0], ast.GeneratorExp):
        return False
    element = node.args[0].elt
    if isinstance(element, ast.Compare):
        return True
    if isinstance(element, ast.Call) and isinstance(element.func, ast.Name):
        return element.func.id in ("len", "int", "bool")
    return isinstance(element, ast.Constant) and type(element.value) is int


def _attribute(
    node: ast.Attribute, aliases: dict[str, str], parents: dict[ast.AST, ast.AST]
) -> Iterator[Found]:
    if node.attr in ("now", "utcnow", "today"):
        yield node.lineno, "clock", f".{node.attr} reads the clock"
    if node.attr in ("njit", "jit", "vectorize", "guvectorize", "cfunc", "stencil"):
        yield node.lineno, "compile", f".{node.attr}: kernels are compiled by `compiled` alone"
    if not isinstance(node.value, ast.Name):
        return
    module = aliases.get(node.value.id)
    if module == "math" and node.attr not in names.MATH:
        yield node.lineno, "libm", f"math.{node.attr} is the C library's; use fixed_math"
    if module == "numpy":
        yield from _numpy_attribute(node, parents)


def _numpy_attribute(node: ast.Attribute, parents: dict[ast.AST, ast.AST]) -> Iterator[Found]:
    if node.attr == "random":
        yield node.lineno, "random", "np.random: streams come in as arguments"
        return
    if node.attr not in names.NUMPY:
        text = f"np.{node.attr} is not among the functions with measured bits (core_names.py)"
        yield node.lineno, "numpy", text
        return
    parent = parents[node]
    method = parent.attr if isinstance(parent, ast.Attribute) else ""
    if node.attr not in names.UFUNC_METHODS.get(method, {node.attr}):
        text = f"np.{node.attr}.{method} is not among the functions with measured bits"
        yield node.lineno, "numpy", text


def core_files() -> list[Path]:
    """Returns the files of the core, sorted."""
    return [*sorted((PACKAGE / "domain").rglob("*.py")), PACKAGE / "application/execution.py"]


def main() -> int:
    """Prints what is refused; 1 if anything is."""
    sources = {path: path.read_text() for path in core_files()}
    known = set_names(ast.parse(source) for source in sources.values())
    found = [
        violation
        for path, source in sources.items()
        for violation in check_source(source, str(path.relative_to(ROOT)), known)
    ]
    for violation in found:
        print(violation)
    if not found:
        print(f"the core keeps {len(RULES)} rules in {len(core_files())} files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
