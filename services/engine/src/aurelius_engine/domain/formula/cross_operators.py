"""The operators over the symbols of one step, or over those of one group."""

from aurelius_engine.domain.formula.operators import (
    GROUP,
    Form,
    Kind,
    Operator,
    Parameter,
    X,
    constant,
)

_PAPER = "Kakushadze (2016), appendix A"
_ONE = "one symbol alone, or the deviation counts as none"


def _across(
    name: str,
    formula: str,
    *parameters: Parameter,
    undefined: str = "",
    reference: str = "",
    aliases: tuple[str, ...] = (),
    result: Kind = Kind.SERIES,
) -> Operator:
    grouped = any(item.form is Form.GROUP for item in parameters)
    return Operator(
        name=name,
        family="group" if grouped else "cross-section",
        parameters=parameters,
        result=result,
        formula=formula,
        undefined=undefined,
        reference=reference,
        aliases=aliases,
    )


CROSS = (
    _across(
        "rank",
        "the rank from below over the count of defined values, in (0, 1]; "
        "equal ones share the mean of their ranks",
        X,
        reference=_PAPER,
        aliases=("cs_rank",),
    ),
    _across(
        "scale",
        "a x / (sum of |x|)",
        X,
        constant("a", 1e-12, 1e12, 1),
        undefined="every x is 0",
        reference=_PAPER,
    ),
    _across("demean", "x less the mean", X, aliases=("cs_demean",)),
    _across("zscore_cs", "(x - mean) / deviation", X, undefined=_ONE, aliases=("cs_zscore",)),
    _across(
        "winsorize",
        "x, no further from the mean than k deviations",
        X,
        constant("k", 1e-3, 1e3, 3),
        undefined="one symbol alone",
    ),
    _across("cs_mean", "the mean", X),
    _across("cs_sum", "the sum", X),
    _across("cs_std", "the deviation, divided by n - 1", X, undefined="one symbol alone"),
    _across("cs_median", "the median", X),
    _across("cs_min", "the least", X),
    _across("cs_max", "the greatest", X),
    _across("cs_count", "how many are defined", X),
    _across(
        "bucket",
        "the group of x's rank: the least whole b with rank(x) <= b / n",
        X,
        constant("n", 1, 1000),
        result=Kind.GROUP,
    ),
    _across(
        "group_neutralize",
        "x less the mean of its group",
        X,
        GROUP,
        reference=_PAPER,
        aliases=("indneutralize",),
    ),
    _across("group_mean", "the mean of the group", X, GROUP),
    _across("group_sum", "the sum of the group", X, GROUP),
    _across(
        "group_std", "the deviation in the group, as cs_std", X, GROUP, undefined="one symbol alone"
    ),
    _across("group_zscore", "zscore_cs within the group", X, GROUP, undefined=_ONE),
    _across("group_rank", "rank within the group", X, GROUP),
    _across(
        "group_scale",
        "x / (sum of |x| in the group)",
        X,
        GROUP,
        undefined="every x of the group is 0",
    ),
    _across("group_median", "the median of the group", X, GROUP),
    _across("group_min", "the least of the group", X, GROUP),
    _across("group_max", "the greatest of the group", X, GROUP),
    _across("group_count", "how many of the group are defined", X, GROUP),
)
