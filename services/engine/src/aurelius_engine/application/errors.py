"""The refusals of the service around the core. Attributes are the facts; texts are for people."""

from aurelius_engine.domain.errors import EngineError


class FileMalformed(EngineError):
    """The file cannot be read as its format."""


class ColumnMissing(EngineError):
    """A column is missing."""


class AdapterCapability(EngineError):
    """The adapter of the format does not read such data."""


class PagesIncomplete(EngineError):
    """A page of a vendor's answer is missing."""


class DatasetNotFound(EngineError):
    """No dataset has the name."""


class ViewRefused(EngineError):
    """The bars of a dataset cannot be shown as of a time, or not to anybody."""


class DatasetExists(EngineError):
    """The dataset id is taken."""


class UploadNotFound(EngineError):
    """No upload has the name."""


class UploadTooLarge(EngineError):
    """The file, a chunk of it, or what it unfolds to, is over a limit."""


class UploadOffsetMismatch(EngineError):
    """The chunk does not begin where the upload goes on."""


class UploadIncomplete(EngineError):
    """Bytes are missing at the commit."""


class UploadDigestMismatch(EngineError):
    """The file is not the one announced."""


class ProvenanceInvalid(EngineError):
    """The provenance contradicts the calendar or the data."""


class DataClassConflict(EngineError):
    """The same data is registered under another data class."""


class TierMismatch(EngineError):
    """The fidelity tier is not the one of the event types in the data."""


class DatasetNotBars(EngineError):
    """The dataset has events, and bars are needed, or the reverse."""


class TransformationBroken(EngineError):
    """The transformation steps do not lead from the source to the file."""


class DatasetSealed(EngineError):
    """The dataset is sealed: nothing of it leaves."""


class SealedDataShared(EngineError):
    """Open data and sealed data share bars."""


class RunNotFound(EngineError):
    """No run has the name or identity."""


class RunNotSealed(EngineError):
    """The run has no result."""


class TiersDiffer(EngineError):
    """The fills of two runs are of different tiers."""


class ArtifactNotFound(EngineError):
    """The run has no such artifact."""


class ObjectDamaged(EngineError):
    """Stored bytes are absent or fail their digest."""


class ReplayNotFound(EngineError):
    """No replay has the name."""


class ReplayDied(EngineError):
    """The process of the replay ended without a result."""


class ReplayTimeout(EngineError):
    """The process of the replay took too long."""


class EngineVersionMismatch(EngineError):
    """Another engine version computed the run."""


class EngineBusy(EngineError):
    """The queue of runs, or of commits, is full."""


class EngineDied(EngineError):
    """The engine ended while it computed the run."""


class SweepNotFound(EngineError):
    """No sweep, or no trial of it, has the name."""


class SweepNotSucceeded(EngineError):
    """The sweep has no trials."""


class ValidationNotFound(EngineError):
    """No validation, or no table of it, has the name."""


class ValidationNotSucceeded(EngineError):
    """The validation has no tables."""


class TrialEntryNotFound(EngineError):
    """The log of trials has no such entry."""


class TrialLogSizeInvalid(EngineError):
    """The log of trials has not that size."""


class HoldoutVaultNotFound(EngineError):
    """No holdout vault has the name."""


class HoldoutVaultExists(EngineError):
    """The id of the holdout vault is taken."""


class HoldoutDatasetOpen(EngineError):
    """The dataset of a holdout vault is not sealed."""


class HoldoutDataShared(EngineError):
    """Another holdout vault has bars of the dataset."""


class HoldoutBudgetSpent(EngineError):
    """The budget of the holdout vault is spent."""


class HoldoutMetricUnknown(EngineError):
    """A criterion is about a metric that the registry does not have."""


class HoldoutRunUnfit(EngineError):
    """A run cannot be judged in a holdout vault, as what everybody sees says."""


class PluginMismatch(EngineError):
    """Another source of the plug-in is installed."""


class PluginNotFound(EngineError):
    """No plug-in of the name is installed, or not one that can be read."""


class PluginForbidden(EngineError):
    """The plug-in did what a plug-in may not."""


class PluginFailed(EngineError):
    """The plug-in raised, crashed, or answered with something else than signals."""


class PluginTimeout(EngineError):
    """The plug-in used up its time."""


class PluginSandboxMissing(EngineError):
    """This machine cannot keep a plug-in in."""
