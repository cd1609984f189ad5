"""Canonical market events: their tables, their order, and bars made of them."""
