"""The wire: the only place that imports generated code."""
