"""The formula language: typed expressions over bars that cannot see the future."""

from aurelius_engine.domain.formula.formulas import bars_needed, columns_read, signals

__all__ = ["bars_needed", "columns_read", "signals"]
