"""What is true about users, keys, strategies and pipelines."""
