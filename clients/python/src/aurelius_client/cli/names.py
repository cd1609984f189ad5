"""Resource names as people type them."""


def full_name(collection: str, text: str) -> str:
    """Returns `collection/id` of a name or an id."""
    return text if text.startswith(f"{collection}/") else f"{collection}/{text}"
