"""The first administrator's password, in a file that only its owner reads."""

from pathlib import Path

SHORTEST, LONGEST = 12, 256


class PasswordFileError(Exception):
    """The file is not what it must be. Its content is never repeated."""

    def __init__(self, *, found: str, allowed: str) -> None:
        super().__init__(f"the password file is {found}, allowed {allowed}")
        self.found, self.allowed = found, allowed


def read_password(path: Path) -> str:
    """Returns the password: the file's text without its last newline.

    Raises:
        PasswordFileError: It is absent, others can read it, or the password is too
            short or too long.
    """
    if not path.is_file():
        raise PasswordFileError(found="absent", allowed="a file of mode 0600")
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise PasswordFileError(found=f"of mode {mode:04o}", allowed="mode 0600")
    try:
        password = path.read_bytes().decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise PasswordFileError(found="not UTF-8", allowed="UTF-8") from None
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordFileError(
            found=f"of {len(password)} characters", allowed=f"{SHORTEST} to {LONGEST} characters"
        )
    return password
