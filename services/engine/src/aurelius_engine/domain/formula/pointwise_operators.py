"""The operators that look at one bar of one symbol."""

from aurelius_engine.domain.formula.operators import (
    C,
    Form,
    Kind,
    Operator,
    Parameter,
    X,
    Y,
    condition,
    constant,
)

_S, _C = Kind.SERIES, Kind.CONDITION
_PAPER = "Kakushadze (2016), appendix A"


def _arithmetic(
    name: str, formula: str, *parameters: Parameter, undefined: str = "", reference: str = ""
) -> Operator:
    return Operator(
        name=name,
        family="arithmetic",
        parameters=parameters,
        result=_S,
        formula=formula,
        undefined=undefined,
        reference=reference,
    )


def _logic(
    name: str, formula: str, *parameters: Parameter, result: Kind = _C, undefined: str = ""
) -> Operator:
    return Operator(
        name=name,
        family="logic",
        parameters=parameters,
        result=result,
        formula=formula,
        undefined=undefined,
    )


_OVERFLOW = "the result is not finite"

POINTWISE = (
    _arithmetic("add", "`x + y`", X, Y, undefined=_OVERFLOW),
    _arithmetic("subtract", "`x - y`", X, Y, undefined=_OVERFLOW),
    _arithmetic("multiply", "`x * y`", X, Y, undefined=_OVERFLOW),
    _arithmetic("divide", "`x / y`", X, Y, undefined="y is 0, or the result is not finite"),
    _arithmetic("negate", "`-x`", X),
    _arithmetic(
        "power",
        "`x ^ y`: whole y up to 1024 in size by repeated multiplication, else exp(y log x)",
        X,
        Y,
        undefined="x < 0 and y is no such whole number, x = 0 and y < 0, or not finite",
    ),
    _arithmetic(
        "signedpower",
        "sign(x) |x|^y",
        X,
        Y,
        undefined="as power(abs(x), y)",
        reference=_PAPER,
    ),
    _arithmetic("abs", "|x|", X, reference=_PAPER),
    _arithmetic("sign", "-1, 0 or 1", X, reference=_PAPER),
    _arithmetic("sqrt", "the square root", X, undefined="x < 0"),
    _arithmetic(
        "exp", "e^x, by the engine's own routine; 0 below -700", X, undefined="x is above 700"
    ),
    _arithmetic(
        "log",
        "the natural logarithm, by the engine's own routine",
        X,
        undefined="x <= 0",
        reference=_PAPER,
    ),
    _arithmetic("floor", "the largest whole number not above x", X),
    _arithmetic("ceil", "the smallest whole number not below x", X),
    _arithmetic("round", "the nearest whole number; halves go to the even one", X),
    Operator(
        name="min",
        family="arithmetic",
        parameters=(X, Y),
        result=_S,
        formula="the least of the arguments at the same bar",
        variadic=True,
    ),
    Operator(
        name="max",
        family="arithmetic",
        parameters=(X, Y),
        result=_S,
        formula="the greatest of the arguments at the same bar",
        variadic=True,
    ),
    _arithmetic(
        "clip",
        "min(max(x, low), high)",
        X,
        constant("low", -1e300, 1e300),
        constant("high", -1e300, 1e300),
    ),
    _arithmetic("sigmoid", "1 / (1 + exp(-x))", X, undefined="x is below -700"),
    _arithmetic("tanh", "1 - 2 / (exp(2 x) + 1)", X, undefined="x is above 350"),
    _logic("less", "`x < y`", X, Y),
    _logic("less_equal", "`x <= y`", X, Y),
    _logic("greater", "`x > y`", X, Y),
    _logic("greater_equal", "`x >= y`", X, Y),
    _logic("equal", "`x == y`, exactly", X, Y),
    _logic("not_equal", "`x != y`, exactly", X, Y),
    _logic("and", "`a and b`, `a && b`", condition("a"), condition("b")),
    _logic("or", "`a or b`, `a || b`", condition("a"), condition("b")),
    _logic("not", "`not c`, `!c`", C),
    _logic(
        "where",
        "x where c holds, else y; `c ? x : y`. What is not chosen may be undefined",
        C,
        X,
        Y,
        result=_S,
    ),
    _logic("number", "1 where c holds, else 0", C, result=_S),
    _logic("is_defined", "whether x is defined; itself always defined", X),
    _logic(
        "fill",
        "x where it is defined, else y",
        X,
        Y,
        result=_S,
        undefined="",
    ),
    Operator(
        name="in_group",
        family="logic",
        parameters=(Parameter(name="g", form=Form.GROUP), constant("n", 1, 1000)),
        result=_C,
        formula="whether the group of the symbol is the n-th: of `bucket` the n-th from below, "
        "of a grouping the n-th label in UTF-8 byte order",
    ),
)
