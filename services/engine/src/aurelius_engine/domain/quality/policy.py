"""The thresholds of the quality report. They are the contract's defaults, part of each report."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPolicy:
    """What each check lets pass; the message QualityPolicy says what each field means."""

    low_coverage_ratio: float = 0.99
    lost_sessions_ratio: float = 0.9
    coverage_min_count: int = 20
    stale_bars: int = 3
    untraded_bars: int = 5
    outlier_score: float = 10.0
    outlier_floor_ratio: float = 0.001
    outlier_min_returns: int = 20
    reversal_ratio: float = 0.2
    split_ratios: tuple[float, ...] = (
        1.5,
        2.0,
        3.0,
        4.0,
        5.0,
        6.0,
        7.0,
        8.0,
        10.0,
        15.0,
        20.0,
        25.0,
        30.0,
        50.0,
        100.0,
    )
    split_tolerance_ratio: float = 0.03
    zone_misfit_ratio: float = 0.9
    zone_fit_ratio: float = 0.98
    zone_min_bars: int = 20
    volume_block_sessions: int = 10
    volume_jump_ratio: float = 30.0
    findings_max_count: int = 1000


DEFAULT_POLICY = QualityPolicy()
