"""The deterministic backtest engine of AURELIUS."""

SEMANTIC_VERSION = "0.1.0"
