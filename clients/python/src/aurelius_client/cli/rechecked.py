"""What the recheck of a validation compared, for people and for programs."""

import sys
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from aurelius_client.rechecks import Recheck


def print_recheck(recheck: "Recheck", as_json: bool) -> None:
    """Prints every comparison, and whether all are equal."""
    if as_json:
        import rfc8785

        document: dict[str, Any] = {
            "validation": recheck.validation,
            "seed": str(recheck.seed),
            "engineVersion": recheck.engine_version,
            "compared": [
                {
                    "what": one.what,
                    "stated": one.stated,
                    "downloaded": one.downloaded,
                    "computed": one.computed,
                    "equal": one.equal,
                }
                for one in recheck.compared
            ],
            "equal": recheck.equal,
        }
        sys.stdout.buffer.write(rfc8785.dumps(document) + b"\n")
        return
    from aurelius_client.cli.output import print_table, short

    def shown(value: str) -> str:
        return short(value.rpartition("/")[2], 12) if value else ""

    rows = [
        (
            one.what,
            shown(one.stated),
            shown(one.downloaded),
            shown(one.computed),
            "yes" if one.equal else "NO",
        )
        for one in recheck.compared
    ]
    print_table(("", "stated", "downloaded", "computed", "equal"), rows, "nothing was compared")
    different = [one.what for one in recheck.compared if not one.equal]
    if different:
        typer.echo(f"different: {', '.join(different)}")
    else:
        typer.echo(f"equal: {recheck.compared[-1].computed} with the seed {recheck.seed}")
