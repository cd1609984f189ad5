"""What a run is judged on in a vault, and why it cannot be, as far as everybody may know."""

from collections.abc import Mapping
from dataclasses import dataclass

from aurelius_engine.application.backtests import refuse_other_calendar
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.errors import (
    EngineVersionMismatch,
    HoldoutMetricUnknown,
    HoldoutRunUnfit,
    RunNotSealed,
)
from aurelius_engine.application.holdout_records import Vault
from aurelius_engine.application.plugins import Plugins
from aurelius_engine.application.records import Dataset, Run, RunState
from aurelius_engine.domain.errors import SymbolUnknown
from aurelius_engine.domain.holdout import Criterion, continues, same_interval
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.metrics.definition import NO_BENCHMARK
from aurelius_engine.domain.spec import BacktestSpec, spec_from_document

_RAW = "ADJUSTMENT_RAW"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """What a run is evaluated on: what it saw, and the vault's."""

    seen: MarketTable
    sealed: MarketTable


class HoldoutBars:
    """Loads the bars of evaluations.

    All that it refuses is refused before anything is spent, and none of it is a matter of a
    sealed price. What the sealed prices refuse is for the verdict to say.
    """

    def __init__(
        self,
        datasets: Datasets,
        *,
        plugins: Plugins,
        metrics: Mapping[str, tuple[str, ...]],
        engine_version: str,
    ) -> None:
        """Takes the data, what is installed, and why each metric may have no value."""
        self._datasets, self._plugins = datasets, plugins
        self._metrics, self._engine_version = metrics, engine_version

    def refuse_unknown(self, criterion: Criterion) -> None:
        """Refuses a criterion about no metric of the registry. Raises: HoldoutMetricUnknown."""
        if criterion.metric_id not in self._metrics:
            raise HoldoutMetricUnknown(
                f"the registry has no metric {criterion.metric_id}",
                found=criterion.metric_id,
                allowed="a metric of docs/specs/metrics.md",
            )

    def of(self, vault: Vault, run: Run) -> Bars:
        """Returns what a run is judged on.

        Raises:
            RunNotSealed, EngineVersionMismatch, PluginNotFound, PluginMismatch: It cannot be
                computed here.
            CalendarMismatch, SymbolUnknown, HoldoutMetricUnknown, HoldoutRunUnfit: It does not
                fit the vault.
            DatasetNotFound, ObjectDamaged: The data is not there.
        """
        self._refuse_computed_elsewhere(run)
        spec = spec_from_document(run.document)
        for criterion in vault.criteria:
            self.refuse_unknown(criterion)
            if NO_BENCHMARK in self._metrics[criterion.metric_id] and not spec.benchmark_symbol:
                raise HoldoutRunUnfit(
                    f"{criterion.metric_id} needs a benchmark, and {run.name} has none",
                    found="no benchmark_symbol",
                    allowed="a run with one",
                )
        seen, kept = self._datasets.get(run.dataset), self._datasets.get(vault.dataset)
        refuse_other_calendar(spec.calendar, kept)
        _refuse_other_symbols(spec, kept)
        bars = Bars(seen=self._datasets.table(seen), sealed=self._datasets.sealed_table(kept))
        if continues(bars.seen, bars.sealed):
            _refuse_other_scale(seen, kept)
        if not same_interval(run.document, bars.sealed):
            raise HoldoutRunUnfit(
                f"the bars of {kept.name} are of another interval than {run.name}",
                found=spec.bar_interval,
                allowed=f"the interval of {kept.name}",
            )
        return bars

    def _refuse_computed_elsewhere(self, run: Run) -> None:
        """Refuses a run without a result, or one that this engine would not compute again."""
        if run.state is not RunState.SEALED:
            raise RunNotSealed(
                f"{run.name} is {run.state.value}", found=run.state.value, allowed="SEALED"
            )
        if run.identity.engine_version != self._engine_version:
            raise EngineVersionMismatch(
                f"engine {run.identity.engine_version} computed the run: submit it again",
                found=run.identity.engine_version,
                allowed=self._engine_version,
            )
        plugin = run.document["strategy"].get("plugin")
        if plugin is not None:
            self._plugins.source_digest(plugin["name"], plugin["sourceDigest"])


def _refuse_other_symbols(spec: BacktestSpec, kept: Dataset) -> None:
    asked = {*spec.symbols, spec.benchmark_symbol} - {""}
    unknown = sorted(asked - set(kept.symbols))
    if unknown:
        raise SymbolUnknown(
            f"{kept.name} has no symbol {unknown[0]}",
            found=unknown[0],
            allowed=", ".join(kept.symbols[:20]),
        )


def _refuse_other_scale(seen: Dataset, kept: Dataset) -> None:
    """Refuses to put prices before others that were adjusted otherwise, or as of another time."""
    found, allowed = _scale(seen), _scale(kept)
    if found != allowed:
        raise HoldoutRunUnfit(
            f"the prices of {seen.name} and {kept.name}, which goes on from it, are of two scales",
            found=found,
            allowed=allowed,
        )


def _scale(dataset: Dataset) -> str:
    document = dataset.provenance.document
    adjustment = str(document["adjustment"])
    return adjustment if adjustment == _RAW else f"{adjustment} as of {document['asOfTime']}"
