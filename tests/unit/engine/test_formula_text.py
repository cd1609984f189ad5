"""The text form: precedence, normalisation, and where a refusal points."""

from typing import Any

import pytest

from aurelius_engine.domain.errors import FormulaInvalid
from aurelius_engine.domain.formula import formulas
from aurelius_engine.domain.formula.checking import DEPTH_MAX, NODES_MAX, check
from aurelius_engine.domain.formula.parsing import parse
from aurelius_engine.domain.formula.printing import to_text
from aurelius_engine.domain.formula.tree import Call, Node, Series, tree_from_document
from aurelius_engine.domain.formula.warm_up import warm_up_bars


def canonical(text: str, *groupings: str) -> str:
    return to_text(check(parse(text), groupings))


def refusal(text: str, *groupings: str) -> FormulaInvalid:
    with pytest.raises(FormulaInvalid) as refused:
        check(parse(text), groupings)
    return refused.value


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("zscore(close / ts_mean(close, 50), 20)", "ts_zscore(close / ts_mean(close, 50), 20)"),
        ("((close))+ +open", "close + open"),
        ("close - (open - high)", "close - (open - high)"),
        ("(close - open) - high", "close - open - high"),
        ("close - open * high / low", "close - open * high / low"),
        ("close / (open * high)", "close / (open * high)"),
        ("-close ^ 2", "-close ^ 2"),
        ("(-close) ^ 2", "(-close) ^ 2"),
        ("close ^ open ^ 2", "close ^ open ^ 2"),
        ("(close ^ open) ^ 2", "(close ^ open) ^ 2"),
        ("2 * -close ^ -1", "2 * -close ^ -1"),
        ("number(close > open && !(low < 1) || high >= 2)",
         "number(close > open and not low < 1 or high >= 2)"),
        ("number(close > 1 and (low < 1 or high > 2))",
         "number(close > 1 and (low < 1 or high > 2))"),
        ("close > open ? 1 : low > 2 ? 2 : 3", "where(close > open, 1, where(low > 2, 2, 3))"),
        ("Ts_ArgMax(SignedPower(close, 2.), 5)", "ts_argmax(signedpower(close, 2), 5)"),
        ("adv20 + stddev(close, 5)", "adv(20) + ts_std(close, 5, 1)"),
        ("scale(close)", "scale(close, 1)"),
        ("min(close, open, low)", "min(close, open, low)"),
        ("close * (1 + 2 * 3 - 4 / 8)", "close * 6.5"),
        ("close * 2 * 3", "close * 2 * 3"),
        ("close + -0", "close + 0"),
        ("close * 1e3 + .5 # a comment\n - 1.0", "close * 1000 + 0.5 - 1"),
        ("ts_mean(close, 2 * 10)", "ts_mean(close, 20)"),
    ],
)  # fmt: skip
def test_a_text_has_one_canonical_form(text: str, want: str) -> None:
    assert canonical(text) == want
    assert canonical(want) == want


def test_operands_are_not_reordered_and_comparisons_not_turned() -> None:
    assert canonical("close + open") != canonical("open + close")
    assert canonical("number(close > open)") != canonical("number(open < close)")


@pytest.mark.parametrize(
    ("text", "line", "column", "found", "allowed"),
    [
        ("close +", 1, 8, "the end of the text", "a number, a name"),
        ("close + * 2", 1, 9, "*", "a number, a name"),
        ("close\n  $ 2", 2, 3, "$", "letters, digits"),
        ("(close + 2", 1, 11, "the end of the text", "`)`"),
        ("close open", 1, 7, "open", "an operator or the end"),
        ("ts_mean(close 3)", 1, 15, "3", "`,`"),
        ("rank()", 1, 6, ")", "a number, a name"),
        ("1 < close < 3", 1, 11, "<", "join two with `and`"),
        ("close > 1 ? 2", 1, 14, "the end of the text", "`:`"),
        ("1e999 * close", 1, 1, "1e999", "a finite double"),
        ("rank(clsoe)", 1, 6, "clsoe", "open, high, low, close"),
        ("close +\n rnak(close)", 2, 2, "rnak", "docs/specs/formula.md"),
        ("close(5)", 1, 1, "close", "docs/specs/formula.md"),
        ("rank + 1", 1, 1, "rank", "rank(x)"),
        ("rank(close * cap)", 1, 14, "cap", "open, high"),
        ("group_mean(close, industry)", 1, 19, "industry", "open, high"),
        ("ts_mean(close)", 1, 1, "1", "ts_mean(x, d)"),
        ("rank(close, 2)", 1, 1, "2", "rank(x)"),
        ("delay(close, -1)", 1, 14, "-1", "a whole number in [1, 100000]"),
        ("delay(close, 0)", 1, 14, "0", "a whole number in [1, 100000]"),
        ("ts_mean(close, 2.5)", 1, 16, "2.5", "a whole number"),
        ("ts_mean(close, volume)", 1, 16, "series", "a whole number"),
        ("ts_std(close, 1)", 1, 15, "1", "a whole number in [2, 100000]"),
        ("ts_rank(close, 2521)", 1, 16, "2521", "a whole number in [1, 2520]"),
        ("ts_quantile(close, 5, 1.5)", 1, 23, "1.5", "a number in [0, 1]"),
        ("rank(close > open)", 1, 12, "condition", "number(c)"),
        ("close > open", 1, 7, "condition", "number(c)"),
        ("where(close, 1, 2)", 1, 7, "series", "a condition"),
        ("group_mean(close, volume)", 1, 19, "series", "bucket(x, n)"),
        ("bucket(close, 3)", 1, 1, "group", "a series"),
        ("close / (1 / 0)", 1, 12, "nan", "a finite double"),
    ],
)
def test_a_refusal_points_into_the_text(
    text: str, line: int, column: int, found: str, allowed: str
) -> None:
    facts = refusal(text).facts

    assert (facts["line"], facts["column"], facts["found"]) == (line, column, found)
    lines = text.split("\n")
    assert facts["offset"] == sum(len(before) + 1 for before in lines[: line - 1]) + column - 1
    assert allowed in str(facts["allowed"])


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("rank(clsoe)", "did you mean close?"),
        ("rnak(close)", "did you mean rank?"),
        ("ts_meen(close, 3)", "did you mean ts_mean?"),
        ("rank(close * cap)", "bars hold no market capitalisation"),
    ],
)
def test_a_refusal_helps(text: str, hint: str) -> None:
    assert hint in str(refusal(text))


def test_a_tree_is_refused_by_its_path() -> None:
    tree = {"call": {"operator": "rank", "arguments": [{"call": {"operator": "delay",
            "arguments": [{"series": "close"}, {"number": -2}]}}]}}  # fmt: skip

    with pytest.raises(FormulaInvalid) as refused:
        check(tree_from_document(tree))

    assert refused.value.facts["path"] == "expression.call.arguments[0].call.arguments[1]"


@pytest.mark.parametrize("document", [{}, {"number": 1, "series": "close"}, {"other": 1}])
def test_a_node_is_exactly_one_thing(document: dict[str, Any]) -> None:
    with pytest.raises(FormulaInvalid, match="exactly one"):
        tree_from_document(document)


def chain(links: int) -> Node:
    tree: Node = Series("close")
    for _ in range(links):
        tree = Call("negate", (tree,))
    return tree


def test_depth_and_size_are_bounded() -> None:
    assert warm_up_bars(check(chain(DEPTH_MAX - 1))) == 1
    with pytest.raises(FormulaInvalid, match=f"more than {DEPTH_MAX} levels"):
        check(chain(DEPTH_MAX))
    assert "levels" in str(refusal(" + ".join(["close"] * 3000)[:9000] + "close"))
    wide: Node = Series("close")
    for _ in range(11):
        wide = Call("add", (wide, wide))
    with pytest.raises(FormulaInvalid, match=f"more than {NODES_MAX} nodes"):
        check(wide)


@pytest.mark.parametrize("text", ["(" * 5000, "-" * 5000, "!" * 5000, "rank(" * 1900, "1^" * 4000])
def test_no_text_exhausts_the_parser(text: str) -> None:
    with pytest.raises(FormulaInvalid, match="nested more than"):
        parse(text)


def test_a_text_has_a_limit() -> None:
    with pytest.raises(FormulaInvalid, match="10001 characters"):
        parse(" " * 10_001)


@pytest.mark.parametrize(
    ("text", "bars"),
    [
        ("close", 1),
        ("1", 1),
        ("returns", 2),
        ("ts_sum(ts_return(close, 5), 10)", 15),
        ("delay(close, 3) + ts_mean(returns, 20)", 21),
        ("rank(correlation(close, delay(volume, 4), 6))", 10),
        ("where(close > ts_max(high, 55), rsi(close, 14), 0)", 55),
        ("atr(14)", 15),
        ("adv20", 20),
        ("ts_mean(ts_mean(close, 50), 50)", 99),
    ],
)
def test_the_warm_up_is_that_of_the_longest_way_down(text: str, bars: int) -> None:
    assert warm_up_bars(check(parse(text))) == bars


def grouped(text: str, *names: str) -> dict[str, Any]:
    groupings = [{"name": name, "groups": {"AAPL": "tech"}} for name in names]
    return {"text": text, "groupings": groupings}


def test_groupings_are_ordered_and_each_is_used() -> None:
    text = "group_mean(close, zone) - group_mean(close, area)"

    resolved = formulas.resolved(grouped(text, "zone", "area"))

    assert [item["name"] for item in resolved["groupings"]] == ["area", "zone"]
    assert formulas.resolved(resolved) == resolved
    with pytest.raises(FormulaInvalid, match="zone is not used") as refused:
        formulas.resolved(grouped("rank(close)", "zone"))
    assert refused.value.facts["path"] == "groupings[0]"


@pytest.mark.parametrize("name", ["close", "rank", "zscore"])
def test_a_grouping_takes_no_other_name(name: str) -> None:
    with pytest.raises(FormulaInvalid, match="has the name of something else"):
        formulas.resolved(grouped(f"group_mean(open, {name})", name))


def test_a_grouping_is_declared_once() -> None:
    with pytest.raises(FormulaInvalid, match="has the name of something else"):
        formulas.resolved(grouped("group_mean(open, zone)", "zone", "zone"))
