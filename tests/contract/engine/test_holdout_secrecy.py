"""Two engines that differ in their sealed prices alone are told apart by no answer.

Whatever is said of sealed data beside its digests is the same for other prices at the same
times: so nothing follows from a price, neither a number nor a count, a date or a word. Both
engines have clocks that stand and ids that count, so that all else is equal.
"""

import itertools
import re
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf import descriptor_pool, json_format
from google.protobuf.message import Message
from grpc_status import rpc_status

from aurelius_engine.parts import Parts
from tests.contract.engine import vaults
from tests.contract.engine.serving import Served, serving, token
from tests.contract.engine.test_holdout_attacks import POLICIES, Target, attacks
from tests.contract.engine.vaults import ALWAYS, KEPT, NEVER, VAULT

NOW_NS = 1_800_000_000_000_000_000
# Digests tell two tables apart, and are meant to; so do the id of a run and what a proof has.
DIGESTS = re.compile(r"[0-9a-f]{64}|\b[rsv][a-z2-7]{26}\b|(?<=\")[A-Za-z0-9+/]{43}=")
# What a log says of time, and of who asked how often.
OF_THE_CALL = re.compile(
    r"^\S+ \S+ |duration_ms=\S+|request_id=\S+|trace_id=\S+|result_digest=\S+", re.MULTILINE
)


def otherwise() -> np.ndarray:
    """Closes at the same times: near 40, of other steps, one of them an outlier, and no error."""
    steps = 1.0 + 0.03 * np.sin(np.arange(float(vaults.SEALED_CLOSES.size)) ** 2)
    closes = 40.0 * np.cumprod(steps).reshape(vaults.SEALED_CLOSES.shape)
    closes[30, 0] *= 1.37
    return np.round(closes, 4)


PRICES: Mapping[str, np.ndarray] = {"one": vaults.SEALED_CLOSES, "other": otherwise()}
SPECS: tuple[Mapping[str, Any], ...] = (
    {},
    {"strategy": {"buyAndHold": {}}, "symbols": ["AAA"]},
    {"strategy": {"formula": {"text": "close - 5000"}}},
    {"barInterval": "BAR_INTERVAL_DAY", "benchmarkSymbol": "BBB"},
)
# They name an upload by a random id that its uploader alone was told, and say how long the
# uploaded file is.
OF_THE_UPLOADER = {f"DatasetService/{verb}DatasetUpload" for verb in ("Get", "Append", "Commit")}
# Beside the attacks on what is stored: what is refused, pending or asked for again.
ASKED_AGAIN: Mapping[str, list[dict[str, Any]]] = {
    "HoldoutService/EvaluateHoldout": [
        {"name": VAULT, "run": "runs/r" + "a" * 26, "requestId": "no run"},
        {"name": "holdoutVaults/none", "run": "runs/r" + "a" * 26, "requestId": "no vault"},
    ],
    "DatasetQualityService/GetDatasetQualityReport": [{"name": f"{KEPT}/qualityReport"}],
}


def told(engine: Served, method: str, document: Mapping[str, Any]) -> str:
    """All that a caller hears, as text: each message, or the status with its details."""
    policy = POLICIES[method]
    request = json_format.ParseDict(dict(document), policy.request_type())
    call = engine.channel.unary_stream(
        policy.path,
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=policy.response_type.FromString,
    )
    try:
        said = [text_of(message) for message in call(request, metadata=token(), timeout=60)]
    except grpc.RpcError as refused:
        status: Any = rpc_status.from_call(refused)  # type: ignore[arg-type]
        said = [refused.code().name, text_of(status)]
    return "\n".join(said)


def text_of(message: Message) -> str:
    return json_format.MessageToJson(message, descriptor_pool=descriptor_pool.Default())


def heard(folder: Path, closes: np.ndarray, capfd: pytest.CaptureFixture[str]) -> dict[str, str]:
    """All that an engine with sealed prices says to a caller, an operator and its metrics."""
    ids = itertools.count(1)
    parts = Parts(clock=lambda: NOW_NS, new_id=lambda: f"u{next(ids):032x}")
    folder.mkdir()
    said: dict[str, str] = {}
    with serving(folder, parts=parts, metrics_listen="127.0.0.1:0", run_workers=1) as engine:
        vaults.registered(engine, vaults.OPEN_FILE, "seen", vaults.OPEN)
        vaults.registered(engine, vaults.file_of(closes, "2015-05-01"), "kept", vaults.SEALED)
        vault = vaults.create_vault(engine, ALWAYS, NEVER, budget=1000, reveals=True)
        runs = [engine.sealed(dataset="datasets/seen", **spec) for spec in SPECS]
        for number, run in enumerate(runs):
            document = {"name": VAULT, "run": run.name, "requestId": f"number {number}"}
            for time in ("first", "again"):
                said[f"{number} {time}"] = told(engine, "HoldoutService/EvaluateHoldout", document)
        target = Target(
            vault.data_hash,
            runs[0].name,
            json_format.MessageToDict(runs[0].identity),
            "datasetUploads/u" + f"{2:032x}",
        )
        for asked in (attacks(target), ASKED_AGAIN):
            for method in sorted(asked.keys() - OF_THE_UPLOADER):
                for request in asked[method]:
                    said[f"{method} {sorted(request.items())}"] = told(engine, method, request)
        url = f"http://127.0.0.1:{engine.engine.server.metrics_port}/metrics"
        with urllib.request.urlopen(url, timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        kept = [line for line in lines if not re.search(r"_bucket|_sum|_created", line)]
        said["metrics"] = "\n".join(kept)
    output = capfd.readouterr()
    log = OF_THE_CALL.sub("", output.out + output.err)
    said["log"] = "\n".join(sorted(log.splitlines()))
    return {DIGESTS.sub("#", what): DIGESTS.sub("#", text) for what, text in said.items()}


def test_no_answer_log_line_or_metric_depends_on_a_sealed_price(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    one, other = (heard(tmp_path / name, PRICES[name], capfd) for name in PRICES)

    assert one.keys() == other.keys()
    assert len(one) > 50
    for what, text in one.items():
        assert text == other[what], what
    assert "VERDICT_PASSED" in one["0 first"]
    assert "rpc_ended" in one["log"]
    assert "aurelius_rpc_total" in one["metrics"]


def test_the_same_prices_open_are_told_apart(tmp_path: Path) -> None:
    """The comparison can fail: of open bars a slice, a view or a run says which they are."""
    texts = set()
    for name, closes in PRICES.items():
        (tmp_path / name).mkdir()
        with serving(tmp_path / name, parts=Parts(clock=lambda: NOW_NS)) as engine:
            data = vaults.file_of(closes, "2015-05-01")
            vaults.registered(engine, data, "kept", vaults.OPEN)
            run = engine.sealed(dataset=KEPT)
            texts.add(DIGESTS.sub("#", str([m.value for m in run.result.metrics])))

    assert len(texts) == 2
