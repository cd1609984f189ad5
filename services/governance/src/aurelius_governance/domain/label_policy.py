"""Which labels of a run keep it from which stage, and why: the one place that says it."""

from collections.abc import Mapping, Sequence

from aurelius_governance.domain.errors import MissingEvidence

CANDIDATE, PRODUCTION = "CANDIDATE", "PRODUCTION"
_EVERY_STAGE = {
    "assumed_intrabar_path": "it assumes which way prices went inside its bars",
    "experimental": "nobody vouches for the code or the training behind its signals",
    "listed_orders": "its orders may be written in hindsight, and it decides nothing new",
    "risk_free_below_cash": "its ratios count what cash earns, or more, as skill",
    "same_close_fill": "it fills at the close that it decides at, which nobody can trade",
}
REFUSED_LABELS: Mapping[str, Mapping[str, str]] = {
    CANDIDATE: _EVERY_STAGE,
    PRODUCTION: {
        **_EVERY_STAGE,
        "no_margin_call": "it owes on margin, and nothing ever calls for it",
        "zero_borrow_fee": "it sells short what costs nothing to borrow",
        "zero_margin_interest": "it borrows cash that costs nothing",
        "zero_slippage": "no order that its strategy sends pays slippage",
    },
}


def refused_labels(run: str, stage: str, labels: Sequence[str]) -> Sequence[MissingEvidence]:
    """Returns what is refused of a run's labels, in their order.

    Args:
        run: The run.
        stage: CANDIDATE or PRODUCTION.
        labels: What follows from the run's specification.
    """
    refused = REFUSED_LABELS[stage]
    return [
        MissingEvidence(
            type="LABEL_REFUSED",
            subject=run,
            description=f"the run is labelled {label}: {refused[label]}",
        )
        for label in labels
        if label in refused
    ]
