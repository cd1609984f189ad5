"""Every metric of runs that a person can read, to the last bit."""

import json
from pathlib import Path

import pytest
from golden_metrics import outcomes_of

from aurelius_engine.domain.metrics import REGISTRY

CASES = sorted(Path(__file__).parent.glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_metrics_are_the_ones_written_down(path: Path) -> None:
    case = json.loads(path.read_text())

    found = outcomes_of(case["input"])

    assert list(found) == [metric.id for metric in REGISTRY]
    assert found == case["want"]


def test_the_files_define_every_metric_somewhere() -> None:
    wanted = [json.loads(path.read_text())["want"] for path in CASES]

    assert len(CASES) >= 2
    for metric in REGISTRY:
        assert any(isinstance(want[metric.id], float) for want in wanted), metric.id
