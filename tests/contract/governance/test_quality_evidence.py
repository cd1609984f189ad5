"""Governance reads the quality report of a run's data, and believes none of it."""

from collections.abc import Callable
from typing import Any

import pytest

from aurelius.governance.v1 import lineage_record_pb2
from tests.contract.governance.engine_double import RUN, EngineDouble
from tests.contract.governance.quality_double import QualityDouble
from tests.contract.governance.serving import Served

_Item = lineage_record_pb2.EvidenceItem
KIND = lineage_record_pb2.EVIDENCE_KIND_DATA_QUALITY_REPORT


def item_of(service: Served) -> Any:
    [item] = [item for item in service.record(RUN).evidence if item.kind == KIND]
    return item


def test_a_report_is_verified_with_its_worst_finding(service: Served, double: EngineDouble) -> None:
    item = item_of(service)

    assert item.state == _Item.STATE_VERIFIED
    assert item.subject == "datasets/goog/qualityReport"
    assert item.expected == item.observed == double.quality.digest
    assert item.detail == "Recomputed and equal. The worst finding is INFO."


def _forge_severity(quality: QualityDouble) -> None:
    quality.report.severity = 1
    quality.digest = quality.computed()


FORGERIES: dict[str, tuple[Callable[[QualityDouble], object], str]] = {
    "report": (lambda q: setattr(q.report, "rules_version", 2), "Recomputed and different."),
    "table": (
        lambda q: q.tables["findings"].update(count=[4]),
        "The table findings has another digest than it states.",
    ),
    "severity": (_forge_severity, "Its worst finding is INFO, and it states NONE."),
    "absent": (
        lambda q: setattr(q, "absent", True),
        "The engine has no report on the quality of the data.",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_report_that_is_not_what_it_states_fails(
    service: Served, double: EngineDouble, forgery: str
) -> None:
    forge, why = FORGERIES[forgery]
    forge(double.quality)

    item = item_of(service)

    assert (item.state, item.detail) == (_Item.STATE_FAILED, why)
    assert service.record(RUN).state == lineage_record_pb2.LineageRecord.STATE_FAILED
