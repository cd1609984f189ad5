"""What the provenance of an upload must be, beyond what each field says."""

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from aurelius_engine.application.errors import ProvenanceInvalid, TransformationBroken
from aurelius_engine.application.records import Provenance
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.market_table import MarketTable

# What the prices of an adjustment carry already: columns of actions, and what they then say.
_CARRIED = {
    "ADJUSTMENT_RAW": {},
    "ADJUSTMENT_SPLITS": {"split_ratio": 1.0},
    "ADJUSTMENT_SPLITS_AND_DIVIDENDS": {"split_ratio": 1.0, "dividend": 0.0},
}
_STEPS = "provenance.transformation_steps"


def refuse_contradictions(provenance: Provenance, calendars: Calendars) -> None:
    """Refuses what cannot be true of any file.

    Raises:
        CalendarMismatch: The calendar is not known.
        ProvenanceInvalid: The time zone is not the calendar's, or it is not said what was
            done to the source, or both that something and that nothing was.
        TransformationBroken: A step does not take what the one before gave.
    """
    calendars.refuse_unknown(provenance.calendar, calendars.version)
    zone = calendars.time_zones[provenance.calendar]
    if provenance.time_zone != zone:
        raise ProvenanceInvalid(
            f"time_zone is {provenance.time_zone}, that of {provenance.calendar} is {zone}",
            field="provenance.time_zone",
            found=provenance.time_zone,
            allowed=zone,
        )
    steps = provenance.steps
    if provenance.untransformed == bool(steps):
        found = f"{len(steps)} steps and untransformed {str(provenance.untransformed).lower()}"
        raise ProvenanceInvalid(
            f"transformation_steps: found {found}; say what was done to the source, "
            "or untransformed if nothing was",
            field=_STEPS,
            found=found,
            allowed="at least 1 step, or untransformed true and none",
        )
    for place, (before, after) in enumerate(pairwise(steps), 1):
        if after["inputDigest"] != before["outputDigest"]:
            raise TransformationBroken(
                f"step {place} of transformation_steps, counted from 0, does not take what the "
                "step before gave",
                field=f"{_STEPS}[{place}].input_digest",
                found=after["inputDigest"],
                allowed=before["outputDigest"],
            )


def refuse_other_output(provenance: Provenance, *, file_digest: str, data_hash: str) -> None:
    """Refuses steps that made neither the file nor its table.

    Raises:
        TransformationBroken: They did not.
    """
    steps = provenance.steps
    if steps and steps[-1]["outputDigest"] not in (file_digest, data_hash):
        raise TransformationBroken(
            "the last of transformation_steps did not give the uploaded file",
            field=f"{_STEPS}[{len(steps) - 1}].output_digest",
            found=steps[-1]["outputDigest"],
            allowed=f"{file_digest}, the file, or {data_hash}, its table",
        )


def refuse_too_early(provenance: Provenance, last_time: int) -> None:
    """Refuses knowledge of a time before the last bar. Raises: ProvenanceInvalid: It is."""
    if provenance.as_of_time < last_time:
        found = provenance.document["asOfTime"]
        last = datetime.fromtimestamp(last_time // 1_000_000_000, UTC).isoformat()
        raise ProvenanceInvalid(
            f"as_of_time is {found}, before the last bar at {last}",
            field="provenance.as_of_time",
            found=found,
            allowed=f"not before the last bar, {last}",
        )


def refuse_actions_twice(provenance: Provenance, table: MarketTable) -> None:
    """Refuses actions that the prices are said to be adjusted for: they would count twice.

    Raises:
        ProvenanceInvalid: There is one.
    """
    adjustment = str(provenance.document["adjustment"])
    floats = table.floats()
    for name, nothing in _CARRIED[adjustment].items():
        rows = np.flatnonzero(floats[name] != nothing) if name in floats else ()
        if len(rows):
            found = f"{adjustment} and {len(rows)} bars with a {name} other than {nothing:g}"
            raise ProvenanceInvalid(
                f"prices that are adjusted already have no {name}: it would count twice",
                field="provenance.adjustment",
                found=found,
                allowed=f"ADJUSTMENT_RAW, or a {name} of {nothing:g} everywhere",
            )
