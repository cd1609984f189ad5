"""The refusals of the engine's domain. Attributes are the facts; texts are for people."""


class EngineError(Exception):
    """A refusal with its facts: what was found and what is allowed."""

    def __init__(self, message: str, **facts: str | int | float) -> None:
        """Keeps each fact as an attribute, for the wire."""
        super().__init__(message)
        self.facts = facts


def row_text(row: int) -> str:
    """Returns how a message names a row of a file, of which 0 is the first."""
    return f"row {row}, counted from 0 below the header"


class RowRefused(EngineError):
    """A row of market data that cannot be true."""

    def __init__(
        self, *, row: int, symbol: str, column: str, found: str, allowed: str, path: str = ""
    ) -> None:
        """Says which row, counted from 0 in the order of the file, or of its place at a path."""
        super().__init__(
            f"{path or row_text(row)}, symbol {symbol}: {column} is {found}, allowed {allowed}",
            row=row,
            symbol=symbol,
            column=column,
            found=found,
            allowed=allowed,
            **({"path": path} if path else {}),
        )


class PriceNotFinite(RowRefused):
    """A price or volume is NaN or infinite."""


class PriceNotPositive(RowRefused):
    """A price is not above 0."""


class HighBelowLow(RowRefused):
    """A bar's high is below its low."""


class PriceOutsideRange(RowRefused):
    """An open or a close lies outside [low, high]."""


class VolumeNegative(RowRefused):
    """A volume is below 0."""


class ActionInvalid(RowRefused):
    """A dividend or a split ratio cannot be true."""


class UniverseInvalid(RowRefused):
    """A membership or a delisting return cannot be true."""


class QuoteInvalid(RowRefused):
    """A level of a quote or a book cannot be true."""


class DuplicateBar(RowRefused):
    """Two rows have the same time and symbol."""


class EventInvalid(RowRefused):
    """A market event cannot be true."""


class DuplicateEvent(RowRefused):
    """Two events have one place in the order of events."""


class SymbolInvalid(RowRefused):
    """A symbol is no short printable text, or there are too many."""


class DatasetEmpty(EngineError):
    """There is no row."""


class WindowReversed(EngineError):
    """The end of the window is not after its start."""


class WindowEmpty(EngineError):
    """No bar lies in the window."""


class WindowTooLarge(EngineError):
    """The window has more times, times symbols, than a run lays out in memory."""


class CurrencyMixed(EngineError):
    """The prices of one dataset are in several currencies."""


class BarIntervalMismatch(EngineError):
    """The bars of the window are not as long as the specification says."""


class SymbolUnknown(EngineError):
    """The dataset has no such symbol."""


class LookbackTooLong(EngineError):
    """The strategy needs more bars than the window has."""


class DataColumnMissing(EngineError):
    """The run needs a column that the data does not have."""


class SymbolCountMismatch(EngineError):
    """The strategy is not for that many symbols."""


class SpecContradiction(EngineError):
    """Two parts of the specification exclude each other."""


class OrderOutsideWindow(EngineError):
    """An order of a list is sent before the first bar."""


class OrderOutsideUniverse(EngineError):
    """An order of a list is for a symbol that is no member of the universe then."""


class AdjustmentImpossible(EngineError):
    """A dividend is not below the close before it: no factor adjusts for it."""


class FormulaInvalid(EngineError):
    """A formula is no expression of the language; says where."""


class CalendarMismatch(EngineError):
    """The calendar, or its version, is not the dataset's or not known."""


class AccountingBreach(EngineError):
    """Cash and positions did not add up to equity, or cash fell below zero."""


class RunCancelled(EngineError):
    """A caller cancelled the run."""


class SweepParameterInvalid(EngineError):
    """A parameter of a sweep names no field that can vary, or has a value that it cannot."""


class SweepSpaceInvalid(EngineError):
    """The space of a sweep is no grid, too large, or empty."""


class SweepMetricUnknown(EngineError):
    """A sweep asks for a metric that the registry does not have."""


class TrialSpecInvalid(EngineError):
    """A point of a sweep is no valid specification."""


class OptionExpired(EngineError):
    """An option's expiry is past, or the question has an answer only before it."""


class OptionPriceOutsideBounds(EngineError):
    """No volatility gives an option that price."""


class DataInsufficient(EngineError):
    """The window has too few bars for the study."""


class StudyContradiction(EngineError):
    """Two parts of a study exclude each other."""


class VariantsTooFew(EngineError):
    """The space has too few variants that differ from the benchmark."""


class StudyTooLarge(EngineError):
    """A study would take more time or memory than one is given."""


class WarmUpMissing(EngineError):
    """There are not as many bars before the window as the specification asks for."""


class DerivationRefused(EngineError):
    """No bars follow from the events by the rule."""
