"""From signals to target positions: sizing and rebalancing."""

from aurelius_engine.domain.portfolio.sizing import decisions, refuse_contradictions

__all__ = ["decisions", "refuse_contradictions"]
