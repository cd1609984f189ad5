"""Users, keys, strategies and pipelines of AURELIUS."""
