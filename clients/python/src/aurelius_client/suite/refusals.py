"""Why a suite does not start, or stopped by itself."""

from collections.abc import Sequence

from aurelius_client.errors import AureliusError


class PortInUse(AureliusError):
    """Somebody listens on a port that the suite needs."""

    code = "FAILED_PRECONDITION"

    def __init__(self, part: str, port: int) -> None:
        """Names the port."""
        super().__init__(
            "PORT_IN_USE",
            f"port {port} of {part} is in use",
            found=str(port),
            allowed="a free port: --port N, or --free-ports for all",
        )
        self.part, self.port = part, port


class HomeInUse(AureliusError):
    """Another suite runs in the home folder, or the parts of one still stop there."""

    code = "FAILED_PRECONDITION"

    def __init__(self, home: str, holder: str, *, alive: bool) -> None:
        """Names the folder, the process that holds it, and whether that is `alive`."""
        process = f"process {holder or 'unknown'}"
        if alive:
            what, found = f"a suite already runs in {home}", process
            allowed = "one suite in a home folder: stop that one, or choose another --home"
        else:
            what = f"the parts of a suite that was killed are still stopping in {home}"
            found = f"the parts of {process}, which has ended"
            allowed = "one suite in a home folder: try again in some seconds"
        super().__init__("HOME_IN_USE", what, found=found, allowed=allowed)


class HomeUnusable(AureliusError):
    """The home folder cannot be made or written."""

    code = "FAILED_PRECONDITION"

    def __init__(self, home: str, why: str) -> None:
        """Says what the system answered."""
        super().__init__(
            "HOME_UNUSABLE",
            f"{home} cannot be the home of a suite",
            found=why,
            allowed="a folder that this user may write",
        )


class PartMissing(AureliusError):
    """A program of the suite is not installed."""

    code = "FAILED_PRECONDITION"

    def __init__(self, command: str) -> None:
        """Names the program."""
        super().__init__(
            "PART_MISSING",
            f"{command} is not installed",
            found="nothing",
            allowed="pip install 'aurelius-client[suite]'",
        )


class PartDied(AureliusError):
    """A process of the suite ended by itself, so the whole suite was stopped."""

    code = "INTERNAL"

    def __init__(self, part: str, exit_code: int, last_lines: Sequence[str]) -> None:
        """Keeps the last lines of its log."""
        how = (
            f"by signal {-exit_code}" if exit_code < 0 else f"by itself with exit code {exit_code}"
        )
        super().__init__(
            "PART_DIED",
            f"{part} ended {how}",
            found=last_lines[-1] if last_lines else "an empty log",
        )
        self.part, self.exit_code, self.last_lines = part, exit_code, tuple(last_lines)


class PartNotReady(AureliusError):
    """A process of the suite did not get ready in time."""

    code = "DEADLINE_EXCEEDED"

    def __init__(self, part: str, seconds: float) -> None:
        """Says how long it was waited for."""
        super().__init__(
            "PART_NOT_READY", f"{part} is not ready", found=f"{seconds:g} seconds without it"
        )
