"""A page token is opaque, comes back as it went, and belongs to one request."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurelius.governance.v1 import gate_decision_service_pb2, promotion_service_pb2
from aurelius_chassis import page_tokens
from aurelius_chassis.errors import RequestRefused

KINDS = {"after": int, "name": str}
cursors = st.fixed_dictionaries(
    {"after": st.integers(-(2**63), 2**63 - 1), "name": st.text(max_size=50)}
)
runs = st.sampled_from(["", "runs/r" + "a" * 26, "runs/r" + "b" * 26])
sizes = st.integers(0, 1000)


@given(cursors, runs, sizes, sizes)
def test_token_gives_its_cursor_back_whatever_the_page_size(
    cursor: dict[str, int | str], run: str, size: int, next_size: int
) -> None:
    asked = promotion_service_pb2.ListPromotionsRequest(run=run, page_size=size)
    token = page_tokens.encode(cursor, asked)
    following = promotion_service_pb2.ListPromotionsRequest(
        run=run, page_size=next_size, page_token=token
    )

    assert page_tokens.decode(token, following, KINDS) == cursor
    assert page_tokens.decode(token, following) == cursor


@given(cursors, runs, runs)
def test_token_of_another_request_is_refused(
    cursor: dict[str, int | str], run: str, other: str
) -> None:
    token = page_tokens.encode(cursor, promotion_service_pb2.ListPromotionsRequest(run=run))
    strangers = [gate_decision_service_pb2.ListGateDecisionsRequest(run=run)]
    if other != run:
        strangers.append(promotion_service_pb2.ListPromotionsRequest(run=other))  # type: ignore[arg-type]

    for stranger in strangers:
        with pytest.raises(RequestRefused) as refusal:
            page_tokens.decode(token, stranger, KINDS)
        assert refusal.value.reason == "ERROR_REASON_PAGE_TOKEN_INVALID"


REQUEST = promotion_service_pb2.ListPromotionsRequest()


@given(st.text(max_size=200))
def test_any_text_is_refused_and_never_crashes(token: str) -> None:
    with pytest.raises(RequestRefused):
        page_tokens.decode(token, REQUEST, KINDS)


def _forged(cursor: object) -> str:
    binding = json.loads(base64.urlsafe_b64decode(page_tokens.encode({}, REQUEST) + "=="))[1]
    return base64.urlsafe_b64encode(json.dumps([cursor, binding]).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        {},
        [],
        {"after": "1", "name": "x"},
        {"after": True, "name": "x"},
        {"after": 1.0, "name": "x"},
        {"after": 2**63, "name": "x"},
        {"after": 1},
        {"after": 1, "name": "x", "more": 1},
    ],
)
def test_token_that_a_caller_made_is_refused_unless_it_is_a_cursor(cursor: object) -> None:
    assert page_tokens.decode(_forged({"after": 1, "name": "x"}), REQUEST, KINDS)
    with pytest.raises(RequestRefused):
        page_tokens.decode(_forged(cursor), REQUEST, KINDS)


def test_token_that_nests_too_deep_is_refused() -> None:
    token = base64.urlsafe_b64encode(b"[" * 3000).decode()

    with pytest.raises(RequestRefused):
        page_tokens.decode(token, REQUEST, KINDS)


@pytest.mark.parametrize(("asked", "sent"), [(0, 50), (1, 1), (1000, 1000), (1001, 1000)])
def test_page_size_has_a_default_and_a_limit(asked: int, sent: int) -> None:
    assert page_tokens.page_size(asked) == sent


def test_negative_page_size_is_refused() -> None:
    with pytest.raises(RequestRefused) as refusal:
        page_tokens.page_size(-1)

    assert refusal.value.facts["found"] == "-1"
