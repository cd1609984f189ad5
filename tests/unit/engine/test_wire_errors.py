"""Every refusal has a place on the wire, and every reason of the contract a refusal."""

from collections.abc import Iterator

from aurelius.engine.v1 import error_reason_pb2, replay_service_pb2
from aurelius.engine.v1.artifact_service_pb2 import DownloadFormat
from aurelius.engine.v1.backtest_pb2 import Backtest
from aurelius.engine.v1.dataset_service_pb2 import FileFormat as FileFormatProto
from aurelius.engine.v1.holdout_pb2 import HoldoutEvaluation
from aurelius_chassis import template_parameters
from aurelius_engine.application import errors as service_errors
from aurelius_engine.application.holdout_records import Verdict
from aurelius_engine.application.records import FileFormat, ReplayState, RunState
from aurelius_engine.domain.errors import EngineError, RowRefused
from aurelius_engine.rpc import holdout_servicer, record_mapping
from aurelius_engine.rpc.errors import WIRE_ERRORS, reason_of


def refusals(kind: type[EngineError]) -> Iterator[type[EngineError]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from refusals(inner)


def test_every_refusal_has_a_wire_error_of_its_own() -> None:
    ours = {kind for kind in refusals(EngineError) if kind.__module__.startswith("aurelius_engine")}

    assert set(WIRE_ERRORS) == ours - {RowRefused}
    reasons = [wire.reason for wire in WIRE_ERRORS.values()]
    assert len(reasons) == len(set(reasons))


def test_every_reason_of_the_contract_is_sent() -> None:
    # The chassis's hook for a parameter that a template does not have sends one more.
    sent = {wire.reason for wire in WIRE_ERRORS.values()} | {template_parameters.REASON}

    assert sent | {"ERROR_REASON_UNSPECIFIED"} == set(error_reason_pb2.ErrorReason.keys())


def test_a_refusal_is_named_after_its_reason() -> None:
    # The command derives the reason of an in-process refusal from the name of its class.
    for kind, wire in WIRE_ERRORS.items():
        words = "".join(f"_{c}" if c.isupper() else c for c in kind.__name__).upper()
        assert wire.reason == f"ERROR_REASON{words}"


def test_the_reason_of_a_refusal_is_the_one_of_the_table() -> None:
    assert reason_of(service_errors.EngineDied("x")) == "ERROR_REASON_ENGINE_DIED"


def test_no_member_of_an_enum_is_missing() -> None:
    assert set(record_mapping.RUN_STATES) == set(RunState)
    assert set(record_mapping.RUN_STATES.values()) == set(Backtest.State.values()) - {0}
    assert set(holdout_servicer.VERDICTS) == set(Verdict)
    verdicts = set(HoldoutEvaluation.Verdict.values())
    assert set(holdout_servicer.VERDICTS.values()) == verdicts - {0}
    assert set(record_mapping.REPLAY_STATES) == set(ReplayState)
    states = set(replay_service_pb2.Replay.State.values())
    assert set(record_mapping.REPLAY_STATES.values()) == states - {0}
    assert set(record_mapping.FILE_FORMATS) == set(FileFormat)
    assert set(record_mapping.FILE_FORMATS.values()) == set(FileFormatProto.values()) - {0}
    assert set(record_mapping.DOWNLOAD_FORMATS) == set(DownloadFormat.values())
