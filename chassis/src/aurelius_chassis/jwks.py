"""Bearer tokens: checked here, against the keys that the issuer publishes."""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import grpc
import jwt
from grpc import StatusCode

from aurelius_chassis.caller import Caller
from aurelius_chassis.errors import RequestRefused

ISSUER = "aurelius"
AUDIENCE = "aurelius"
ALGORITHMS = ("EdDSA",)
FETCH_TIMEOUT_SECONDS = 5.0
_FETCH_METHOD = "/aurelius.gateway.v1.AuthService/GetJsonWebKeySet"


class KeySource:
    """Keys by id; fetched when first needed, and again for an id that is not known."""

    def __init__(self, fetch: Callable[[], bytes]) -> None:
        """`fetch` returns a JSON Web Key Set (RFC 7517), or raises RequestRefused."""
        self._fetch = fetch
        self._keys: Mapping[str, Any] = {}
        self._lock = threading.Lock()

    def key(self, key_id: str) -> Any:
        """Returns the key of an id, or None."""
        if key_id not in self._keys:
            with self._lock:
                if key_id not in self._keys:
                    self._keys = self._fetched()
        return self._keys.get(key_id)

    def _fetched(self) -> Mapping[str, Any]:
        documents = json.loads(self._fetch())["keys"]
        return {document["kid"]: jwt.PyJWK(document).key for document in documents}


def fetch_over_grpc(target: str) -> Callable[[], bytes]:
    """Returns a function that fetches the key set from the gateway at `target`."""
    channel = grpc.insecure_channel(target)
    call: Any = channel.unary_unary(
        _FETCH_METHOD, request_serializer=None, response_deserializer=None
    )

    def fetch() -> bytes:
        from google.api import httpbody_pb2

        try:
            raw: bytes = call(b"", timeout=FETCH_TIMEOUT_SECONDS, wait_for_ready=True)
        except grpc.RpcError as error:
            raise RequestRefused(
                StatusCode.UNAVAILABLE,
                "ERROR_REASON_KEYS_UNAVAILABLE",
                "the token cannot be checked: its issuer does not answer",
                found=str(error.code().name),
                allowed="a reachable issuer",
            ) from error
        data: bytes = httpbody_pb2.HttpBody.FromString(raw).data
        return data

    return fetch


class Authenticator:
    """Turns an authorization header into a caller."""

    def __init__(self, keys: KeySource) -> None:
        """Takes the issuer's keys."""
        self._keys = keys

    def caller_of(self, authorization: str) -> Caller:
        """Returns who the bearer is.

        Raises:
            RequestRefused: No token, or one that is malformed, expired, of another
                issuer, or whose signature fails.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated("no bearer token", found=scheme or "nothing")
        try:
            key = self._keys.key(str(jwt.get_unverified_header(token).get("kid", "")))
            if key is None:
                raise _unauthenticated("the token's key is not known", found="an unknown kid")
            claims = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": ["exp", "sub", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise _unauthenticated(str(error), found=type(error).__name__) from error
        roles = claims.get("roles", [])
        if not isinstance(roles, list):
            raise _unauthenticated("the roles claim is not a list", found=type(roles).__name__)
        return Caller(name=str(claims["sub"]), roles=frozenset(map(str, roles)), token=token)


def _unauthenticated(why: str, *, found: str) -> RequestRefused:
    return RequestRefused(
        StatusCode.UNAUTHENTICATED,
        "ERROR_REASON_UNAUTHENTICATED",
        f"the call needs a valid bearer token: {why}",
        found=found,
        allowed="a token from AuthService.Login or ExchangeApiKey",
    )
