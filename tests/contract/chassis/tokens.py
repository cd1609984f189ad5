"""An issuer of tokens for tests: the gateway's format, with a key of its own."""

import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALL_ROLES = (
    "ROLE_RESEARCHER",
    "ROLE_PLATFORM",
    "ROLE_PRODUCT",
    "ROLE_RISK",
    "ROLE_AUDITOR",
    "ROLE_APPROVER",
    "ROLE_ADMIN",
)


class Issuer:
    """Signs tokens, and publishes the key."""

    def __init__(self, key_id: str = "test-key") -> None:
        self.key, self.key_id = Ed25519PrivateKey.generate(), key_id

    def key_set(self) -> bytes:
        document = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self.key.public_key()))
        return json.dumps({"keys": [{**document, "kid": self.key_id}]}).encode()

    def token(self, user: str = "rita", *roles: str, **claims: Any) -> str:
        """Returns a token; a claim or header of None is left out."""
        now = int(time.time())
        headers = claims.pop("headers", {"kid": self.key_id})
        key, algorithm = claims.pop("key", self.key), claims.pop("algorithm", "EdDSA")
        payload = {
            "iss": "aurelius",
            "aud": "aurelius",
            "sub": f"users/{user}",
            "roles": list(roles or ("ROLE_RESEARCHER",)),
            "iat": now,
            "exp": now + 600,
            **claims,
        }
        kept = {name: value for name, value in payload.items() if value is not None}
        return jwt.encode(kept, key, algorithm=algorithm, headers=headers)

    def bearer(self, user: str = "rita", *roles: str, **claims: Any) -> tuple[tuple[str, str], ...]:
        """Returns the metadata of a call."""
        return (("authorization", f"Bearer {self.token(user, *roles, **claims)}"),)
