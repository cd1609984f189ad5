"""Lineage, gates, promotions and the ledger."""
