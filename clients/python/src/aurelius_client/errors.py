"""What the SDK and the command refuse with."""


class AureliusError(Exception):
    """A refusal: a reason, the value found and the value allowed."""

    def __init__(self, reason: str, message: str, *, found: str, allowed: str) -> None:
        """Keeps the facts as attributes."""
        super().__init__(f"{reason}: {message} (found {found}; allowed {allowed})")
        self.reason, self.found, self.allowed = reason, found, allowed


class InvalidInput(AureliusError):
    """What the caller gave cannot be used; nothing was sent."""
