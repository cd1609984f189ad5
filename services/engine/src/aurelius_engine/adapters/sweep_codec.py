"""How sweeps are written in SQL."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aurelius_engine.application.job_records import SWEEP
from aurelius_engine.application.sweep_records import StopReason, SweepOutcome, SweepProgress
from aurelius_engine.domain.sweeps.trials import Trial, TrialState


class SweepCodec:
    """Implements `Codec`."""

    kind = SWEEP

    def progress_to_json(self, progress: SweepProgress) -> Mapping[str, Any]:
        """See the protocol."""
        best = None
        if progress.best is not None:
            best = asdict(progress.best) | {"state": progress.best.state.value}
        return asdict(progress) | {"best": best}

    def progress_from_json(self, fields: dict[str, Any]) -> SweepProgress:
        """See the protocol."""
        best = fields["best"]
        if best is not None:
            best = Trial(
                **best
                | {
                    "state": TrialState(best["state"]),
                    "values": tuple(best["values"]),
                    "outcomes": tuple(best["outcomes"]),
                }
            )
        return SweepProgress(**fields | {"best": best})

    def outcome_to_json(self, outcome: SweepOutcome) -> Mapping[str, Any]:
        """See the protocol."""
        return asdict(outcome) | {"stop_reason": outcome.stop_reason.value}

    def outcome_from_json(self, fields: dict[str, Any]) -> SweepOutcome:
        """See the protocol."""
        return SweepOutcome(**fields | {"stop_reason": StopReason(fields["stop_reason"])})
