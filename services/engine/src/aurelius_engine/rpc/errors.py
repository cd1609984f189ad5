"""What each refusal becomes on the wire."""

from collections.abc import Mapping

from grpc import StatusCode

from aurelius_chassis.errors import WireError
from aurelius_engine.application import errors as service
from aurelius_engine.domain import errors as domain
from aurelius_engine.domain.errors import EngineError

DOMAIN = "engine.aurelius.dev"
_INVALID = StatusCode.INVALID_ARGUMENT
_UNMET = StatusCode.FAILED_PRECONDITION

WIRE_ERRORS: Mapping[type[Exception], WireError] = {
    service.DatasetNotFound: WireError(StatusCode.NOT_FOUND, "ERROR_REASON_DATASET_NOT_FOUND"),
    service.DatasetExists: WireError(StatusCode.ALREADY_EXISTS, "ERROR_REASON_DATASET_EXISTS"),
    service.UploadNotFound: WireError(StatusCode.NOT_FOUND, "ERROR_REASON_UPLOAD_NOT_FOUND"),
    service.UploadTooLarge: WireError(
        StatusCode.RESOURCE_EXHAUSTED, "ERROR_REASON_UPLOAD_TOO_LARGE"
    ),
    service.UploadOffsetMismatch: WireError(
        StatusCode.ABORTED, "ERROR_REASON_UPLOAD_OFFSET_MISMATCH"
    ),
    service.UploadIncomplete: WireError(_UNMET, "ERROR_REASON_UPLOAD_INCOMPLETE"),
    service.UploadDigestMismatch: WireError(_INVALID, "ERROR_REASON_UPLOAD_DIGEST_MISMATCH"),
    service.ProvenanceInvalid: WireError(_INVALID, "ERROR_REASON_PROVENANCE_INVALID"),
    service.DataClassConflict: WireError(_UNMET, "ERROR_REASON_DATA_CLASS_CONFLICT"),
    service.TransformationBroken: WireError(_INVALID, "ERROR_REASON_TRANSFORMATION_BROKEN"),
    service.DatasetSealed: WireError(_UNMET, "ERROR_REASON_DATASET_SEALED"),
    service.SealedDataShared: WireError(_UNMET, "ERROR_REASON_SEALED_DATA_SHARED"),
    service.FileMalformed: WireError(_INVALID, "ERROR_REASON_FILE_MALFORMED"),
    service.ColumnMissing: WireError(_INVALID, "ERROR_REASON_COLUMN_MISSING"),
    domain.SymbolInvalid: WireError(_INVALID, "ERROR_REASON_SYMBOL_INVALID"),
    domain.PriceNotFinite: WireError(_INVALID, "ERROR_REASON_PRICE_NOT_FINITE"),
    domain.PriceNotPositive: WireError(_INVALID, "ERROR_REASON_PRICE_NOT_POSITIVE"),
    domain.HighBelowLow: WireError(_INVALID, "ERROR_REASON_HIGH_BELOW_LOW"),
    domain.PriceOutsideRange: WireError(_INVALID, "ERROR_REASON_PRICE_OUTSIDE_RANGE"),
    domain.VolumeNegative: WireError(_INVALID, "ERROR_REASON_VOLUME_NEGATIVE"),
    domain.ActionInvalid: WireError(_INVALID, "ERROR_REASON_ACTION_INVALID"),
    domain.UniverseInvalid: WireError(_INVALID, "ERROR_REASON_UNIVERSE_INVALID"),
    domain.EventInvalid: WireError(_INVALID, "ERROR_REASON_EVENT_INVALID"),
    domain.DuplicateEvent: WireError(_INVALID, "ERROR_REASON_DUPLICATE_EVENT"),
    domain.DerivationRefused: WireError(_INVALID, "ERROR_REASON_DERIVATION_REFUSED"),
    service.TierMismatch: WireError(_INVALID, "ERROR_REASON_TIER_MISMATCH"),
    service.DatasetNotBars: WireError(_UNMET, "ERROR_REASON_DATASET_NOT_BARS"),
    domain.QuoteInvalid: WireError(_INVALID, "ERROR_REASON_QUOTE_INVALID"),
    domain.CurrencyMixed: WireError(_INVALID, "ERROR_REASON_CURRENCY_MIXED"),
    domain.BarIntervalMismatch: WireError(_INVALID, "ERROR_REASON_BAR_INTERVAL_MISMATCH"),
    domain.DuplicateBar: WireError(_INVALID, "ERROR_REASON_DUPLICATE_BAR"),
    domain.DatasetEmpty: WireError(_INVALID, "ERROR_REASON_DATASET_EMPTY"),
    domain.LookbackTooLong: WireError(_INVALID, "ERROR_REASON_LOOKBACK_TOO_LONG"),
    domain.SymbolCountMismatch: WireError(_INVALID, "ERROR_REASON_SYMBOL_COUNT_MISMATCH"),
    domain.SpecContradiction: WireError(_INVALID, "ERROR_REASON_SPEC_CONTRADICTION"),
    domain.DataColumnMissing: WireError(_INVALID, "ERROR_REASON_DATA_COLUMN_MISSING"),
    domain.WindowEmpty: WireError(_INVALID, "ERROR_REASON_WINDOW_EMPTY"),
    domain.WindowTooLarge: WireError(_INVALID, "ERROR_REASON_WINDOW_TOO_LARGE"),
    domain.WindowReversed: WireError(_INVALID, "ERROR_REASON_WINDOW_REVERSED"),
    domain.SymbolUnknown: WireError(_INVALID, "ERROR_REASON_SYMBOL_UNKNOWN"),
    domain.FormulaInvalid: WireError(_INVALID, "ERROR_REASON_FORMULA_INVALID"),
    domain.OrderOutsideWindow: WireError(_INVALID, "ERROR_REASON_ORDER_OUTSIDE_WINDOW"),
    domain.OrderOutsideUniverse: WireError(_INVALID, "ERROR_REASON_ORDER_OUTSIDE_UNIVERSE"),
    domain.AdjustmentImpossible: WireError(_UNMET, "ERROR_REASON_ADJUSTMENT_IMPOSSIBLE"),
    service.ViewRefused: WireError(_UNMET, "ERROR_REASON_VIEW_REFUSED"),
    domain.CalendarMismatch: WireError(_INVALID, "ERROR_REASON_CALENDAR_MISMATCH"),
    service.RunNotFound: WireError(StatusCode.NOT_FOUND, "ERROR_REASON_RUN_NOT_FOUND"),
    service.RunNotSealed: WireError(_UNMET, "ERROR_REASON_RUN_NOT_SEALED"),
    service.TiersDiffer: WireError(_UNMET, "ERROR_REASON_TIERS_DIFFER"),
    service.ArtifactNotFound: WireError(StatusCode.NOT_FOUND, "ERROR_REASON_ARTIFACT_NOT_FOUND"),
    service.ObjectDamaged: WireError(StatusCode.DATA_LOSS, "ERROR_REASON_OBJECT_DAMAGED"),
    service.ReplayNotFound: WireError(StatusCode.NOT_FOUND, "ERROR_REASON_REPLAY_NOT_FOUND"),
    # Only in a Replay.
    service.ReplayDied: WireError(StatusCode.INTERNAL, "ERROR_REASON_REPLAY_DIED"),
    service.ReplayTimeout: WireError(StatusCode.DEADLINE_EXCEEDED, "ERROR_REASON_REPLAY_TIMEOUT"),
    service.EngineVersionMismatch: WireError(_UNMET, "ERROR_REASON_ENGINE_VERSION_MISMATCH"),
    service.PluginMismatch: WireError(_UNMET, "ERROR_REASON_PLUGIN_MISMATCH"),
    service.PluginNotFound: WireError(_INVALID, "ERROR_REASON_PLUGIN_NOT_FOUND"),
    service.PluginForbidden: WireError(_UNMET, "ERROR_REASON_PLUGIN_FORBIDDEN"),
    service.PluginFailed: WireError(_UNMET, "ERROR_REASON_PLUGIN_FAILED"),
    service.PluginTimeout: WireError(StatusCode.DEADLINE_EXCEEDED, "ERROR_REASON_PLUGIN_TIMEOUT"),
    service.PluginSandboxMissing: WireError(_UNMET, "ERROR_REASON_PLUGIN_SANDBOX_MISSING"),
    service.EngineBusy: WireError(StatusCode.UNAVAILABLE, "ERROR_REASON_ENGINE_BUSY"),
    service.SweepNotFound: WireError(StatusCode.NOT_FOUND, "ERROR_REASON_SWEEP_NOT_FOUND"),
    service.SweepNotSucceeded: WireError(_UNMET, "ERROR_REASON_SWEEP_NOT_SUCCEEDED"),
    domain.SweepParameterInvalid: WireError(_INVALID, "ERROR_REASON_SWEEP_PARAMETER_INVALID"),
    domain.SweepSpaceInvalid: WireError(_INVALID, "ERROR_REASON_SWEEP_SPACE_INVALID"),
    domain.SweepMetricUnknown: WireError(_INVALID, "ERROR_REASON_SWEEP_METRIC_UNKNOWN"),
    service.ValidationNotFound: WireError(
        StatusCode.NOT_FOUND, "ERROR_REASON_VALIDATION_NOT_FOUND"
    ),
    service.ValidationNotSucceeded: WireError(_UNMET, "ERROR_REASON_VALIDATION_NOT_SUCCEEDED"),
    service.TrialEntryNotFound: WireError(
        StatusCode.NOT_FOUND, "ERROR_REASON_TRIAL_ENTRY_NOT_FOUND"
    ),
    service.TrialLogSizeInvalid: WireError(_INVALID, "ERROR_REASON_TRIAL_LOG_SIZE_INVALID"),
    service.HoldoutVaultNotFound: WireError(
        StatusCode.NOT_FOUND, "ERROR_REASON_HOLDOUT_VAULT_NOT_FOUND"
    ),
    service.HoldoutVaultExists: WireError(
        StatusCode.ALREADY_EXISTS, "ERROR_REASON_HOLDOUT_VAULT_EXISTS"
    ),
    service.HoldoutDatasetOpen: WireError(_UNMET, "ERROR_REASON_HOLDOUT_DATASET_OPEN"),
    service.HoldoutDataShared: WireError(_UNMET, "ERROR_REASON_HOLDOUT_DATA_SHARED"),
    service.HoldoutBudgetSpent: WireError(_UNMET, "ERROR_REASON_HOLDOUT_BUDGET_SPENT"),
    service.HoldoutRunUnfit: WireError(_UNMET, "ERROR_REASON_HOLDOUT_RUN_UNFIT"),
    service.HoldoutMetricUnknown: WireError(_INVALID, "ERROR_REASON_HOLDOUT_METRIC_UNKNOWN"),
    domain.DataInsufficient: WireError(_INVALID, "ERROR_REASON_DATA_INSUFFICIENT"),
    domain.WarmUpMissing: WireError(_INVALID, "ERROR_REASON_WARM_UP_MISSING"),
    domain.StudyContradiction: WireError(_INVALID, "ERROR_REASON_STUDY_CONTRADICTION"),
    domain.VariantsTooFew: WireError(_INVALID, "ERROR_REASON_VARIANTS_TOO_FEW"),
    domain.StudyTooLarge: WireError(_INVALID, "ERROR_REASON_STUDY_TOO_LARGE"),
    service.AdapterCapability: WireError(_INVALID, "ERROR_REASON_ADAPTER_CAPABILITY"),
    service.PagesIncomplete: WireError(_INVALID, "ERROR_REASON_PAGES_INCOMPLETE"),
    domain.OptionExpired: WireError(_INVALID, "ERROR_REASON_OPTION_EXPIRED"),
    domain.OptionPriceOutsideBounds: WireError(
        _INVALID, "ERROR_REASON_OPTION_PRICE_OUTSIDE_BOUNDS"
    ),
    # Only in a SweepTrial.
    domain.TrialSpecInvalid: WireError(_INVALID, "ERROR_REASON_TRIAL_SPEC_INVALID"),
    # The last three are reasons of a RunFailure; no call ends with them.
    domain.AccountingBreach: WireError(StatusCode.INTERNAL, "ERROR_REASON_ACCOUNTING_BREACH"),
    domain.RunCancelled: WireError(StatusCode.CANCELLED, "ERROR_REASON_RUN_CANCELLED"),
    service.EngineDied: WireError(StatusCode.ABORTED, "ERROR_REASON_ENGINE_DIED"),
}


def reason_of(refusal: EngineError) -> str:
    """Returns the reason by which a refusal is known on the wire."""
    return WIRE_ERRORS[type(refusal)].reason
