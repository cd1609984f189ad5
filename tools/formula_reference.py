"""The reference page of the formula language's series and operators, from the registry."""

from aurelius_engine.domain.formula.operators import Form, Operator
from aurelius_engine.domain.formula.registry import ALIASES, OPERATORS, SERIES

BAR = "\\|"  # within a cell of a table
FAMILIES = {
    "arithmetic": "## Arithmetic\n",
    "logic": "## Comparison and logic\n",
    "window": "## Windows over the bars of one symbol\n",
    "cross-section": "## The symbols of one step\n",
    "group": "## The symbols of one group at one step\n",
}


def formula_page(notice: str) -> str:
    """Returns docs/reference/formula-operators.md."""
    series = "".join(f"| `{item.name}` | {item.lag} | {item.about} |\n" for item in SERIES)
    parts = [
        "# Formula operators\n",
        notice,
        "[The formula language](../specs/formula.md) states the rules that all of them keep.\n",
        "## Series\n",
        "| series | lag | what it is |\n|---|---|---|\n" + series,
        f"There are {len(OPERATORS)} operators.\n"
        "`x` and `y` are series, `c`, `a` of `and` and `or`, `b`, `on` and `off` conditions, "
        "`g` a group, `d` a window; other arguments are constants.\n"
        "The lag is the number of bars before the first value, beyond those of the arguments.\n"
        "The last column but one says when the value is undefined though no argument is.\n",
    ]
    for family, title in FAMILIES.items():
        found = [item for item in OPERATORS if item.family == family]
        rows = "".join(map(_row, found))
        parts.append(title)
        parts.append(
            "| operator | value | lag | bounds | undefined | other names, reference |\n"
            "|---|---|---|---|---|---|\n" + rows
        )
    return "\n".join(parts)


def _row(operator: Operator) -> str:
    bounds = [
        f"`{item.name}` in [{item.least:g}, {item.most:g}]"
        for item in operator.parameters
        if item.form in (Form.WINDOW, Form.CONSTANT)
    ]
    names = [f"`{alias}`" for alias, name in ALIASES.items() if name == operator.name]
    more = "; ".join(filter(None, [", ".join(names), operator.reference]))
    result = "" if operator.result.value == "series" else f" ({operator.result.value})"
    return (
        f"| `{operator.signature}`{result} | {operator.formula.replace('|', BAR)} | {operator.lag} "
        f"| {', '.join(bounds)} | {operator.undefined} | {more} |\n"
    )
