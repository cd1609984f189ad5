"""Sealed bars that go on from open ones, and vaults on them."""

import struct
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import dataset_pb2, holdout_pb2, sweep_pb2
from aurelius.engine.v1 import holdout_service_pb2 as pb
from tests.contract.engine.serving import PROVENANCE, Served, refusal_of, token, upload_request

HEADER = "time,symbol,open,high,low,close,volume\n"
SEALED, OPEN = "DATA_CLASS_SEALED", "DATA_CLASS_REAL"
SYMBOLS = ("AAA", "BBB")
OPEN_BARS, SEALED_BARS = 120, 60
KEPT, VAULT = "datasets/kept", "holdoutVaults/final"
Verdict = holdout_pb2.HoldoutEvaluation
# Of everything that the vault's fixtures compute this holds, and its contrary does not.
ALWAYS = ("total_return_ratio", "GREATER", -1.0)
NEVER = ("total_return_ratio", "LESS", -1.0)


def walk(seed: int, bars: int, begin: float) -> np.ndarray:
    """Closes of shape (bars, symbols), to four digits after the point."""
    steps = np.random.default_rng(seed).normal(0.0, 0.01, (bars, len(SYMBOLS)))
    return np.round(begin * np.cumprod(1.0 + steps, axis=0), 4)


def file_of(
    closes: np.ndarray, first_day: str, symbols: Sequence[str] = SYMBOLS, *, days: int = 1
) -> bytes:
    """A file of flat bars, `days` apart."""
    lines = [HEADER]
    for bar, row in enumerate(closes.tolist()):
        day = np.datetime64(first_day) + days * bar
        lines += [
            f"{day},{name},{p},{p},{p},{p},1000\n" for name, p in zip(symbols, row, strict=True)
        ]
    return "".join(lines).encode()


# Nothing else in an engine is as large as these prices.
OPEN_CLOSES = walk(1, OPEN_BARS, 4700.0)
SEALED_CLOSES = walk(2, SEALED_BARS, 7300.0)
OPEN_FILE = file_of(OPEN_CLOSES, "2015-01-01")
SEALED_FILE = file_of(SEALED_CLOSES, "2015-05-01")


def stated(series: str, data_class: str) -> dict[str, Any]:
    """A provenance, as proto JSON."""
    return PROVENANCE | {
        "dataClass": data_class,
        "asOfTime": "2026-01-01T00:00:00Z",
        "series": series,
    }


def registered(
    engine: Served, data: bytes, name: str, data_class: str, **more: Any
) -> dataset_pb2.Dataset:
    """Registers a file; `more` goes into its provenance."""
    provenance = json_format.ParseDict(stated(name, data_class) | more, dataset_pb2.Provenance())
    upload = engine.datasets.CreateDatasetUpload(
        upload_request(dataset_id=name, size_bytes=len(data), provenance=provenance),
        metadata=token(),
    )
    engine.append(upload.name, 0, data)
    return engine.commit(upload.name)


def registered_both(engine: Served) -> None:
    """Registers `datasets/seen`, and what goes on from it as the sealed `datasets/kept`."""
    registered(engine, OPEN_FILE, "seen", OPEN)
    registered(engine, SEALED_FILE, "kept", SEALED)


def vault_request(
    *criteria: tuple[str, str, float],
    vault_id: str = "final",
    dataset: str = KEPT,
    budget: int = 3,
    reveals: bool = False,
) -> pb.CreateHoldoutVaultRequest:
    vault = holdout_pb2.HoldoutVault(dataset=dataset, budget_count=budget, reveals_criteria=reveals)
    for metric_id, comparison, bound in criteria or (ALWAYS,):
        kind = sweep_pb2.Comparison.Value(f"COMPARISON_{comparison}")
        vault.criteria.add(metric_id=metric_id, comparison=kind, bound=bound)
    return pb.CreateHoldoutVaultRequest(holdout_vault_id=vault_id, holdout_vault=vault)


def create_vault(engine: Served, *criteria: Any, **how: Any) -> holdout_pb2.HoldoutVault:
    request = vault_request(*criteria, **how)
    return engine.holdouts.CreateHoldoutVault(request, metadata=token("ROLE_RISK"))


def get_vault(engine: Served, name: str = VAULT) -> holdout_pb2.HoldoutVault:
    request = pb.GetHoldoutVaultRequest(name=name)
    return engine.holdouts.GetHoldoutVault(request, metadata=token())


def run_of(engine: Served, seed: int = 0, **spec: Any) -> str:
    """The name of a sealed run on the open bars; each seed has its own."""
    return str(engine.sealed(dataset="datasets/seen", seed=seed, **spec).name)


def evaluate(
    engine: Served,
    run: str,
    vault: str = VAULT,
    *,
    request_id: str = "",
    timeout: float = 120.0,
    user: str = "rita",
) -> pb.EvaluateHoldoutResponse:
    """Asks once; each call has an id of its own unless it is given one."""
    request = pb.EvaluateHoldoutRequest(
        name=vault, run=run, request_id=request_id or str(uuid.uuid4())
    )
    metadata = token(user=user)
    return engine.holdouts.EvaluateHoldout(request, metadata=metadata, timeout=timeout)


def log_of(engine: Served, vault: str = VAULT) -> list[holdout_pb2.HoldoutEvaluation]:
    request = pb.ListHoldoutEvaluationsRequest(parent=vault)
    answer = engine.holdouts.ListHoldoutEvaluations(request, metadata=token())
    return list(answer.holdout_evaluations)


def refused(call: Callable[[], Any]) -> tuple[str, str, dict[str, str]]:
    """The code, reason and facts of a call that has to be refused."""
    with pytest.raises(grpc.RpcError) as refusal:
        call()
    return refusal_of(refusal.value)


def damage(folder: Path) -> None:
    """Changes a price of the sealed bars where they are stored."""
    first = struct.pack("<d", float(SEALED_CLOSES[0, 0]))
    objects = [path for path in (folder / "objects").rglob("*") if path.is_file()]
    (kept,) = [path for path in objects if first in path.read_bytes()]
    kept.chmod(0o600)
    kept.write_bytes(kept.read_bytes().replace(first, struct.pack("<d", 1.0)))
