"""Laws of the formula language over generated expressions and panels."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aurelius_engine.domain.formula.checking import check, kind_of
from aurelius_engine.domain.formula.operators import Form, Kind, Operator
from aurelius_engine.domain.formula.parsing import parse
from aurelius_engine.domain.formula.printing import to_text
from aurelius_engine.domain.formula.registry import OPERATORS, SERIES
from aurelius_engine.domain.formula.tree import (
    Call,
    Grouping,
    Node,
    Number,
    Series,
    tree_from_document,
    tree_to_document,
)
from tests.property.engine.formula_cases import (
    GROUPINGS,
    computed,
    cut,
    expected,
    panel_of_cells,
    poisoned,
)
from tests.property.engine.test_formula_operators import INEXACT

_NAMES = [item.name for item in SERIES if item.name not in ("dividend", "split_ratio")]
_EXACT = [item for item in OPERATORS if item.name not in INEXACT]
_FORMS = {Form.SERIES: Kind.SERIES, Form.CONDITION: Kind.CONDITION, Form.GROUP: Kind.GROUP}
LAW = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def _constants(least: float, most: float, *, whole: bool) -> st.SearchStrategy[Node]:
    if whole:
        return st.integers(int(least), int(min(most, least + 5))).map(lambda d: Number(float(d)))
    values = [v for v in (0.0, 0.25, 0.5, 1.0, 2.0, 9.5, 12.0) if least <= v <= most]
    return st.sampled_from(values).map(Number)


@st.composite
def _calls(draw: st.DrawFn, operator: Operator, operators: list[Operator], depth: int) -> Node:
    arguments = []
    for parameter in operator.parameters:
        if parameter.form in _FORMS:
            kind = _FORMS[parameter.form]
            arguments.append(draw(trees(kind, operators, depth - 1)))
        else:
            whole = parameter.form is Form.WINDOW or parameter.name in ("n", "ddof")
            arguments.append(draw(_constants(parameter.least, parameter.most, whole=whole)))
    return Call(operator.name, tuple(arguments))


@st.composite
def trees(draw: st.DrawFn, kind: Kind, operators: list[Operator], depth: int) -> Node:
    """Draws a well-typed tree; a leaf where the depth is used up and the type has one."""
    leaf = depth <= 0 or draw(st.integers(0, 4)) == 0
    if leaf and kind is Kind.SERIES:
        if draw(st.integers(0, 4)) == 0:
            return Number(draw(st.sampled_from([-2.0, 0.0, 0.5, 1.0, 3.0, 10.0])))
        return Series(draw(st.sampled_from(_NAMES)))
    if leaf and kind is Kind.GROUP:
        return Grouping("sector")
    if leaf:
        return Call("greater", (Series("close"), Series(draw(st.sampled_from(_NAMES)))))
    fitting = [item for item in operators if item.result is kind]
    return draw(_calls(draw(st.sampled_from(fitting)), operators, depth))


def series_trees(operators: list[Operator], depth: int) -> st.SearchStrategy[Node]:
    """Canonical trees whose value is a series; constants that fold to no number are left out."""
    return trees(Kind.SERIES, operators, depth).map(_checked).filter(lambda tree: tree is not None)


def _checked(tree: Node) -> Node | None:
    from aurelius_engine.domain.errors import FormulaInvalid

    try:
        return check(tree, GROUPINGS)
    except FormulaInvalid as refusal:
        if "not finite" not in str(refusal):
            raise
        return None


PANELS = st.builds(
    lambda seed, n_steps: panel_of_cells(np.random.default_rng(seed), n_steps),
    st.integers(0, 2**32 - 1),
    st.integers(1, 16),
)


@LAW
@given(series_trees(_EXACT, 4), PANELS)
def test_an_expression_is_bit_for_bit_what_the_interpreter_says(tree, panel) -> None:  # type: ignore[no-untyped-def]
    np.testing.assert_array_equal(computed(tree, panel), expected(tree, panel))


@LAW
@given(series_trees(list(OPERATORS), 4), PANELS, st.data())
def test_no_expression_sees_the_future(tree, panel, data) -> None:  # type: ignore[no-untyped-def]
    n_steps = data.draw(st.integers(1, panel.close.shape[0]))
    whole = computed(tree, panel)[:n_steps]

    assert computed(tree, cut(panel, n_steps)).tobytes() == whole.tobytes()
    assert computed(tree, poisoned(panel, n_steps))[:n_steps].tobytes() == whole.tobytes()


@LAW
@given(series_trees(list(OPERATORS), 5))
def test_the_canonical_text_is_the_tree(tree: Node) -> None:
    assert check(parse(to_text(tree)), GROUPINGS) == tree


@LAW
@given(series_trees(list(OPERATORS), 5))
def test_the_document_is_the_tree_and_checking_changes_nothing(tree: Node) -> None:
    again = check(tree_from_document(tree_to_document(tree)), GROUPINGS)

    assert again == tree
    assert kind_of(again) in (Kind.SERIES, Kind.NUMBER)


@LAW
@given(series_trees(list(OPERATORS), 4), PANELS)
def test_a_value_is_finite_or_undefined(tree, panel) -> None:  # type: ignore[no-untyped-def]
    found = computed(tree, panel)

    assert not np.isinf(found).any()
    assert not np.signbit(found[found == 0.0]).any()
    assert np.isnan(found[np.isnan(panel.close)]).all()
