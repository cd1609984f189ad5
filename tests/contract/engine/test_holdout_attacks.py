"""No door, table, object or line of the log has a price of sealed bars, or what came of them."""

import base64
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from sqlalchemy import create_engine, inspect, text

from aurelius_chassis.descriptors import MethodPolicy, method_policies
from aurelius_engine.domain.errors import AccountingBreach, EngineError, RowRefused
from aurelius_engine.parts import SHIPPED, Parts
from aurelius_engine.rpc.mounting import _ADDERS
from tests.contract.engine import vaults
from tests.contract.engine.serving import SPEC, Served, serving, token
from tests.contract.engine.sweeping import BEST_RETURN, THIRTY
from tests.contract.engine.vaults import KEPT, VAULT, Verdict, create_vault, evaluate, run_of

POLICIES: Mapping[str, MethodPolicy] = {
    path.removeprefix("/aurelius.engine.v1."): policy
    for path, policy in method_policies(
        f"aurelius.engine.v1.{name}Service" for name in _ADDERS
    ).items()
}
# What a price looks like in a text, and in a file of doubles.
PRICES = vaults.SEALED_CLOSES.ravel().tolist()
MARKS = [str(price).encode() for price in PRICES] + [struct.pack("<d", price) for price in PRICES]
STUDIES: Mapping[str, dict[str, Any]] = {
    "lookAheadProof": {"sampleCount": 2},
    "bootstrap": {"resampleCount": 100, "meanBlockBars": 20},
}


@dataclass(frozen=True)
class Target:
    """What an attacker knows: all that is public."""

    data_hash: str
    run: str
    identity: dict[str, Any]
    upload: str


def attacks(t: Target) -> Mapping[str, list[dict[str, Any]]]:
    """Requests for each RPC that names a dataset, a run, data, or what was made of them."""
    chunk = {"contentType": "text/csv", "data": base64.b64encode(b"x").decode()}
    times = {"asOfTime": "2026-01-02T00:00:00Z"}
    return {
        "MarketEventService/ListMarketEvents": [{"parent": KEPT}],
        "MarketEventService/CreateDerivedDataset": [
            {"datasetId": "derived", "sourceDataset": KEPT, "rule": {"tradeCount": "1"}}
        ],
        "DatasetService/CreateDatasetUpload": [
            {
                "datasetId": "kept",
                "format": "FILE_FORMAT_CSV",
                "sizeBytes": "10",
                "provenance": vaults.stated("kept", vaults.OPEN),
            }
        ],
        "DatasetService/GetDatasetUpload": [{"name": t.upload}],
        "DatasetService/AppendDatasetUpload": [{"name": t.upload, "chunk": chunk}],
        "DatasetService/CommitDatasetUpload": [{"name": t.upload}],
        "DatasetService/GetDataset": [{"name": KEPT}],
        "DatasetService/ListDatasets": [{}, {"series": "kept"}],
        "DatasetService/GetDatasetAsOf": [{"series": "kept", **times}],
        "DatasetService/GetDatasetSlice": [{"name": KEPT}, {"name": KEPT, "symbols": ["AAA"]}],
        "DatasetService/DownloadDatasetSlice": [{"name": KEPT}],
        "DatasetService/DescribeAdjustedBars": [
            {"name": KEPT, "adjustment": "ADJUSTMENT_RAW", **times}
        ],
        "DatasetService/DownloadAdjustedBars": [
            {"name": KEPT, "adjustment": "ADJUSTMENT_RAW", "format": "DOWNLOAD_FORMAT_CSV", **times}
        ],
        "DatasetQualityService/GetDatasetQualityReport": [{"name": f"{KEPT}/qualityReport"}],
        "DatasetQualityService/DownloadDatasetQualityTable": [
            {"name": f"{KEPT}/qualityTables/{table}", "format": "DOWNLOAD_FORMAT_CSV"}
            for table in ("coverage", "findings")
        ],
        "BacktestService/CreateBacktest": [
            {"spec": SPEC, "dataset": KEPT},
            {"spec": SPEC | {"initialCash": 1e-300}, "dataset": KEPT},
        ],
        "BacktestService/GetBacktest": [{"name": t.run}],
        "BacktestService/ListBacktests": [{"dataset": KEPT}, {}],
        "BacktestService/WatchBacktest": [{"name": t.run}],
        "BacktestService/CancelBacktest": [{"name": t.run}],
        "BacktestService/CompareBacktests": [{"name": t.run, "other": t.run}],
        "ArtifactService/ListArtifacts": [{"parent": t.run}],
        "ArtifactService/ReadArtifact": [{"name": f"{t.run}/artifacts/equity"}],
        "ArtifactService/DownloadArtifact": [
            {"name": f"{t.run}/artifacts/{name}", "format": "DOWNLOAD_FORMAT_CSV"}
            for name in ("equity", "fills")
        ],
        "ReplayService/CreateReplay": [{"identity": t.identity | {"dataHash": t.data_hash}}],
        "ReplayService/GetReplay": [{"name": "replays/kept"}],
        "ReplayService/WatchReplay": [{"name": "replays/kept"}],
        "OptimizationService/CreateSweep": [
            {
                "spec": {
                    "base": SPEC,
                    "parameters": THIRTY,
                    "grid": {},
                    "objective": BEST_RETURN,
                },
                "dataset": KEPT,
            }
        ],
        "OptimizationService/GetSweep": [{"name": "sweeps/s" + "a" * 26}],
        "OptimizationService/ListSweeps": [{"dataset": KEPT}, {}],
        "OptimizationService/WatchSweep": [{"name": "sweeps/s" + "a" * 26}],
        "OptimizationService/CancelSweep": [{"name": "sweeps/s" + "a" * 26}],
        "OptimizationService/GetSweepTrial": [{"name": "sweeps/s" + "a" * 26 + "/trials/1"}],
        "OptimizationService/DownloadSweepTrials": [{"name": "sweeps/s" + "a" * 26}],
        "ValidationService/CreateValidation": [
            {"spec": {"base": SPEC, study: terms}, "dataset": KEPT}
            for study, terms in STUDIES.items()
        ],
        "ValidationService/GetValidation": [{"name": "validations/v" + "a" * 26}],
        "ValidationService/ListValidations": [{"dataset": KEPT}, {}],
        "ValidationService/WatchValidation": [{"name": "validations/v" + "a" * 26}],
        "ValidationService/CancelValidation": [{"name": "validations/v" + "a" * 26}],
        "ValidationService/DownloadValidationTable": [
            {"name": "validations/v" + "a" * 26 + "/tables/checks"}
        ],
        "TrialLedgerService/ListTrialEntries": [{}],
        "TrialLedgerService/ProveTrialEntry": [{"name": f"trialEntries/{n}"} for n in range(5)],
        "TrialLedgerService/AssessTrials": [{"name": t.run}],
        "HoldoutService/CreateHoldoutVault": [
            {
                "holdoutVaultId": "more",
                "holdoutVault": {
                    "dataset": KEPT,
                    "budgetCount": 1000,
                    "criteria": [
                        {
                            "metricId": "total_return_ratio",
                            "comparison": "COMPARISON_LESS",
                            "bound": 0,
                        }
                    ],
                },
            }
        ],
        "HoldoutService/GetHoldoutVault": [{"name": VAULT}],
        "HoldoutService/ListHoldoutVaults": [{}],
        "HoldoutService/EvaluateHoldout": [{"name": VAULT, "run": t.run, "requestId": "an attack"}],
        "HoldoutService/ListHoldoutEvaluations": [{"parent": VAULT}],
    }


# RPCs whose requests name nothing that is stored.
FREE = {
    "FormulaService/CheckFormula",
    "OptionPricingService/PriceOption",
    "OptionPricingService/ImplyVolatility",
    "MarketAdapterService/ListMarketAdapters",
}


# RPCs that ask for the bars themselves, and are refused for it.
AT_THE_BARS = {
    "DatasetService/GetDatasetSlice",
    "DatasetService/DownloadDatasetSlice",
    "DatasetService/DescribeAdjustedBars",
    "DatasetService/DownloadAdjustedBars",
    "DatasetQualityService/DownloadDatasetQualityTable",
    "MarketEventService/ListMarketEvents",
    "MarketEventService/CreateDerivedDataset",
    "BacktestService/CreateBacktest",
    "OptimizationService/CreateSweep",
    "ValidationService/CreateValidation",
}


def answer_of(engine: Served, method: str, document: dict[str, Any]) -> bytes:
    """All that a caller with every role gets: the bytes of each message, or of the refusal."""
    policy = POLICIES[method]
    request = json_format.ParseDict(document, policy.request_type())
    call = engine.channel.unary_stream(
        policy.path, request_serializer=lambda message: message.SerializeToString()
    )
    try:
        return b"".join(call(request, metadata=token(), timeout=60))
    except grpc.RpcError as refused:
        trailers = b"".join(
            value if isinstance(value, bytes) else value.encode()
            for _, value in refused.trailing_metadata()
        )
        return f"{refused.code().name} {refused.details()} ".encode() + trailers


def stored(folder: Path) -> bytes:
    """Every byte of the database, its log of writes included."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("engine.db*")))


def counts_of(folder: Path) -> dict[str, int]:
    """How many rows each table has, and how many objects there are."""
    engine = create_engine(f"sqlite:///{folder}/engine.db")
    with engine.connect() as connection:
        found = {
            name: int(connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0)
            for name in inspect(engine).get_table_names()
        }
    engine.dispose()
    return found | {"objects": sum(1 for p in (folder / "objects").rglob("*") if p.is_file())}


def refuse_marks(where: str, content: bytes) -> None:
    """Fails if a price of the sealed bars is anywhere in it, as text or as a double."""
    for mark in MARKS:
        assert mark not in content, f"{where} has {mark!r}"


def test_every_rpc_is_attacked_or_names_nothing_that_is_stored() -> None:
    known = set(attacks(Target("sha256:", "runs/", {}, "datasetUploads/")))

    assert known | FREE == set(POLICIES)
    assert not known & FREE


def test_the_marks_are_found_where_prices_are(tmp_path: Path) -> None:
    """The same bars, open, are seen through the same doors: the search can fail."""
    with serving(tmp_path) as engine:
        opened = vaults.registered(engine, vaults.SEALED_FILE, "kept", vaults.OPEN)
        for verb in ("AdjustedBars", "DatasetSlice"):
            method = f"DatasetService/Download{verb}"
            target = Target(opened.data_hash, "runs/", {}, "")
            answer = answer_of(engine, method, attacks(target)[method][0])

            with pytest.raises(AssertionError, match="has b"):
                refuse_marks(method, answer)


def test_no_rpc_answers_with_a_sealed_price(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(tmp_path) as engine:
        vaults.registered_both(engine)
        vault = create_vault(engine, budget=1000)
        run = engine.sealed(dataset="datasets/seen")
        evaluate(engine, run.name)
        uploads = create_engine(f"sqlite:///{tmp_path}/engine.db")
        with uploads.connect() as connection:
            query = "SELECT upload_id FROM dataset_uploads WHERE dataset_id = 'kept'"
            upload = connection.scalar(text(query))
        uploads.dispose()
        target = Target(
            vault.data_hash,
            run.name,
            json_format.MessageToDict(run.identity),
            f"datasetUploads/{upload}",
        )
        before, sealed = counts_of(tmp_path), set()

        for method, requests in attacks(target).items():
            for request in requests:
                answer = answer_of(engine, method, request)
                assert not answer.startswith(b"INVALID_ARGUMENT"), (method, answer)
                if b"ERROR_REASON_DATASET_SEALED" in answer:
                    sealed.add(method)
                refuse_marks(f"{method} {request}", answer)

        after = counts_of(tmp_path)
        refuse_marks("the database", stored(tmp_path))
    said = capfd.readouterr()
    assert "rpc_ended" in said.out + said.err
    refuse_marks("the log", (said.out + said.err).encode())
    assert sealed == AT_THE_BARS
    # Whatever was attempted on sealed data left no run, job, replay, artifact or trial.
    assert after == before


def breach(table: Any) -> Exception:
    price = float(table.close[-1])
    return AccountingBreach(
        f"equity is {price!r}", step=len(table.time), quantity="equity", found=price, allowed=price
    )


def refused_row(table: Any) -> Exception:
    row, price = len(table.time) - 1, repr(table.close[-1])
    return RowRefused(row=row, symbol="AAA", column="close", found=price, allowed="")


SAYING: Mapping[str, Callable[[Any], Exception]] = {
    "a breach": breach,
    "a row": refused_row,
    "a refusal": lambda table: EngineError(f"{table.close.tolist()}", found=str(table.close[-1])),
    "a bug": lambda table: RuntimeError(f"{table.close.tolist()}"),
    "a key": lambda table: KeyError(float(table.close[-1])),
}


class Saying:
    """The execution that ships, for open bars; of others it raises what says their prices."""

    def __init__(self, error_of: Callable[[Any], Exception]) -> None:
        self._error_of, self.said = error_of, 0

    def __call__(self, document: Any, table: Any, *rest: Any, seed: int) -> Any:
        if float(table.close[-1]) == PRICES[-1]:
            self.said += 1
            raise self._error_of(table)
        return SHIPPED.execute(document, table, *rest, seed=seed)


@pytest.mark.parametrize("kind", SAYING)
def test_what_a_refusal_says_of_prices_is_told_to_nobody(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    saying = Saying(SAYING[kind])
    with serving(tmp_path, parts=Parts(execute=saying)) as engine:
        vaults.registered_both(engine)
        create_vault(engine, reveals=True)
        run, before = run_of(engine), counts_of(tmp_path)

        answer = evaluate(engine, run)

        found = answer.holdout_evaluation
        assert saying.said == 1
        assert found.verdict == Verdict.VERDICT_NOT_PASSED
        assert list(found.criterion_verdicts) == [Verdict.VERDICT_NOT_PASSED]
        refuse_marks("the answer", answer.SerializeToString())
        refuse_marks("the database", stored(tmp_path))
        changed = {k: v - before[k] for k, v in counts_of(tmp_path).items() if v != before[k]}
        assert changed == {"holdout_evaluations": 1, "trials": 2}
    said = capfd.readouterr()
    refuse_marks("the log", (said.out + said.err).encode())
    for word in ("Traceback", "RuntimeError", "KeyError", "ACCOUNTING_BREACH"):
        assert word not in said.out + said.err


def test_a_specification_that_the_sealed_bars_refuse_does_not_pass(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """One looks back further than there are bars, one has orders at other times."""
    longer = vaults.file_of(vaults.walk(7, 300, 50.0), "2015-01-01")
    order = {
        "time": "2015-01-05T00:00:00Z",
        "symbol": "AAA",
        "type": "ORDER_TYPE_MARKET",
        "quantity": 1.0,
    }
    with serving(tmp_path) as engine:
        vaults.registered(engine, longer, "longer", vaults.OPEN)
        vaults.registered(engine, vaults.SEALED_FILE, "kept", vaults.SEALED)
        create_vault(engine)
        strategies: tuple[dict[str, Any], ...] = (
            {"trendFollowing": {"fastBars": 5, "slowBars": 90}},
            {"orderList": {"orders": [order]}},
        )
        runs = [engine.sealed(dataset="datasets/longer", strategy=one) for one in strategies]
        capfd.readouterr()

        answers = [evaluate(engine, run.name).holdout_evaluation for run in runs]

    said = capfd.readouterr()
    assert [found.verdict for found in answers] == [Verdict.VERDICT_NOT_PASSED] * 2
    for word in ("LOOKBACK", "ORDER_OUTSIDE", "2015-05-01", "90 bars"):
        assert word not in said.out + said.err
