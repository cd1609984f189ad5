"""What each refusal becomes on the wire."""

from collections.abc import Mapping, Sequence

from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc import StatusCode

from aurelius_chassis.errors import WireError
from aurelius_governance.domain import errors

DOMAIN = "governance.aurelius.dev"


def _missing_items(error: Exception) -> Sequence[Message]:
    """Returns the list of everything that a promotion lacks."""
    if not isinstance(error, errors.EvidenceIncomplete):
        raise TypeError(f"{type(error).__name__} lacks no evidence")
    failure = error_details_pb2.PreconditionFailure()
    for item in error.missing():
        failure.violations.add(type=item.type, subject=item.subject, description=item.description)
    return (failure,)


WIRE_ERRORS: Mapping[type[Exception], WireError] = {
    errors.LineageRecordNotFound: WireError(
        StatusCode.NOT_FOUND, "ERROR_REASON_LINEAGE_RECORD_NOT_FOUND"
    ),
    errors.GateDecisionNotFound: WireError(
        StatusCode.NOT_FOUND, "ERROR_REASON_GATE_DECISION_NOT_FOUND"
    ),
    errors.PromotionNotFound: WireError(StatusCode.NOT_FOUND, "ERROR_REASON_PROMOTION_NOT_FOUND"),
    errors.LedgerEntryNotFound: WireError(
        StatusCode.NOT_FOUND, "ERROR_REASON_LEDGER_ENTRY_NOT_FOUND"
    ),
    errors.LedgerCheckpointNotFound: WireError(
        StatusCode.NOT_FOUND, "ERROR_REASON_LEDGER_CHECKPOINT_NOT_FOUND"
    ),
    errors.RunNotFound: WireError(StatusCode.NOT_FOUND, "ERROR_REASON_RUN_NOT_FOUND"),
    errors.RunNotSealed: WireError(StatusCode.FAILED_PRECONDITION, "ERROR_REASON_RUN_NOT_SEALED"),
    errors.RunDamaged: WireError(StatusCode.DATA_LOSS, "ERROR_REASON_RUN_DAMAGED"),
    errors.GateUnknown: WireError(StatusCode.INVALID_ARGUMENT, "ERROR_REASON_GATE_UNKNOWN"),
    errors.ValidationNotFound: WireError(StatusCode.NOT_FOUND, "ERROR_REASON_VALIDATION_NOT_FOUND"),
    errors.ValidationUnfit: WireError(StatusCode.INVALID_ARGUMENT, "ERROR_REASON_VALIDATION_UNFIT"),
    errors.EvidenceIncomplete: WireError(
        StatusCode.FAILED_PRECONDITION, "ERROR_REASON_EVIDENCE_INCOMPLETE", details=_missing_items
    ),
    errors.SelfApproval: WireError(StatusCode.PERMISSION_DENIED, "ERROR_REASON_SELF_APPROVAL"),
    errors.PromotionAlreadyDecided: WireError(
        StatusCode.FAILED_PRECONDITION, "ERROR_REASON_PROMOTION_ALREADY_DECIDED"
    ),
    errors.PromotionAlreadyExists: WireError(
        StatusCode.ALREADY_EXISTS, "ERROR_REASON_PROMOTION_ALREADY_EXISTS"
    ),
    errors.EtagMismatch: WireError(StatusCode.ABORTED, "ERROR_REASON_ETAG_MISMATCH"),
    errors.LedgerCorrupted: WireError(StatusCode.DATA_LOSS, "ERROR_REASON_LEDGER_CORRUPTED"),
    errors.ProofRangeInvalid: WireError(
        StatusCode.INVALID_ARGUMENT, "ERROR_REASON_PROOF_RANGE_INVALID"
    ),
    errors.EngineUnavailable: WireError(StatusCode.UNAVAILABLE, "ERROR_REASON_ENGINE_UNAVAILABLE"),
    errors.EngineRefused: WireError(StatusCode.FAILED_PRECONDITION, "ERROR_REASON_ENGINE_REFUSED"),
    errors.ReplayNotFinished: WireError(StatusCode.UNAVAILABLE, "ERROR_REASON_REPLAY_NOT_FINISHED"),
}
