from dataclasses import replace

import pytest

from aurelius_governance.domain import lineage, stated_result
from aurelius_governance.domain.identity import result_digest
from aurelius_governance.domain.lineage import EvidenceItem, EvidenceKind, EvidenceState, RunFacts
from aurelius_governance.domain.stated_result import StatedMetric, StatedResult
from aurelius_governance.domain.table_hash import Column, table_hash
from tests.unit.governance import evidence
from tests.unit.governance.evidence import FACTS, METRICS, STATED


def stated_item(facts: RunFacts) -> EvidenceItem:
    (item,) = [x for x in lineage.verify(facts) if x.kind is EvidenceKind.STATED_RESULT]
    return item


def with_metric(place: int, metric: StatedMetric) -> StatedResult:
    return replace(STATED, metrics=(*METRICS[:place], metric, *METRICS[place + 1 :]))


def with_artifact(place: int, **changes: object) -> StatedResult:
    changed = replace(STATED.artifacts[place], **changes)  # type: ignore[arg-type]
    artifacts = (*STATED.artifacts[:place], changed, *STATED.artifacts[place + 1 :])
    return replace(STATED, artifacts=artifacts)


def test_statement_that_agrees_is_verified() -> None:
    item = stated_item(FACTS)

    assert item.state is EvidenceState.VERIFIED
    assert item.expected == item.observed == STATED.digest


EXTRA = replace(METRICS[0], metric_id="sharpe_ratio")
OTHER = f"sha256:{'00' * 32}"
TAMPERED: dict[str, tuple[StatedResult, str]] = {
    "value": (
        with_metric(0, replace(METRICS[0], value=1.5000000000000002)),
        "metric final_equity: stated 1.5000000000000002, in the artifacts 1.5.",
    ),
    "sign_of_zero": (
        with_metric(1, replace(METRICS[1], value=0.0)),
        "metric loss: stated 0.0, in the artifacts -0.0.",
    ),
    "value_made_undefined": (
        with_metric(0, replace(METRICS[0], value=None, undefined_reason="1.5")),
        "metric final_equity: stated undefined, 1.5, in the artifacts 1.5.",
    ),
    "undefined_reason": (
        with_metric(2, replace(METRICS[2], undefined_reason="UNDEFINED_OVERFLOW")),
        "metric win_rate_ratio: stated undefined, UNDEFINED_OVERFLOW,"
        " in the artifacts undefined, UNDEFINED_NO_TRADES.",
    ),
    "undefined_made_a_value": (
        with_metric(2, replace(METRICS[2], value=0.7, undefined_reason="")),
        "metric win_rate_ratio: stated 0.7, in the artifacts undefined, UNDEFINED_NO_TRADES.",
    ),
    "neither_value_nor_reason": (
        with_metric(2, replace(METRICS[2], undefined_reason="")),
        "metric win_rate_ratio: stated nothing, in the artifacts undefined, UNDEFINED_NO_TRADES.",
    ),
    "version": (
        with_metric(0, replace(METRICS[0], version=2)),
        "metric final_equity version: stated 2, in the artifacts 1.",
    ),
    "unit": (
        with_metric(0, replace(METRICS[0], unit="ratio")),
        "metric final_equity unit: stated ratio, in the artifacts quote_currency.",
    ),
    "missing_metric": (
        replace(STATED, metrics=METRICS[1:]),
        "metric final_equity: stated nothing, in the artifacts 1.5.",
    ),
    "no_metrics": (
        replace(STATED, metrics=()),
        "metric final_equity: stated nothing, in the artifacts 1.5.",
    ),
    "additional_metric": (
        replace(STATED, metrics=(*METRICS, EXTRA)),
        "metric sharpe_ratio: stated 1.5, in the artifacts nothing.",
    ),
    "metric_twice": (
        replace(STATED, metrics=(*METRICS, METRICS[0])),
        "order: stated metric final_equity, in the artifacts artifact equity digest.",
    ),
    "order_of_metrics": (
        replace(STATED, metrics=METRICS[::-1]),
        "order: stated metric win_rate_ratio, in the artifacts metric final_equity.",
    ),
    "artifact_digest": (
        with_artifact(0, digest=OTHER),
        f"artifact equity digest: stated {OTHER}, in the artifacts {STATED.artifacts[0].digest}.",
    ),
    "row_count": (
        with_artifact(1, row_count=3),
        "artifact fills row_count: stated 3, in the artifacts 2.",
    ),
    "missing_artifact": (
        replace(STATED, artifacts=STATED.artifacts[:-1]),
        f"artifact trades digest: stated nothing, in the artifacts {STATED.artifacts[-1].digest}.",
    ),
    "name": (
        replace(STATED, backtest="runs/other"),
        f"name: stated runs/other, in the artifacts {evidence.RUN}.",
    ),
    "run": (
        replace(STATED, run="runs/other"),
        f"run: stated runs/other, in the artifacts {evidence.RUN}.",
    ),
    "seed": (
        replace(STATED, identity=replace(evidence.IDENTITY, seed=0)),
        f"seed: stated 0, in the artifacts {2**64 - 1}.",
    ),
    "spec_hash": (
        replace(STATED, identity=replace(evidence.IDENTITY, spec_hash=OTHER)),
        f"spec_hash: stated {OTHER}, in the artifacts {evidence.IDENTITY.spec_hash}.",
    ),
    "data_hash": (
        replace(STATED, identity=replace(evidence.IDENTITY, data_hash=OTHER)),
        f"data_hash: stated {OTHER}, in the artifacts {evidence.IDENTITY.data_hash}.",
    ),
    "engine_version": (
        replace(STATED, identity=replace(evidence.IDENTITY, engine_version="2.0.0")),
        "engine_version: stated 2.0.0, in the artifacts 0.1.0+0123456789ab.",
    ),
    "missing_label": (
        replace(STATED, labels=STATED.labels[1:]),
        "label volume_ignored: stated nothing, in the artifacts stated.",
    ),
    "additional_label": (
        replace(STATED, labels=(*STATED.labels, "audited")),
        "label audited: stated stated, in the artifacts nothing.",
    ),
}


@pytest.mark.parametrize("part", TAMPERED)
def test_tampered_statement_fails_and_names_the_first_difference(part: str) -> None:
    stated, difference = TAMPERED[part]

    item = stated_item(replace(FACTS, stated=stated))

    assert item.state is EvidenceState.FAILED
    assert item.detail == f"First difference: {difference}"
    assert item.expected != item.observed


def with_metrics_artifact(*columns: Column) -> RunFacts:
    """Facts whose metrics artifact is another table, and whose statement has its digest."""
    digest = table_hash(columns)
    place = evidence.PARTS.index("metrics")
    artifact = replace(FACTS.artifacts[place], columns=columns, digest=digest)
    artifacts = (*FACTS.artifacts[:place], artifact, *FACTS.artifacts[place + 1 :])
    stated = replace(
        with_artifact(place, digest=digest, row_count=artifact.row_count),
        result_digest=result_digest({item.part: item.digest for item in artifacts}),
    )
    return replace(FACTS, artifacts=artifacts, stated=stated)


def test_artifact_that_is_no_table_of_metrics_bears_out_no_statement() -> None:
    facts = with_metrics_artifact(*evidence.COLUMNS)

    for stated in (facts.stated, replace(facts.stated, metrics=())):
        item = stated_item(replace(facts, stated=stated))
        assert item.state is EvidenceState.FAILED
        assert "in the artifacts none that can be read" in item.detail


@pytest.mark.parametrize(
    ("value", "reason"), [(float("nan"), ""), (float("inf"), ""), (1.5, "UNDEFINED_NO_RISK")]
)
def test_artifact_whose_metric_is_not_one_of_value_and_reason_fails(
    value: float, reason: str
) -> None:
    names, versions, units, values, reasons = evidence.METRIC_COLUMNS
    columns = (
        names,
        versions,
        units,
        replace(values, values=[value, *values.values[1:]]),
        replace(reasons, values=[reason, *reasons.values[1:]]),
    )
    facts = with_metrics_artifact(*columns)
    stated = replace(facts.stated, metrics=stated_result.metrics_of(columns))

    item = stated_item(replace(facts, stated=stated))

    assert item.state is EvidenceState.FAILED
    assert "not one of a finite value and a reason" in item.detail


def test_long_texts_are_cut() -> None:
    item = stated_item(replace(FACTS, stated=replace(STATED, run="x" * 10_000)))

    assert len(item.detail) < 500


def test_record_without_a_verified_statement_is_not_verified() -> None:
    whole = evidence.record()
    without = [x for x in whole.evidence if x.kind is not EvidenceKind.STATED_RESULT]

    assert whole.state is lineage.LineageState.VERIFIED
    assert replace(whole, evidence=without).state is lineage.LineageState.FAILED
