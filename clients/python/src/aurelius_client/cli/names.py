"""Names as people type and read them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aurelius.engine.v1 import strategy_pb2


def full_name(collection: str, text: str) -> str:
    """Returns `collection/id` of a name or an id."""
    return text if text.startswith(f"{collection}/") else f"{collection}/{text}"


def template_of(strategy: "strategy_pb2.Strategy") -> str:
    """Returns the name of a strategy's template as a specification has it, or nothing."""
    template = strategy.WhichOneof("template")
    return strategy.DESCRIPTOR.fields_by_name[template].json_name if template else ""
