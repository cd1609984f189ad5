"""The gate that is calibrated is the gate that decides."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from calibration_gate import TRIALS, Gate
from google.protobuf import json_format

from aurelius_engine.adapters.market_adapters import shipped_adapters
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.application.records import FileFormat
from tests.contract.chassis.tokens import Issuer
from tests.contract.engine import serving as engines
from tests.contract.governance.serving import Served, serving

SPEC = {
    "commission": {"valueRatio": 0.0001},
    "slippage": {"halfSpreadRatio": 0.0001},
    "strategy": {"trendFollowing": {"fastBars": 10, "slowBars": 60}},
}


# What asks what a registered run rests on, and not how good it is.
OF_THE_SUITE = ("identity_verified", "lineage_verified", "replay_equal", "data_quality_clean")


@pytest.fixture
def engine(tmp_path: Path, goog_csv: Path) -> Iterator[engines.Served]:
    with engines.serving(tmp_path) as engine:
        engine.register(goog_csv.read_bytes())
        yield engine


@pytest.fixture
def service(engine: engines.Served, tmp_path: Path) -> Iterator[Served]:
    issuer = Issuer(engines.KEY_ID)
    issuer.key = engines.KEY
    with serving(tmp_path, engine.target, issuer) as service:
        yield service


def test_both_find_the_same_in_every_part(
    engine: engines.Served, service: Served, goog_csv: Path
) -> None:
    run = engine.sealed(**SPEC)
    service.record(run.name)
    zone = packaged_calendars().zone(run.spec.calendar)
    table = shipped_adapters().read(FileFormat.CSV, goog_csv.read_bytes(), zone).table
    gate = Gate()
    candidate = gate.candidate(json_format.MessageToDict(run.spec), table, run.identity.seed)

    decided = {
        check.check: (check.passed, check.observed)
        for check in service.gate(run.name, "crv").checks
        if check.check not in OF_THE_SUITE
    }
    found = {
        part if part == TRIALS else f"{part}_passed": (judgement.passed, judgement.observed)
        for part, judgement in gate.verdicts(candidate, [candidate.sharpe])
    }

    assert found == decided
