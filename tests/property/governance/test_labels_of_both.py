"""Governance derives the labels that the engine gives, by code of its own."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.rpc.resolution import document_of, resolve
from aurelius_governance.domain.label_policy import REFUSED_LABELS
from aurelius_governance.domain.stated_result import labels_of

# The values of one field each, at a path in the resolved document; None leaves it out.
CHOICES: Mapping[tuple[str, ...], tuple[Any, ...]] = {
    ("strategy",): (
        {"buyAndHold": {}},
        {"mlClassifier": {}},
        {"plugin": {"name": "own"}},
        {"formula": {}},
    ),
    ("direction",): ("DIRECTION_LONG_FLAT", "DIRECTION_LONG_SHORT"),
    ("fillRule",): ("FILL_RULE_NEXT_OPEN", "FILL_RULE_SAME_CLOSE"),
    ("intrabarPath",): (
        "INTRABAR_PATH_STOPS_FIRST",
        "INTRABAR_PATH_OPEN_HIGH_LOW_CLOSE",
        "INTRABAR_PATH_OPEN_LOW_HIGH_CLOSE",
        "INTRABAR_PATH_ADVERSE",
        "INTRABAR_PATH_FAVOURABLE",
    ),
    ("corporateActions",): ("CORPORATE_ACTIONS_APPLIED", "CORPORATE_ACTIONS_NOT_APPLIED"),
    ("limits", "maxGrossRatio"): (0.5, 1.0, 1.0000000000000002),
    ("limits", "maintenanceMarginRatio"): (9e-7, 0.25),
    ("limits", "maxParticipationRatio"): (None, 0.1),
    ("financing", "borrowFeeRatio"): (-0.0, 1e-6),
    ("financing", "marginInterestRatio"): (5e-324, 0.05),
    ("commission",): (
        {"valueRatio": 0.0, "perUnit": 0.0, "minimum": 0.0, "perOrder": 0.0, "tiers": []},
        {"valueRatio": 0.0, "perUnit": 0.0, "minimum": 0.0, "perOrder": 1.0, "tiers": []},
    ),
}
ORDER_TYPES = (
    "ORDER_TYPE_MARKET",
    "ORDER_TYPE_LIMIT",
    "ORDER_TYPE_STOP",
    "ORDER_TYPE_STOP_LIMIT",
    "ORDER_TYPE_ON_OPEN",
    "ORDER_TYPE_ON_CLOSE",
)
SLIPPAGES = ("halfSpreadRatio", "fixedRatio", "volumeShareRatio", "impactCoefficient")
TIERS = (
    [{"fromValue": 0.0, "valueRatio": 0.0, "perUnit": 5e-324}],
    [{"fromValue": 0.0, "valueRatio": 0.001, "perUnit": 0.0}],
    [{"fromValue": 9.0, "valueRatio": 0.0, "perUnit": 0.01}],
)


def resolved() -> dict[str, Any]:
    message = backtest_spec_pb2.BacktestSpec(calendar="XNYS")
    message.strategy.buy_and_hold.SetInParent()
    return document_of(resolve(message))


def with_value(document: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    name, *inner = path
    if inner:
        return {**document, name: with_value(document[name], tuple(inner), value)}
    if value is None:
        return {key: kept for key, kept in document.items() if key != name}
    return {**document, name: value}


def documents() -> Iterator[dict[str, Any]]:
    whole = resolved()
    for values in itertools.product(*CHOICES.values()):
        document = whole
        for path, value in zip(CHOICES, values, strict=True):
            document = with_value(document, path, value)
        yield document
    for part in SLIPPAGES:
        for value in (0.0, 9.999e-7, 1e-6, 0.01):
            yield with_value(whole, ("slippage", part), value)
    slips = with_value(whole, ("slippage", "fixedRatio"), 0.01)
    for entry, leave in itertools.product(ORDER_TYPES, repeat=2):
        plans = with_value(slips, ("orders", "entry", "type"), entry)
        yield with_value(plans, ("orders", "exit", "type"), leave)
        orders = [{"type": entry}, {"type": leave}]
        yield with_value(slips, ("strategy",), {"orderList": {"orders": orders}})
    for source in ("FILL_SOURCE_QUOTES", "FILL_SOURCE_BOOK"):
        for plain, entry in itertools.product((whole, slips), ORDER_TYPES):
            of_source = with_value(plain, ("fillSource",), source)
            yield with_value(of_source, ("orders", "entry", "type"), entry)
            leaves = with_value(of_source, ("orders", "exit", "type"), "ORDER_TYPE_STOP")
            yield with_value(leaves, ("orders", "entry", "type"), entry)
    for free, earned in itertools.product((-1.0, -0.0, 0.02), (0.0, 0.02, 0.03)):
        cash = with_value(whole, ("financing", "cashInterestRatio"), earned)
        yield with_value(cash, ("riskFreeRatio",), free)
    for part in ("valueRatio", "perUnit", "minimum", "perOrder"):
        for value in (5e-324, 9.999e-7, 1e-6, 0.01):
            yield with_value(whole, ("commission", part), value)
    for tiers in TIERS:
        yield with_value(whole, ("commission", "tiers"), tiers)


def test_both_derive_the_same_labels_of_every_specification() -> None:
    found = {}
    for document in documents():
        labels = spec_from_document(document).labels

        assert labels_of(document) == list(labels), document

        found.update(dict.fromkeys(labels, document))
    assert found.keys() >= set().union(*REFUSED_LABELS.values())
    assert len(found) == 14
