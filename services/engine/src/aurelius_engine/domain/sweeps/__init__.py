"""Sweeps: spaces of specifications, how their points are chosen and what is kept of each."""
