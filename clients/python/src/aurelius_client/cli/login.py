"""`aurelius login`: a token for this machine."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from aurelius_client.cli.options import PasswordFile, Server
from aurelius_client.errors import InvalidInput


def login(
    user: Annotated[
        str | None,
        typer.Option(help="The user's id. Absent asks for it.", show_default=False),
    ] = None,
    password_file: PasswordFile = None,
    server: Server = None,
) -> None:
    """Gets a token and keeps it on this machine.

    A password buys it, or the API key in AURELIUS_API_KEY. The token is in tokens.json
    in the folder of your settings, which nobody else may read. AURELIUS_TOKEN, where
    it is set, is used instead.

    Example: aurelius login --user admin --password-file .aurelius/admin-password
    """
    from aurelius_client.cli import tokens
    from aurelius_client.cli.output import moment
    from aurelius_client.cli.server import anonymous, target_of

    target = target_of(server)
    key = os.environ.get("AURELIUS_API_KEY", "")
    with anonymous(target) as client:
        if user is None and key:
            issued = client.exchange_api_key(key)
        else:
            user_id = (user or ask("user", secret=False)).removeprefix("users/")
            issued = client.login(user_id, read_password(password_file, f"password of {user_id}"))
    tokens.store(
        target.url,
        tokens.StoredToken(
            token=issued.access_token, user=issued.user, expires=float(issued.expire_time.seconds)
        ),
    )
    until = moment(issued.expire_time)
    typer.echo(f"logged in to {target.url} as {issued.user} until {until}")


def read_password(file: str | None, title: str, *, confirm: bool = False) -> str:
    """Returns the password of a file, or of the person at the terminal.

    Raises:
        InvalidInput: The file cannot be read, or nobody can be asked.
    """
    if file is None:
        return ask(title, secret=True, confirm=confirm)
    try:
        return Path(file).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise InvalidInput(
            "FILE_UNREADABLE",
            f"{file} cannot be read",
            found=error.strerror or type(error).__name__,
            allowed="a file with the password",
        ) from error


def ask(title: str, *, secret: bool, confirm: bool = False) -> str:
    """Asks the person at the terminal, on standard error.

    Raises:
        InvalidInput: There is no terminal.
    """
    if not sys.stdin.isatty():
        raise InvalidInput(
            "INPUT_MISSING",
            f"nobody can be asked for the {title}",
            found="no terminal",
            allowed="--user and --password-file, or AURELIUS_API_KEY",
        )
    answer: str = typer.prompt(title, hide_input=secret, err=True, confirmation_prompt=confirm)
    return answer
