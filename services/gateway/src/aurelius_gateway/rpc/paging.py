"""Pages of lists that go on after an id."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from google.protobuf.message import Message

from aurelius_chassis import page_tokens


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Identified)
_CURSOR = {"after_id": str}


def page(
    request: Message, page_size: int, page_token: str, fetch: Callable[[str, int], Sequence[T]]
) -> tuple[Sequence[T], str]:
    """Returns the page that a request asks for, and the token of the next.

    Args:
        request: The request, to which the token is bound.
        page_size: As asked for.
        page_token: As asked for.
        fetch: Returns at most so many items that come after an id.
    """
    size = page_tokens.page_size(page_size)
    after_id = ""
    if page_token:
        after_id = page_tokens.decode(page_token, request, _CURSOR)["after_id"]
    found = fetch(after_id, size + 1)
    if len(found) <= size:
        return found, ""
    return found[:size], page_tokens.encode({"after_id": found[size - 1].id}, request)
