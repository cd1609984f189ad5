"""The Python SDK of AURELIUS."""
