"""The record of a run, checked against its own digests whenever it is read."""

from collections.abc import Sequence

from aurelius_engine.application.errors import ObjectDamaged
from aurelius_engine.application.records import Artifact, Damage, ResultSummary, Run, RunState
from aurelius_engine.domain.identity import result_digest, spec_hash
from aurelius_engine.domain.results import Table, metrics_table
from aurelius_engine.domain.table_hash import table_hash


def summary_metrics(summary: ResultSummary) -> Table:
    """Returns the metrics of a summary as the artifact `metrics` lays them out."""
    return metrics_table(
        [(m.metric_id, m.version, m.unit, m.value, m.undefined_reason) for m in summary.metrics]
    )


def damage_of(run: Run, artifacts: Sequence[Artifact]) -> Damage | None:
    """Returns how the record of a run contradicts its digests, if it does.

    The specification has the digest of the identity. A sealed run has a result and no
    other has. The metrics have the digest of their artifact, the result digest is
    that of the artifacts' digests, and the artifacts are those that are recorded.

    Raises:
        ValueError, TypeError: A value is not of its kind.
    """
    summary = run.summary
    specified = spec_hash(run.document)
    if specified != run.identity.spec_hash:
        return Damage(part="specification", found=specified, allowed=run.identity.spec_hash)
    if (summary is not None) != (run.state is RunState.SEALED):
        has = "a result" if summary else "no result"
        found = f"{run.state.value} with {has}"
        return Damage(part="state", found=found, allowed="a result exactly if SEALED")
    if summary is None:
        return None
    digests = {name: digest for name, digest, _ in summary.artifacts}
    recorded = ", ".join(f"{item.id} {item.digest} {item.row_count}" for item in artifacts)
    said = ", ".join(f"{name} {digest} {rows}" for name, digest, rows in summary.artifacts)
    checks = (
        ("metrics", table_hash(summary_metrics(summary)), digests.get("metrics", "")),
        ("result digest", summary.result_digest, result_digest(digests)),
        ("artifacts", said, recorded),
    )
    for part, found, allowed in checks:
        if found != allowed:
            return Damage(part=part, found=found, allowed=allowed)
    return None


def refuse_damaged(run: Run) -> Run:
    """Returns the run. Raises: ObjectDamaged: Its record is not the one that was written."""
    if run.damage is not None:
        raise ObjectDamaged(
            damage_message(run, run.damage), found=run.damage.found, allowed=run.damage.allowed
        )
    return run


def damage_message(run: Run, damage: Damage) -> str:
    """Says in one sentence what is damaged."""
    return f"the stored {damage.part} of {run.name} fails its digest"
