"""Finds, in a syntax tree, what consumes the order of a set or of a caller's mapping.

What can be seen without types: an expression is a set if it is written as one, calls
`set`, `frozenset` or a set's method, joins sets, names a variable or parameter that is
assigned or annotated as one, or has the name of a function or of an attribute that the
core annotates as one, whoever's it is. A mapping comes from outside if it is a parameter, or
reached from one by attributes and subscripts, or a variable assigned from either.
Mappings keep the order in which they were filled, so one that a function fills itself
is ordered; what a caller hands over is in an order that the callee cannot know.

Consuming an order means: a loop, a comprehension that makes a list or a generator,
unpacking, or a call of `list`, `tuple`, `enumerate` and the like. Consumers that give
one answer for every order are free: `sorted` and `min` and `max` without a key, `len`,
`any`, `all`, `in`, another set; for mappings also a dict made from one by a
comprehension or by `dict`, whose own loops are judged where they are.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from core_names import words

Found = tuple[int, str, str]
_FREE = words("sorted min max len any all set frozenset bool isinstance")
_SET_METHODS = words("union intersection difference symmetric_difference copy")
_SET_TYPES = words("set frozenset Set AbstractSet MutableSet FrozenSet")
_MAP_TYPES = words("dict Mapping MutableMapping Dict defaultdict")
_VIEWS = words("items keys values")
_CONSUMERS = words(
    "list tuple enumerate iter next zip map filter reversed sum dict fromkeys fromiter array "
    "asarray join extend deque chain accumulate reduce starmap"
)
_PROPERTIES = words("property cached_property")
_DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef)
_FUNCTIONS = (*_DEFINED, ast.Lambda)


@dataclass(frozen=True)
class SetNames:
    """The names of functions that return sets, and of attributes that are sets."""

    functions: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()


def set_names(trees: Iterable[ast.Module]) -> SetNames:
    """Returns what modules annotate as sets, and the attributes that they assign one."""
    functions, attributes = set[str](), set[str]()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, _DEFINED) and _annotated(node.returns) in _SET_TYPES:
            is_attribute = any(_annotated(d) in _PROPERTIES for d in node.decorator_list)
            (attributes if is_attribute else functions).add(node.name)
        elif isinstance(node, ast.ClassDef):
            own = (each for each in node.body if isinstance(each, ast.AnnAssign))
            attributes |= {
                each.target.id
                for each in own
                if isinstance(each.target, ast.Name) and _annotated(each.annotation) in _SET_TYPES
            }
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            kind = _annotated(node.annotation) if isinstance(node, ast.AnnAssign) else ""
            made = node.value is not None and _is_set(node.value, _Scope(SetNames()))
            if made or kind in _SET_TYPES:
                attributes |= {each.attr for each in targets if isinstance(each, ast.Attribute)}
    return SetNames(frozenset(functions), frozenset(attributes))


@dataclass
class _Scope:
    """What is known of the names of one function, or of the module."""

    known: SetNames
    sets: set[str] = field(default_factory=set)
    maps: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)

    def inner(self) -> "_Scope":
        return _Scope(self.known, set(self.sets), set(self.maps), set(self.given))


def order_violations(tree: ast.Module, known: SetNames) -> Iterator[Found]:
    """Yields line, rule and text of each place that consumes an order it cannot know."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    yield from _in_scope(tree, _Scope(known), parents)


def _in_scope(owner: ast.AST, scope: _Scope, parents: dict[ast.AST, ast.AST]) -> Iterator[Found]:
    """Reads one function or the module, its inner functions after it."""
    nodes = list(_own_nodes(owner))
    for _ in range(2):  # a name may be assigned from one that is assigned below it
        for node in nodes:
            _learn(node, scope)
    for node in nodes:
        yield from _consumed(node, scope, parents)
    for node in nodes:
        if isinstance(node, _FUNCTIONS):
            inner = scope.inner()
            _learn_parameters(node, inner)
            yield from _in_scope(node, inner, parents)


def _own_nodes(owner: ast.AST) -> Iterator[ast.AST]:
    """Yields the nodes under `owner`, inner functions themselves but not what is in them."""
    waiting = list(ast.iter_child_nodes(owner))
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, _FUNCTIONS):
            waiting = [*ast.iter_child_nodes(node), *waiting]


def _annotated(annotation: ast.expr | None) -> str:
    """Returns the outer name of an annotation: `set` of `set[str]`, "" for none."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    if isinstance(annotation, ast.Attribute):
        return annotation.attr
    return annotation.id if isinstance(annotation, ast.Name) else ""


def _learn_parameters(
    function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: _Scope
) -> None:
    every = function.args
    for argument in (*every.posonlyargs, *every.args, *every.kwonlyargs):
        for known in (scope.sets, scope.maps):
            known.discard(argument.arg)
        scope.given.add(argument.arg)
        kind = _annotated(argument.annotation)
        if kind in _SET_TYPES:
            scope.sets.add(argument.arg)
        if kind in _MAP_TYPES:
            scope.maps.add(argument.arg)
    if every.kwarg is not None:
        scope.given.add(every.kwarg.arg)
        scope.maps.add(every.kwarg.arg)


def _learn(node: ast.AST, scope: _Scope) -> None:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, value, kind = node.targets[0], node.value, ""
    elif isinstance(node, ast.AnnAssign):
        target, value, kind = node.target, node.value, _annotated(node.annotation)
    elif isinstance(node, ast.NamedExpr):
        target, value, kind = node.target, node.value, ""
    else:
        return
    if not isinstance(target, ast.Name):
        return
    if kind in _SET_TYPES or (value is not None and _is_set(value, scope)):
        scope.sets.add(target.id)
    if value is not None and _is_given(value, scope):
        scope.given.add(target.id)
        if kind in _MAP_TYPES or _is_map(value, scope):
            scope.maps.add(target.id)
    if isinstance(value, ast.DictComp) and _is_given_map(value.generators[0].iter, scope):
        scope.given.add(target.id)
        scope.maps.add(target.id)


def _is_set(node: ast.expr, scope: _Scope) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Name):
        return node.id in scope.sets
    if isinstance(node, ast.BinOp) and isinstance(
        node.op, ast.BitOr | ast.BitAnd | ast.BitXor | ast.Sub
    ):
        sides = (node.left, node.right)
        return any(_is_set(side, scope) or _is_keys(side) for side in sides)
    if isinstance(node, ast.IfExp):
        return _is_set(node.body, scope) or _is_set(node.orelse, scope)
    if isinstance(node, ast.Attribute):
        return node.attr in scope.known.attributes
    if isinstance(node, ast.Call):
        if _called(node) in scope.known.functions:
            return True
        if isinstance(node.func, ast.Name):
            return node.func.id in ("set", "frozenset")
        if isinstance(node.func, ast.Attribute) and node.func.attr in _SET_METHODS:
            return _is_set(node.func.value, scope)
    return False


def _is_keys(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("keys", "items")
    )


def _root(node: ast.expr) -> ast.expr:
    """Returns what an expression of attributes, subscripts and `get` starts from."""
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
        ):
            node = node.func.value
        else:
            return node


def _is_given(node: ast.expr, scope: _Scope) -> bool:
    root = _root(node)
    return isinstance(root, ast.Name) and root.id in scope.given


def _is_map(node: ast.expr, scope: _Scope) -> bool:
    return isinstance(node, ast.Name) and node.id in scope.maps


def _is_given_map(node: ast.expr, scope: _Scope) -> bool:
    """Whether iterating over `node` is iterating over a mapping from outside."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in _VIEWS and not node.args and _is_given(node.func.value, scope)
    return _is_map(node, scope) and _is_given(node, scope)


def _consumed(node: ast.AST, scope: _Scope, parents: dict[ast.AST, ast.AST]) -> Iterator[Found]:
    for consumed, rebuilt in _iterated(node, parents):
        if _is_set(consumed, scope):
            yield consumed.lineno, "set_order", "a set has no order; sort it without a key"
        elif not rebuilt and _is_given_map(consumed, scope):
            text = "a caller's mapping is in the caller's order; sort it without a key"
            yield consumed.lineno, "dict_order", text
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("pop", "popitem")
        and not node.args
        and _is_set(node.func.value, scope)
    ):
        yield node.lineno, "set_order", f".{node.func.attr}() takes any member of a set"


def _iterated(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[tuple[ast.expr, bool]]:
    """Yields each expression whose order `node` consumes, and whether it makes a mapping."""
    if isinstance(node, ast.For | ast.AsyncFor):
        yield node.iter, False
    elif isinstance(node, ast.ListComp | ast.GeneratorExp):
        if not _feeds_free(node, parents):
            for generator in node.generators:
                yield generator.iter, False
    elif isinstance(node, ast.DictComp):
        for generator in node.generators:
            yield generator.iter, True
    elif isinstance(node, ast.Starred):
        if not _feeds_free(node, parents) and not isinstance(parents[node], ast.Set):
            yield node.value, False
    elif isinstance(node, ast.YieldFrom):
        yield node.value, False
    elif isinstance(node, ast.Assign):
        if any(isinstance(target, ast.Tuple | ast.List) for target in node.targets):
            # (one,) = mapping.items() is one member, in any order.
            single = all(
                isinstance(target, ast.Tuple | ast.List)
                and len(target.elts) == 1
                and not isinstance(target.elts[0], ast.Starred)
                for target in node.targets
            )
            if not single:
                yield node.value, False
    elif isinstance(node, ast.Call):
        yield from _arguments_consumed(node)


def _arguments_consumed(node: ast.Call) -> Iterator[tuple[ast.expr, bool]]:
    name = _called(node)
    keyed = any(keyword.arg == "key" for keyword in node.keywords)
    if name in _CONSUMERS or (name in ("sorted", "min", "max") and keyed):
        if name in ("sorted", "min", "max") and _orders_fully(node):
            return
        for argument in node.args:
            yield argument, name == "dict"


def _orders_fully(node: ast.Call) -> bool:
    """Whether the key is a text's UTF-8 bytes, which no two texts share."""
    key = next(keyword.value for keyword in node.keywords if keyword.arg == "key")
    if not isinstance(key, ast.Lambda) or len(key.args.args) != 1:
        return False
    return ast.unparse(key.body) == f"{key.args.args[0].arg}.encode()"


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _feeds_free(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether the order ends in a call that gives one answer for every order."""
    parent = parents[node]
    if not isinstance(parent, ast.Call) or _called(parent) not in _FREE:
        return False
    return not any(keyword.arg == "key" for keyword in parent.keywords)
