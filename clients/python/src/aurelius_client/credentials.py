"""Who calls: nobody, a token, or an API key that buys tokens."""

from dataclasses import dataclass

from aurelius.gateway.v1 import auth_service_pb2

# A token that ends sooner than this is renewed before it is used.
RENEW_BEFORE_SECONDS = 60.0


@dataclass(slots=True)
class Credentials:
    """What a client authenticates with. `token` and `expires` change; the key stays."""

    token: str = ""
    api_key: str = ""
    expires: float | None = None

    def accept(self, issued: auth_service_pb2.AccessToken) -> None:
        """Takes a token that the gateway issued."""
        self.token = issued.access_token
        self.expires = issued.expire_time.seconds + issued.expire_time.nanos / 1e9

    def needs_token(self, now: float) -> bool:
        """Whether a new token must be bought with the key first."""
        if not self.api_key:
            return False
        ends_soon = self.expires is not None and self.expires - now < RENEW_BEFORE_SECONDS
        return not self.token or ends_soon

    def forget_token(self) -> bool:
        """Forgets a refused token; returns whether the key can buy another."""
        if self.api_key:
            self.token = ""
        return bool(self.api_key)
