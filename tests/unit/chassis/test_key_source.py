import json
import threading
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from grpc import StatusCode

from aurelius_chassis import jwks
from aurelius_chassis.errors import RequestRefused
from aurelius_chassis.jwks import KeySource


class Issuer:
    """Publishes keys by id, counts how often it was asked, and may be away."""

    def __init__(self, *key_ids: str) -> None:
        self.key_ids, self.asked, self.away = list(key_ids), 0, False
        self._key = Ed25519PrivateKey.generate()

    def __call__(self) -> bytes:
        self.asked += 1
        if self.away:
            raise RequestRefused(StatusCode.UNAVAILABLE, "ANY", "away")
        document = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self._key.public_key()))
        return json.dumps({"keys": [{**document, "kid": name} for name in self.key_ids]}).encode()


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_keys_are_fetched_once_for_many_calls(clock: Clock) -> None:
    issuer = Issuer("a", "b")
    keys = KeySource(issuer, now=clock)

    found = [keys.key("a") for _ in range(100)] + [keys.key("b")]

    assert None not in found
    assert issuer.asked == 1


def test_made_up_key_ids_do_not_make_the_issuer_answer_each_time(clock: Clock) -> None:
    issuer = Issuer("a")
    keys = KeySource(issuer, now=clock)

    found = [keys.key(f"made-up-{number}") for number in range(1000)]
    clock.seconds += jwks.REFETCH_SECONDS
    later = [keys.key(f"made-up-{number}") for number in range(1000)]

    assert set(found + later) == {None}
    assert issuer.asked == 2


def test_new_key_is_found_after_the_wait(clock: Clock) -> None:
    issuer = Issuer("a")
    keys = KeySource(issuer, now=clock)
    keys.key("a")
    issuer.key_ids.append("b")

    soon = keys.key("b")
    clock.seconds += jwks.REFETCH_SECONDS
    later = keys.key("b")

    assert soon is None
    assert later is not None


def test_withdrawn_key_is_no_longer_good_after_its_age(clock: Clock) -> None:
    issuer = Issuer("a", "b")
    keys = KeySource(issuer, now=clock)
    assert keys.key("b") is not None
    issuer.key_ids.remove("b")

    clock.seconds += jwks.KEYS_MAX_AGE_SECONDS

    assert keys.key("b") is None
    assert keys.key("a") is not None


def test_issuer_that_is_away_is_asked_seldom_and_named_unavailable(clock: Clock) -> None:
    issuer = Issuer("a")
    issuer.away = True
    keys = KeySource(issuer, now=clock)

    for _ in range(10):
        with pytest.raises(RequestRefused) as refusal:
            keys.key("a")
    asked_while_away = issuer.asked
    issuer.away = False
    clock.seconds += jwks.REFETCH_SECONDS

    assert refusal.value.reason == "ERROR_REASON_KEYS_UNAVAILABLE"
    assert asked_while_away == 1
    assert keys.key("a") is not None


def test_keys_at_hand_stay_good_while_the_issuer_is_away(clock: Clock) -> None:
    issuer = Issuer("a")
    keys = KeySource(issuer, now=clock)
    key = keys.key("a")
    issuer.away = True

    clock.seconds += jwks.KEYS_MAX_AGE_SECONDS

    assert keys.key("a") is key
    with pytest.raises(RequestRefused):
        keys.key("b")


@pytest.mark.parametrize("answer", [b"", b"[]", b'{"keys": [{}]}', b'{"keys": [{"kid": "a"}]}'])
def test_malformed_key_set_is_no_answer(answer: bytes, clock: Clock) -> None:
    keys = KeySource(lambda: answer, now=clock)

    with pytest.raises(RequestRefused) as refusal:
        keys.key("a")

    assert refusal.value.reason == "ERROR_REASON_KEYS_UNAVAILABLE"


def test_callers_that_come_together_wait_for_one_fetch(clock: Clock) -> None:
    issuer = Issuer("a")
    together = threading.Barrier(8)
    keys = KeySource(issuer, now=clock)

    def ask(_: int) -> object:
        together.wait(30)
        return keys.key("a")

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))

    assert all(item is found[0] for item in found)
    assert found[0] is not None
    assert issuer.asked == 1
