"""JSON Web Tokens signed with Ed25519 (RFC 7519, RFC 8037)."""

import base64
import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aurelius_chassis.jwks import AUDIENCE, ISSUER
from aurelius_gateway.application.tokens import IssuedToken
from aurelius_gateway.domain.roles import Role, in_order


class JwtIssuer:
    """Implements the port `TokenIssuer`."""

    def __init__(self, key: Ed25519PrivateKey, *, lifetime_seconds: int):
        """Takes the signing key, and how long a token lasts."""
        self._key, self._lifetime = key, lifetime_seconds
        self._public = public_jwk(key.public_key().public_bytes_raw())

    def issue(self, user: str, roles: Iterable[Role], *, now: datetime) -> IssuedToken:
        """See the port."""
        ordered = in_order(roles)
        issued_at = int(now.timestamp())
        expires = issued_at + self._lifetime
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user,
            "roles": [role.value for role in ordered],
            "iat": issued_at,
            "exp": expires,
        }
        return IssuedToken(
            text=jwt.encode(
                claims, self._key, algorithm="EdDSA", headers={"kid": self._public["kid"]}
            ),
            expire_time=datetime.fromtimestamp(expires, UTC),
            user=user,
            roles=ordered,
        )

    def key_set(self) -> bytes:
        """See the port."""
        return json.dumps({"keys": [self._public]}, separators=(",", ":")).encode()


def public_jwk(public_key: bytes) -> dict[str, str]:
    """Returns a public key as a JSON Web Key, whose id is its thumbprint (RFC 7638)."""
    required = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public_key)}
    canonical = json.dumps(required, separators=(",", ":"), sort_keys=True)
    thumbprint = _base64url(hashlib.sha256(canonical.encode()).digest())
    return {**required, "alg": "EdDSA", "use": "sig", "kid": thumbprint}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
