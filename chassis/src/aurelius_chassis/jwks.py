"""Bearer tokens: checked here, against the keys that the issuer publishes."""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
import jwt
from google.api import httpbody_pb2
from grpc import StatusCode

from aurelius_chassis.caller import Caller
from aurelius_chassis.errors import RequestRefused

ISSUER = "aurelius"
AUDIENCE = "aurelius"
ALGORITHMS = ("EdDSA",)
# Clocks of two machines differ; Envoy allows its peers the same.
CLOCK_LEEWAY_SECONDS = 60.0
FETCH_TIMEOUT_SECONDS = 5.0
# Whoever sends made-up key ids makes the issuer answer once in this time, not once a call.
REFETCH_SECONDS = 5.0
# A key that the issuer withdrew is trusted this long at most, while the issuer answers.
KEYS_MAX_AGE_SECONDS = 300.0
TOKENS_KEPT_MAX = 4096
_FETCH_METHOD = "/aurelius.gateway.v1.AuthService/GetJsonWebKeySet"
_PRINCIPAL = re.compile(r"users/[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


class KeySource:
    """Keys by id; fetched when first needed, for an id that is not known, and when old."""

    def __init__(
        self, fetch: Callable[[], bytes], *, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Takes how to ask the issuer.

        Args:
            fetch: Returns a JSON Web Key Set (RFC 7517), or raises RequestRefused.
            now: A monotonic clock in seconds.
        """
        self._fetch, self._now = fetch, now
        self._keys: Mapping[str, Any] = {}
        self._asked: float | None = None
        self._failed = False
        self._lock = threading.Lock()

    def key(self, key_id: str) -> Any:
        """Returns the key of an id, or None.

        Raises:
            RequestRefused: The id is not known and the issuer does not answer.
        """
        found = self._keys.get(key_id)
        if self._is_due(known=found is not None):
            if not self._lock.acquire(blocking=found is None):
                return found  # another thread is asking; the key at hand is good meanwhile
            try:
                if self._is_due(known=key_id in self._keys):
                    self._renew()
            finally:
                self._lock.release()
            found = self._keys.get(key_id)
        if found is None and self._failed:
            raise _keys_unavailable("no answer")
        return found

    def _is_due(self, *, known: bool) -> bool:
        asked = self._asked
        wait = KEYS_MAX_AGE_SECONDS if known and not self._failed else REFETCH_SECONDS
        return asked is None or self._now() - asked >= wait

    def _renew(self) -> None:
        try:
            documents = json.loads(self._fetch())["keys"]
            self._keys = {document["kid"]: jwt.PyJWK(document).key for document in documents}
            self._failed = False
        except (RequestRefused, ValueError, KeyError, TypeError, jwt.PyJWTError):
            self._failed = True
        finally:
            self._asked = self._now()


def fetch_over_grpc(target: str) -> Callable[[], bytes]:
    """Returns a function that fetches the key set from the gateway at `target`."""
    channel = grpc.insecure_channel(target)
    call: Any = channel.unary_unary(
        _FETCH_METHOD, request_serializer=None, response_deserializer=None
    )

    def fetch() -> bytes:
        try:
            raw: bytes = call(b"", timeout=FETCH_TIMEOUT_SECONDS, wait_for_ready=True)
        except grpc.RpcError as error:
            raise _keys_unavailable(str(error.code().name)) from error
        data: bytes = httpbody_pb2.HttpBody.FromString(raw).data
        return data

    return fetch


@dataclass(frozen=True, slots=True)
class _Seen:
    """A token that was good, its end in seconds since 1970, and the key that says so."""

    caller: Caller
    expires: float
    key_id: str
    key: Any


class Authenticator:
    """Turns an authorization header into a caller."""

    def __init__(self, keys: KeySource, *, now: Callable[[], float] = time.time) -> None:
        """Takes the issuer's keys, and a clock in seconds since 1970."""
        self._keys, self._now = keys, now
        # Only good tokens are kept, so strangers cannot fill it.
        self._seen: dict[str, _Seen] = {}

    def caller_of(self, authorization: str) -> Caller:
        """Returns who the bearer is.

        Raises:
            RequestRefused: No token, or one that is malformed, expired, of another
                issuer, or whose signature fails; or the issuer does not answer.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated("no bearer token", found=scheme[:32] or "nothing")
        seen = self._seen.get(token)
        if seen is None or self._keys.key(seen.key_id) is not seen.key:
            seen = self._checked(token)
            if len(self._seen) >= TOKENS_KEPT_MAX:
                self._seen.clear()
            self._seen[token] = seen
        if seen.expires + CLOCK_LEEWAY_SECONDS <= self._now():
            self._seen.pop(token, None)
            raise _unauthenticated("Signature has expired", found="ExpiredSignatureError")
        return seen.caller

    def _checked(self, token: str) -> _Seen:
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            key = self._keys.key(key_id) if key_id else None
            if key is None:
                raise _unauthenticated("the token's key is not known", found="an unknown kid")
            claims = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                issuer=ISSUER,
                audience=AUDIENCE,
                options={
                    "require": ["exp", "sub", "iss", "aud"],
                    # Begin and end are checked below and by the caller, by the clock passed in.
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            expires = _seconds(claims["exp"], "exp")
            if _seconds(claims.get("nbf", 0), "nbf") > self._now() + CLOCK_LEEWAY_SECONDS:
                raise jwt.ImmatureSignatureError("the token is not yet valid")
        except (jwt.PyJWTError, RecursionError) as error:
            raise _unauthenticated(str(error), found=type(error).__name__) from error
        roles = claims.get("roles", [])
        if not isinstance(roles, list):
            raise _unauthenticated("the roles claim is not a list", found=type(roles).__name__)
        if not _PRINCIPAL.fullmatch(claims["sub"]):
            raise _unauthenticated("the subject is no user", found=claims["sub"][:100])
        caller = Caller(name=claims["sub"], roles=frozenset(map(str, roles)), token=token)
        return _Seen(caller, expires, str(key_id), key)


def _keys_unavailable(found: str) -> RequestRefused:
    return RequestRefused(
        StatusCode.UNAVAILABLE,
        "ERROR_REASON_KEYS_UNAVAILABLE",
        "the token cannot be checked: its issuer does not answer",
        found=found,
        allowed="a reachable issuer",
    )


def _seconds(value: object, claim: str) -> float:
    if not isinstance(value, int) or isinstance(value, bool):
        raise jwt.DecodeError(f"the claim {claim} is not a whole number of seconds")
    return float(value)


def _unauthenticated(why: str, *, found: str) -> RequestRefused:
    return RequestRefused(
        StatusCode.UNAUTHENTICATED,
        "ERROR_REASON_UNAUTHENTICATED",
        f"the call needs a valid bearer token: {why}",
        found=found,
        allowed="a token from AuthService.Login or ExchangeApiKey",
    )
