"""What a table of bars says against itself and its calendar: docs/specs/data_quality.md."""
