"""The report of the gate calibration: counts with exact intervals, as JSON and for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from calibration_gate import PARTS
from calibration_studies import ASKED_FROM, TRIES, Outcome, counted
from scipy.stats import beta

from aurelius_governance.domain.trials import LEAST_DEFLATED_SHARPE

LEVEL = 0.95
TARGET = 0.01
BOUNDS = (ASKED_FROM, 0.95, 0.975, 0.98, 0.99, 0.995)


def rate(count: int, of: int) -> Mapping[str, Any]:
    """Returns a rate with its exact interval: Clopper and Pearson, Biometrika 26 (1934)."""
    tail = (1.0 - LEVEL) / 2.0
    low = 0.0 if count == 0 else float(beta.ppf(tail, count, of - count + 1))
    high = 1.0 if count == of else float(beta.ppf(1.0 - tail, count + 1, of - count))
    return {
        "count": count,
        "of": of,
        "rate": round(count / of, 6),
        "lower": round(low, 6),
        "upper": round(high, 6),
    }


def skill_less(outcomes: Sequence[Outcome]) -> Mapping[str, Any]:
    """Returns the rate at which skill-less strategies are promoted, and what refuses the rest."""
    refused = [one.refused_by for one in outcomes]
    promoted = [one for one in outcomes if not one.refused_by]
    found = {
        "promoted": rate(len(promoted), len(outcomes)),
        "attrition": {part: refused.count(part) for part in PARTS},
        "promotedKinds": counted([one.kind for one in promoted]),
        "kinds": counted([one.kind for one in outcomes]),
        "redrawn": sum(one.redrawn for one in outcomes),
        "sharpe": spread([one.sharpe for one in outcomes]),
    }
    whole = [one for one in outcomes if one.parts]
    if whole:  # those of the other arms are not asked every part
        found["parts"] = {
            part: rate(sum(bool(one.parts[part]) for one in whole), len(whole)) for part in PARTS
        }
        found["checks"] = counted(
            [check for one in whole for part in PARTS for check in _checks(part, one.parts[part])]
        )
    return found


def by_bound(outcomes: Sequence[Outcome]) -> Mapping[str, Any]:
    """Returns the rate of promotion had the bound of the deflated Sharpe ratio been another."""
    return {
        str(bound): rate(
            sum(one.deflated >= bound and not one.rest for one in outcomes), len(outcomes)
        )
        for bound in BOUNDS
    }


def _checks(part: str, found: str) -> Sequence[str]:
    """Returns the checks that a part says failed."""
    if found.startswith("no result"):
        return [f"{part}: {found.split(':')[1].strip()}"]
    listed = [name for name in found.split(", ") if "." in name and name[0].isalpha()]
    return listed or ([part] if found else [])


def detection(outcomes: Sequence[Outcome]) -> Mapping[str, Any]:
    """Returns the rate at which planted skill is promoted, and what refuses the rest."""
    refused = [one.refused_by for one in outcomes]
    return {
        "promoted": rate(refused.count(""), len(outcomes)),
        "attrition": {part: refused.count(part) for part in PARTS},
        "grossSharpe": spread([one.gross for one in outcomes]),
        "sharpe": spread([one.sharpe for one in outcomes]),
        "submittedPlanted": sum(one.planted for one in outcomes),
        "promotedOther": sum(not one.planted for one in outcomes if not one.refused_by),
    }


def spread(values: Sequence[float]) -> Mapping[str, float]:
    """Returns the mean and what lies between."""
    ordered = sorted(values)
    return {
        "mean": round(sum(ordered) / len(ordered), 4),
        "p05": round(ordered[int(0.05 * len(ordered))], 4),
        "median": round(ordered[len(ordered) // 2], 4),
        "p95": round(ordered[int(0.95 * len(ordered))], 4),
    }


def markdown(document: Mapping[str, Any]) -> str:
    """Returns the report for people, one sentence a line."""
    arms = document["skillLess"]
    lines = [
        "# Gate calibration",
        "",
        "How often does the default gate promote what has no skill, and how often what has?",
        "`make calibration` writes this page and `gate_calibration.json`.",
        "",
        f"Engine `{document['engineVersion']}`, seed {document['seed']}.",
        "Intervals are exact at 95 %: Clopper and Pearson, Biometrika 26 (1934), by quantiles of "
        "the beta distribution.",
        "",
        *_short(document),
        "",
        "## Skill-less strategies",
        "",
        "| submitted | strategies | promoted | rate | interval | below 1 % |",
        "|---|---|---|---|---|---|",
    ]
    for name, arm in arms.items():
        found = arm["promoted"]
        lines.append(
            f"| {_ARM_NAMES[name]} | {found['of']:,} | {found['count']} | "
            f"{_percent(found['rate'])} | {_interval(found)} | {_below(found)} |"
        )
    lines += ["", *_ABOUT, ""]
    lines += _attrition(arms)
    lines += _own(arms["alone"])
    lines += _bounds(document)
    lines += _planted(document)
    lines += ["", *_SEARCHED, "", "## Method", "", *_METHOD]
    lines += [
        f"`{one['file']}` gives markets of {one['days']:,} days and {one['symbols']} symbols."
        for one in document["markets"]
    ]
    lines.append("")
    return "\n".join(lines)


def _short(document: Mapping[str, Any]) -> list[str]:
    lines = ["## In short", ""]
    for name in ("alone", "searched"):
        found = document["skillLess"][name]["promoted"]
        lines.append(
            f"Of {found['of']:,} strategies without skill, {_SUBMITTED[name]}, {found['count']} "
            f"are promoted: {_percent(found['rate'])}, interval {_interval(found)}."
        )
    for way in ("alone", "searched"):
        shares = ", ".join(
            f"{strength} in {_percent(found['promoted']['rate'])}"
            for strength, found in document["planted"][way].items()
        )
        lines.append(
            f"Planted skill, {_SUBMITTED[way]}, is promoted at a Sharpe ratio of {shares}."
        )
    return lines


def _attrition(arms: Mapping[str, Any]) -> list[str]:
    lines = [
        "## Which part refuses",
        "",
        "The parts are asked in this order, and the first refusal ends it; the verdict is that "
        "of all of them in any order.",
        "",
        f"| submitted | {' | '.join(f'`{part}`' for part in PARTS)} | promoted |",
        "|---|" + "---|" * (len(PARTS) + 1),
    ]
    for name, arm in arms.items():
        counts = [f"{arm['attrition'][part]:,}" for part in PARTS]
        lines.append(f"| {_ARM_NAMES[name]} | {' | '.join(counts)} | {arm['promoted']['count']} |")
    return [*lines, ""]


def _own(arm: Mapping[str, Any]) -> list[str]:
    asked = next(iter(arm["parts"].values()))["of"]
    lines = [
        f"Of {asked} strategies submitted alone every part was asked.",
        "",
        "| part | refuses | rate | interval |",
        "|---|---|---|---|",
    ]
    for part, found in arm["parts"].items():
        lines.append(
            f"| `{part}` | {found['count']} | {_percent(found['rate'])} | {_interval(found)} |"
        )
    lines += ["", "| check | failed |", "|---|---|"]
    lines += [f"| `{check}` | {count} |" for check, count in arm["checks"].items()]
    return [*lines, ""]


def _bounds(document: Mapping[str, Any]) -> list[str]:
    lines = [
        f"The gate asks for a deflated Sharpe ratio of {LEAST_DEFLATED_SHARPE} or more.",
        "Had it asked for another, of the same strategies submitted alone:",
        "",
        "| least deflated Sharpe ratio | promoted | rate | interval | below 1 % |",
        "|---|---|---|---|---|",
    ]
    for bound, found in document["byBound"].items():
        lines.append(
            f"| {bound} | {found['count']} | {_percent(found['rate'])} | {_interval(found)} | "
            f"{_below(found)} |"
        )
    return [*lines, ""]


def _planted(document: Mapping[str, Any]) -> list[str]:
    lines = [
        "## Planted skill",
        "",
        "| planted Sharpe ratio | without costs | after costs | submitted | promoted | rate | "
        f"interval | {' | '.join(f'`{part}`' for part in PARTS)} |",
        "|---|---|---|---|---|---|---|" + "---|" * len(PARTS),
    ]
    for way, told in (("alone", "alone"), ("searched", f"best of {TRIES}")):
        for strength, found in document["planted"][way].items():
            rates = found["promoted"]
            gross = f"{found['grossSharpe']['mean']:.2f}" if way == "alone" else ""
            counts = " | ".join(str(found["attrition"][part]) for part in PARTS)
            lines.append(
                f"| {strength} | {gross} | {found['sharpe']['mean']:.2f} | {told} | "
                f"{rates['count']} of {rates['of']} | {_percent(rates['rate'])} | "
                f"{_interval(rates)} | {counts} |"
            )
    return lines


def _percent(value: float) -> str:
    return f"{100.0 * value:.2f} %"


def _interval(found: Mapping[str, Any]) -> str:
    return f"{_percent(found['lower'])} to {_percent(found['upper'])}"


def _below(found: Mapping[str, Any]) -> str:
    if found["upper"] < TARGET:
        return "yes, with its interval"
    return "yes, but not its interval" if found["rate"] < TARGET else "no"


_SUBMITTED = {"alone": "each submitted alone", "searched": f"each the best of {TRIES} tried"}
_ARM_NAMES = {
    "alone": "alone",
    "searched": f"best of {TRIES}",
    "alone_with_memory": "alone, days keep their memory",
    "alone_cheap": "alone, costs said to be next to nothing",
}
_ABOUT = (
    "A strategy submitted alone is one trial: nothing was compared with it.",
    f"The best of {TRIES} is submitted with all {TRIES} trials and their Sharpe ratios, as the "
    "log of trials counts them.",
    "In days that keep their memory a strategy may have a little real skill: what a day says of "
    "the next is kept inside blocks.",
)
_SEARCHED = (
    f"The best of {TRIES} is the known formula or one of {TRIES - 1} random ones, whichever did "
    "best.",
    "The deflated Sharpe ratio measures luck by the spread of all trials, which costs and real "
    "differences between strategies widen too: among many different formulas it asks for more "
    "than luck alone needs.",
)
_METHOD = (
    "Markets: days of the bundled data, drawn in blocks of 20 days on average (Politis and "
    "Romano, 1994), the same days for all symbols; as many as the file has days on which all "
    "symbols traded.",
    "The night and the day of each are then mirrored at random, a ratio r becoming r or 1 / r "
    "over the mean of both: every price is expected to stay where it is, whatever is known, so "
    "no strategy has skill.",
    "Each item has a market of its own, so items are independent.",
    "Strategies: half random formulas over every operator of the language, half templates with "
    "random parameters; random sizing, rebalancing and sides.",
    "Those that never hold anything are drawn again.",
    "Costs: 2 basis points commission and 3 of half spread each way, and 1 % a year to borrow.",
    "Gate: the studies that governance lists for the gate `crv`, under the default thresholds "
    "of the contract, judged by the function that ships; identity, lineage, replay and a clean "
    "quality report, which the gate asks for too, say nothing of skill and are left out.",
    "A made market is offered as if it had been traded: as what it is, the check of its data "
    "class would refuse everything.",
    "Planted skill: each symbol gains after a positive return over 60 days and loses after a "
    "negative one, and `close - delay(close, 60)` is submitted.",
    "The planted Sharpe ratio is what that formula earns a year without costs, scaled by its "
    "volatility in markets without skill.",
)
