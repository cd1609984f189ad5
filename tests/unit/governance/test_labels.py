"""Labels by governance's own code, and which of them keep a run from which stage."""

import re
from dataclasses import replace

import pytest

from aurelius_governance.domain import lineage
from aurelius_governance.domain.canonical_json import JsonValue
from aurelius_governance.domain.label_policy import REFUSED_LABELS
from aurelius_governance.domain.promotion import Stage, missing_evidence
from aurelius_governance.domain.stated_result import labels_of
from tests.conftest import REPOSITORY
from tests.unit.governance import evidence

SHORT: dict[str, JsonValue] = {"direction": "DIRECTION_LONG_SHORT"}


def plans(entry: str, leave: str) -> dict[str, JsonValue]:
    """Returns an order policy with plans of these types."""
    return {"entry": {"type": f"ORDER_TYPE_{entry}"}, "exit": {"type": f"ORDER_TYPE_{leave}"}}


def listed(*types: str) -> dict[str, JsonValue]:
    """Returns an order list with orders of these types."""
    return {"orderList": {"orders": [{"type": f"ORDER_TYPE_{name}"} for name in types]}}


def changed(**parts: JsonValue) -> dict[str, JsonValue]:
    """Returns the good specification with parts of it merged into."""
    spec = dict(evidence.SPEC)
    for name, part in parts.items():
        before = spec.get(name)
        merge = isinstance(part, dict) and isinstance(before, dict) and name != "strategy"
        spec[name] = {**before, **part} if merge else part  # type: ignore[dict-item]
    return spec


GOOD = changed(
    limits={"maxParticipationRatio": 0.1, "maintenanceMarginRatio": 0.25},
    commission={"perOrder": 1.0},
)
NO_SLIPPAGE: dict[str, JsonValue] = {"slippage": {"impactLookbackBars": 20}}
LABELLED: dict[str, tuple[dict[str, JsonValue], list[str]]] = {
    "corporate_actions": (
        {"corporateActions": "CORPORATE_ACTIONS_NOT_APPLIED"},
        ["corporate_actions_not_applied"],
    ),
    "plugin": ({"strategy": {"plugin": {"name": "own"}}}, ["experimental"]),
    "classifier": ({"strategy": {"mlClassifier": {}}}, ["experimental"]),
    "formula": ({"strategy": {"formula": {}}}, []),
    "same_close": ({"fillRule": "FILL_RULE_SAME_CLOSE"}, ["same_close_fill"]),
    "path_inside_bars": (
        {"intrabarPath": "INTRABAR_PATH_OPEN_LOW_HIGH_CLOSE"},
        ["assumed_intrabar_path"],
    ),
    "unbounded_share": ({"limits": {"maintenanceMarginRatio": 0.25}}, ["volume_ignored"]),
    "short_at_no_cost": (SHORT, ["zero_borrow_fee", "zero_margin_interest"]),
    "short_at_a_fee": (
        {**SHORT, "financing": {"borrowFeeRatio": 0.01}},
        ["zero_margin_interest"],
    ),
    "short_at_a_fee_and_interest": (
        {**SHORT, "financing": {"borrowFeeRatio": 0.01, "marginInterestRatio": 0.05}},
        [],
    ),
    "cash_at_no_interest": (
        {"limits": {"maxGrossRatio": 2.0, "maintenanceMarginRatio": 0.25}},
        ["volume_ignored", "zero_margin_interest"],
    ),
    "cash_without_a_call": (
        {"limits": {"maxGrossRatio": 2.0}, "financing": {"marginInterestRatio": 0.05}},
        ["no_margin_call", "volume_ignored"],
    ),
    "a_rate_below_zero": ({"riskFreeRatio": -0.5}, ["risk_free_below_cash"]),
    "cash_that_earns_more": (
        {"riskFreeRatio": 0.01, "financing": {"cashInterestRatio": 0.02}},
        ["risk_free_below_cash"],
    ),
    "cash_that_earns_the_rate": (
        {"riskFreeRatio": 0.02, "financing": {"cashInterestRatio": 0.02}},
        [],
    ),
    "no_commission": ({"commission": {"tiers": []}}, ["zero_commission"]),
    "tiers_that_take_nothing": (
        {"commission": {"tiers": [{"fromValue": 5.0, "valueRatio": 0.0, "perUnit": 0.0}]}},
        ["zero_commission"],
    ),
    "a_tier_that_takes": (
        {"commission": {"tiers": [{"fromValue": 5.0, "valueRatio": 0.0, "perUnit": 0.01}]}},
        [],
    ),
    "no_slippage": ({"slippage": {"impactLookbackBars": 20}}, ["zero_slippage"]),
    "costs_that_no_result_shows": (
        {
            **SHORT,
            "commission": {"valueRatio": 1e-7, "perOrder": 1e-300, "tiers": []},
            "slippage": {"halfSpreadRatio": 9e-7},
            "financing": {"borrowFeeRatio": 1e-300, "marginInterestRatio": 1e-7},
            "limits": {"maintenanceMarginRatio": 1e-7, "maxParticipationRatio": 0.1},
        },
        [
            "no_margin_call",
            "zero_borrow_fee",
            "zero_commission",
            "zero_margin_interest",
            "zero_slippage",
        ],
    ),
    "impact_alone": ({"slippage": {"impactCoefficient": 0.1}}, []),
    "limits_alone": ({"orders": plans("LIMIT", "STOP_LIMIT")}, ["zero_slippage"]),
    "limits_to_enter": ({"orders": plans("LIMIT", "MARKET")}, []),
    "limits_to_leave": ({"orders": plans("STOP", "LIMIT")}, []),
    "listed_limits": (
        {"strategy": listed("LIMIT", "STOP_LIMIT")},
        ["listed_orders", "zero_slippage"],
    ),
    "listed_limits_and_a_stop": ({"strategy": listed("LIMIT", "STOP")}, ["listed_orders"]),
    "quotes": ({"fillSource": "FILL_SOURCE_QUOTES"}, ["tier_2_fills"]),
    "the_book": ({"fillSource": "FILL_SOURCE_BOOK"}, ["tier_3_fills"]),
    "a_spread_is_paid_at_a_quote": (
        {**NO_SLIPPAGE, "fillSource": "FILL_SOURCE_QUOTES", "orders": plans("LIMIT", "ON_OPEN")},
        ["tier_2_fills"],
    ),
    "no_quote_is_asked_by_a_stop": (
        {**NO_SLIPPAGE, "fillSource": "FILL_SOURCE_BOOK", "orders": plans("LIMIT", "STOP")},
        ["tier_3_fills", "zero_slippage"],
    ),
}


@pytest.mark.parametrize("case", LABELLED)
def test_labels_follow_from_the_specification(case: str) -> None:
    parts, labels = LABELLED[case]

    assert labels_of({**GOOD, **parts}) == labels


def test_a_good_specification_has_no_label_and_none_at_all_is_not_good() -> None:
    assert labels_of(GOOD) == []
    assert "zero_slippage" in labels_of({})
    assert labels_of("nothing") == labels_of({})


def refusals(stage: Stage, labels: tuple[str, ...]) -> list[str]:
    observed = replace(evidence.observed(), labels=labels)
    missing = missing_evidence(
        evidence.RUN,
        stage,
        record=evidence.record(),
        gate=evidence.crv_gate(),
        observed=observed,
    )
    return [item.description for item in missing if item.type == "LABEL_REFUSED"]


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("label", REFUSED_LABELS["CANDIDATE"])
def test_some_labels_are_never_promoted(stage: Stage, label: str) -> None:
    (refusal,) = refusals(stage, (label,))

    assert refusal.startswith(f"the run is labelled {label}: ")


@pytest.mark.parametrize(
    "label", ["no_margin_call", "zero_borrow_fee", "zero_margin_interest", "zero_slippage"]
)
def test_some_labels_keep_a_run_from_production_alone(label: str) -> None:
    assert refusals(Stage.CANDIDATE, (label,)) == []
    assert len(refusals(Stage.PRODUCTION, (label,))) == 1


def test_each_refused_label_is_named_in_order() -> None:
    labels = ("experimental", "volume_ignored", "zero_commission", "zero_slippage")

    assert [text.split(": ")[0] for text in refusals(Stage.PRODUCTION, labels)] == [
        "the run is labelled experimental",
        "the run is labelled zero_slippage",
    ]


def test_every_stage_has_a_policy() -> None:
    assert {stage.name for stage in Stage} == REFUSED_LABELS.keys()


def test_a_run_is_refused_by_what_its_own_specification_says() -> None:
    spec = changed(fillRule="FILL_RULE_SAME_CLOSE")

    observed = lineage.observe(replace(evidence.FACTS, spec_document=spec))

    assert list(observed.labels) == ["same_close_fill", "volume_ignored", "zero_commission"]


def test_the_guide_lists_the_policy() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ([\w ]+) \| (.+) \|$",
        (REPOSITORY / "docs/howto/promote-a-run.md").read_text(),
        re.M,
    )

    assert {label: why for label, _, why in rows} == REFUSED_LABELS["PRODUCTION"]
    every = {label for label, stages, _ in rows if stages == "every stage"}
    assert every == REFUSED_LABELS["CANDIDATE"].keys()
