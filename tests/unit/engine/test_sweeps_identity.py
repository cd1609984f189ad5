"""The identities of docs/specs/sweeps.md, computed again from its words alone."""

import base64
import hashlib
import struct
from typing import Any

import pytest
import rfc8785
from google.protobuf import json_format

from aurelius.engine.v1 import sweep_pb2
from aurelius_engine.application.job_records import SWEEP, JobIdentity
from aurelius_engine.domain.identity import RunIdentity, spec_hash
from aurelius_engine.domain.sweeps.hashes import TrialHashes, with_values
from aurelius_engine.domain.sweeps.trials import Trial, TrialState
from aurelius_engine.rpc.sweep_resolution import resolve_sweep

DATA_HASH = "sha256:" + "ab" * 32
FAST, SLOW = "strategy.trendFollowing.fastBars", "strategy.trendFollowing.slowBars"


def resolved(**changes: Any) -> dict[str, Any]:
    document = {
        "base": {
            "strategy": {"trendFollowing": {"fastBars": 10, "slowBars": 20}},
            "calendar": "XNYS",
        },
        "parameters": [
            {"path": SLOW, "intRange": {"lower": 20, "upper": 40, "step": 10}},
            {"path": "commission.value_ratio", "valueList": {"values": [0.001, 1e-7, 0]}},
            {"path": FAST, "intRange": {"lower": 2, "upper": 4}},
        ],
        "grid": {},
        "objective": {"metricId": "sharpe_ratio", "direction": "DIRECTION_MAXIMIZE"},
    } | changes
    chosen = {name: value for name, value in document.items() if value is not None}
    return resolve_sweep(json_format.ParseDict(chosen, sweep_pb2.SweepSpec()))


def test_a_sweep_is_named_by_its_specification_data_seed_and_engine() -> None:
    document = resolved()
    identity = JobIdentity(
        kind=SWEEP,
        document_hash=SWEEP.hash_of(document),
        data_hash=DATA_HASH,
        seed=2**64 - 1,
        engine_version="1.2.3+0123456789ab",
    )

    said = hashlib.sha256(b"aurelius.sweep.v1\n" + rfc8785.dumps(document)).hexdigest()
    whole = {
        "sweepHash": f"sha256:{said}",
        "dataHash": DATA_HASH,
        "seed": "18446744073709551615",
        "engineVersion": "1.2.3+0123456789ab",
    }
    digest = hashlib.sha256(b"aurelius.sweep_id.v1\n" + rfc8785.dumps(whole)).digest()
    assert identity.id == "s" + base64.b32encode(digest).decode().lower()[:26]


def test_spelling_and_defaults_do_not_change_a_sweep() -> None:
    plain = resolved()
    spelled = resolved(
        parameters=[
            {
                "path": "strategy.trend_following.slow_bars",
                "intRange": {"lower": 20, "upper": 40, "step": 10},
            },
            {"path": "commission.valueRatio", "valueList": {"values": [0.001, 1e-7, 0.0]}},
            {"path": FAST, "intRange": {"lower": 2, "upper": 4, "step": 1}},
        ]
    )

    assert SWEEP.hash_of(spelled) == SWEEP.hash_of(plain)
    assert SWEEP.hash_of(resolved(grid={}, metricIds=["sharpe_ratio"])) != SWEEP.hash_of(plain)


@pytest.mark.parametrize("values", [(20, 0.001, 3), (40, 1e-7, 2), (30, 0.0, 4), (20, 0, 2)])
def test_a_trial_has_the_identity_of_its_specification(values: tuple[Any, ...]) -> None:
    document = resolved()
    base, paths = document["base"], [entry["path"] for entry in document["parameters"]]
    facts = {"data_hash": DATA_HASH, "seed": 2**63, "engine_version": "1.2.3+0123456789ab"}
    hashes = TrialHashes(base, paths, **facts)

    hashed = hashes.spec_hash(values)

    want = spec_hash(with_values(base, paths, values))
    assert hashed == want
    assert hashes.run_id(hashed) == RunIdentity(spec_hash=want, **facts).run_id
    assert base["commission"]["valueRatio"] == 0.0, "the base is as it was"


def test_the_digest_of_metrics_is_over_the_bytes_that_the_document_names() -> None:
    trial = Trial(
        number=0,
        values=(),
        run_id="rabc",
        spec_hash="",
        state=TrialState.SUCCEEDED,
        outcomes=(1.5, "UNDEFINED_NO_RISK"),
    )

    nan = bytes.fromhex("000000000000f87f")
    said = b"aurelius.trial.v1\nrabc\nx\n" + struct.pack("<d", 1.5) + b"\ny\n" + nan
    want = hashlib.sha256(said + b"UNDEFINED_NO_RISK\n").hexdigest()
    assert trial.metrics_digest(["x", "y"]) == f"sha256:{want}"
