"""The `aurelius` script. Exit codes: docs/reference/cli.md.

What the command needs beyond the SDK is imported inside, so that the SDK alone says
what is missing, and so that Ctrl-C is one line from the first moment.
"""

import contextlib
import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from aurelius_client.cli import exits
from aurelius_client.cli.checked_output import OutputLost, check_output, give_up_output
from aurelius_client.errors import AureliusError, FailedPrecondition, InvalidInput

if TYPE_CHECKING:
    import typer

EXTRA = frozenset({"typer", "rich", "yaml"})
# Looking for garbage among what it imports takes a seventh of a short command's time.
OBJECTS_BEFORE_COLLECTION = 100_000


def script() -> NoReturn:
    """Runs the command and leaves at once.

    The libraries that are loaded have threads of their own. At the end of an interpreter
    they can end it with "terminate called without an active exception", after all was done.
    """
    try:
        main()
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else exits.BROKEN
    else:
        code = exits.OK
    with contextlib.suppress(OSError, OutputLost):  # of what was interrupted
        sys.stdout.flush()
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Runs the command; a refusal is one line on standard error."""
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    # gRPC writes lines of its own to standard error, such as of a server that goes away.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        check_output()
        code = _run()
    except KeyboardInterrupt:
        code = _interrupted()
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in EXTRA:
            raise
        code = _refused(_not_installed())
    sys.exit(code)


def _run() -> int:
    try:
        code = _commanded()
        # Here, and not at the end of the process, where a failure could not be told.
        sys.stdout.flush()
    except OutputLost as lost:
        give_up_output()
        return _refused(lost)
    except BrokenPipeError:
        give_up_output()
        return exits.OK
    return code


def _commanded() -> int:
    import typer

    from aurelius_client.cli.commands import app

    try:
        code = app(standalone_mode=False)
    except typer.TyperException as misuse:
        return _misused(misuse)
    except typer.Abort:
        return _interrupted()
    except OutputLost:
        raise
    except AureliusError as refusal:
        return _refused(refusal)
    if code == exits.INTERRUPTED:  # typer takes Ctrl-C, and says nothing
        return _interrupted()
    return code if isinstance(code, int) else exits.OK


def _refused(refusal: AureliusError) -> int:
    print(f"error: {refusal}", file=sys.stderr)
    return exits.exit_code_of(refusal)


def _interrupted() -> int:
    print("error: INTERRUPTED: stopped by the person at the terminal", file=sys.stderr)
    return exits.INTERRUPTED


def _not_installed() -> FailedPrecondition:
    return FailedPrecondition(
        "COMMAND_MISSING",
        "the SDK is installed without its command",
        found="aurelius-client alone",
        allowed="pip install 'aurelius-client[cli]', or 'aurelius-client[suite]' with the servers",
    )


def _misused(misuse: "typer.TyperException") -> int:
    """Says in one line what was wrong with the arguments; a bare group has shown its help."""
    message = " ".join(misuse.format_message().split())
    if not message:
        return exits.REFUSED
    message = message.replace(": Value error, ", ": ").rstrip(".")  # a word of typer's own
    return _refused(InvalidInput("USAGE", message, allowed="see --help"))


if __name__ == "__main__":
    script()
