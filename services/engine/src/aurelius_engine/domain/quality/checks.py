"""The checks of bars and of events: what each is called, how grave it is and what to do.

docs/specs/data_quality.md sections 3 and 7 list them. The order is that of the report.
"""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How grave a finding is. Data with an ERROR is not clean."""

    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


SEVERITIES = (Severity.INFO, Severity.WARNING, Severity.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check.

    Attributes:
        id: Its name.
        severity: Of its findings.
        found: What a finding says.
        remedy: What to do about one.
        refused: Whether such data is refused before there is a report.
    """

    id: str
    severity: Severity
    found: str
    remedy: str
    refused: bool = False


def _refused(name: str, found: str) -> Check:
    return Check(
        id=name,
        severity=Severity.ERROR,
        found=found,
        remedy="Nothing: such a file is refused, and names the row.",
        refused=True,
    )


_TIMES = "Write the times again, in UTC from the venue's own zone."
# Of bars.
CHECKS = (
    _refused("duplicate_bar", "Two rows have one time and symbol."),
    _refused("not_finite", "A price or a volume is no finite number."),
    _refused("price_not_positive", "A price is zero or negative."),
    _refused("ohlc_range", "The high is below the low, or open or close is outside of them."),
    _refused("volume_negative", "A volume is below zero."),
    Check(
        id="calendar_unknown",
        severity=Severity.INFO,
        found="Bars lie outside the years that the calendar is known of.",
        remedy="Nothing: they were not compared with sessions.",
    ),
    Check(
        id="missing_session",
        severity=Severity.WARNING,
        found="Sessions between a symbol's first bar and its last have none.",
        remedy="Ask the provider for them, or state why it was not traded.",
    ),
    Check(
        id="missing_bar",
        severity=Severity.INFO,
        found="Bars are missing within a session.",
        remedy="Nothing where nothing was traded, else ask the provider.",
    ),
    Check(
        id="low_coverage",
        severity=Severity.WARNING,
        found="A symbol has fewer of the expected bars than the policy asks for.",
        remedy="Ask the provider for what is missing, or leave the symbol out.",
    ),
    Check(
        id="lost_sessions",
        severity=Severity.ERROR,
        found="A symbol has a bar in fewer of its sessions than the policy asks for.",
        remedy="Check the calendar of the provenance; ask for the sessions; leave the symbol out.",
    ),
    Check(
        id="repeated_session",
        severity=Severity.ERROR,
        found="A session, a week or a month has two bars of one symbol.",
        remedy="Keep one bar of each.",
    ),
    Check(
        id="weekend_bar",
        severity=Severity.WARNING,
        found="Bars lie on a weekend on which the calendar has no session.",
        remedy="Drop them, or name the calendar on which they were traded.",
    ),
    Check(
        id="holiday_bar",
        severity=Severity.WARNING,
        found="Bars lie on a weekday on which the calendar has no session.",
        remedy="Drop them, or name the calendar on which they were traded.",
    ),
    Check(
        id="outside_hours",
        severity=Severity.INFO,
        found="Bars of a session's day lie before its open or after its close.",
        remedy="Drop them if trading outside regular hours is not meant.",
    ),
    Check(
        id="off_grid",
        severity=Severity.WARNING,
        found="Times are no whole number of intervals after the session's open or midnight.",
        remedy="Build the bars again from the open on.",
    ),
    Check(
        id="mixed_interval",
        severity=Severity.WARNING,
        found="Most gaps between a symbol's bars are not those of the data's interval.",
        remedy="Register each interval as a dataset of its own.",
    ),
    Check(
        id="time_zone_shift",
        severity=Severity.ERROR,
        found="A symbol's bars fit the sessions when whole hours or a day are added.",
        remedy=_TIMES,
    ),
    Check(
        id="daylight_saving_shift",
        severity=Severity.ERROR,
        found="A symbol's bars are an hour off in one half of the year.",
        remedy=_TIMES,
    ),
    Check(
        id="odd_label",
        severity=Severity.WARNING,
        found="Times of daily bars are neither midnight nor the open or close of a session.",
        remedy=_TIMES,
    ),
    Check(
        id="stale_bars",
        severity=Severity.WARNING,
        found="Bars repeat all four prices and the volume.",
        remedy="Drop the repeated bars, or ask the provider for the true ones.",
    ),
    Check(
        id="untraded_bars",
        severity=Severity.WARNING,
        found="Bars without volume repeat one close.",
        remedy="Drop them: nothing was traded at these prices.",
    ),
    Check(
        id="zero_volume",
        severity=Severity.INFO,
        found="Bars have no volume.",
        remedy="Nothing for an index; else no order should fill there: limit participation.",
    ),
    Check(
        id="outlier_return",
        severity=Severity.INFO,
        found="A return is far from the symbol's others.",
        remedy="Compare the price with another source.",
    ),
    Check(
        id="reverted_spike",
        severity=Severity.WARNING,
        found="A return is far from the others, and the next bar takes it back.",
        remedy="Compare the price with another source; drop a false bar.",
    ),
    Check(
        id="unstated_split",
        severity=Severity.ERROR,
        found="Prices as traded move by the ratio of a split, and the data states no action.",
        remedy="Register the data with its columns dividend and split_ratio.",
    ),
    Check(
        id="split_like_jump",
        severity=Severity.WARNING,
        found="Prices move by the ratio of a split, and no split is stated there.",
        remedy="Compare with the venue's notices; state the split if it was one.",
    ),
    Check(
        id="unseen_action",
        severity=Severity.ERROR,
        found="A split or a dividend is stated, and the price goes on as if there were none.",
        remedy="Compare its date and its size with the venue's notices.",
    ),
    Check(
        id="volume_unit_jump",
        severity=Severity.WARNING,
        found="The level of the volume changes at once, as with another unit.",
        remedy="Bring all volumes to one unit.",
    ),
)
_EVENTS_ALONE = (
    _refused("duplicate_event", "Two rows have one type, time, symbol and sequence."),
    _refused("event_invalid", "A price, a size or another value is outside its payload's rules."),
    Check(
        id="early_ingest",
        severity=Severity.WARNING,
        found="Events were received before they happened.",
        remedy="Check the clock that wrote the ingest time, and the time zone of the source.",
    ),
    Check(
        id="crossed_quote",
        severity=Severity.WARNING,
        found="Bids of quotes are above their asks.",
        remedy="Nothing fills there; many of them are quotes of several venues in one.",
    ),
    Check(
        id="locked_quote",
        severity=Severity.INFO,
        found="Bids of quotes are equal to their asks.",
        remedy="Nothing: both sides can be traded at.",
    ),
    Check(
        id="one_sided_quote",
        severity=Severity.INFO,
        found="Quotes lack the bid, the ask or both.",
        remedy="Nothing: nothing fills on a side that nobody quotes.",
    ),
    Check(
        id="crossed_book",
        severity=Severity.WARNING,
        found="The best bid of a book is above its best ask after all updates of a time.",
        remedy="Look for lost updates: a level that was never taken out crosses for ever.",
    ),
)
# A day on which a symbol has an event is looked at as a bar of that day.
_OF_DAYS = (
    "calendar_unknown",
    "missing_session",
    "low_coverage",
    "lost_sessions",
    "weekend_bar",
    "holiday_bar",
)
EVENT_CHECKS = (
    *(check for check in _EVENTS_ALONE if check.refused),
    *(check for check in CHECKS if check.id in _OF_DAYS),
    *(check for check in _EVENTS_ALONE if not check.refused),
)
# In the order of the places that findings have.
EVERY_CHECK = (*CHECKS, *_EVENTS_ALONE)
_PLACES = {check.id: place for place, check in enumerate(EVERY_CHECK)}


def place_of(check: str) -> int:
    """Returns the place of a check among all."""
    return _PLACES[check]
