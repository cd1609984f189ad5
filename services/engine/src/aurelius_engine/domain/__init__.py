"""What is true of a backtest: pure functions and frozen types."""
