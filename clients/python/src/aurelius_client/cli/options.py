"""Options that several commands share."""

from typing import Annotated

import typer

Server = Annotated[
    str | None,
    typer.Option(
        "--server",
        envvar="AURELIUS_SERVER",
        help="Envoy's address. Absent means http://127.0.0.1:8080.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Prints canonical JSON.")]
EveryMetric = Annotated[
    bool, typer.Option("--all", help="Prints every metric in its unit, not a summary.")
]
PasswordFile = Annotated[
    str | None,
    typer.Option(
        "--password-file",
        help="A file with the password; a last newline is not part of it. Absent asks for it.",
        show_default=False,
    ),
]
