"""`aurelius up`: the suite on this machine, until it is told to stop."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aurelius_client.cli.exits import INTERRUPTED

if TYPE_CHECKING:
    from rich.console import Console

    from aurelius_client.suite.processes import RunningSuite, Suite

DEFAULT_HOME = Path(".aurelius")


def up(
    home: Annotated[
        Path, typer.Option(help="The folder of keys, databases, objects and logs.")
    ] = DEFAULT_HOME,
    port: Annotated[
        int | None, typer.Option(help="The port of REST, gRPC and gRPC-Web.", min=1, max=65535)
    ] = None,
    free_ports: Annotated[
        bool, typer.Option("--free-ports", help="Takes free ports instead of the usual ones.")
    ] = False,
    cors_origin: Annotated[
        list[str] | None,
        typer.Option(help="An origin whose pages may call; pages of this machine always may."),
    ] = None,
    requests_per_second: Annotated[
        int, typer.Option(help="What all callers together may ask for.", min=1)
    ] = 500,
    transfer_idle_seconds: Annotated[
        float,
        typer.Option(
            help="How long a read or download may stand still until it is cut.",
            min=0.1,
            max=3600,
        ),
    ] = 30.0,
) -> None:
    """Starts the three services and Envoy, says how to use them, and stays until stopped."""
    from aurelius_client.suite.edge_settings import EdgeSettings
    from aurelius_client.suite.processes import Suite, SuiteOptions
    from aurelius_client.suite.topology import ENVOY

    options = SuiteOptions(
        home=home,
        ports={} if port is None else {ENVOY: port},
        all_free=free_ports,
        edge=EdgeSettings(
            requests_per_second=requests_per_second,
            request_burst=2 * requests_per_second,
            cors_origins=tuple(cors_origin or ()),
            transfer_idle_seconds=transfer_idle_seconds,
        ),
    )
    run_until_stopped(Suite(options))


def run_until_stopped(suite: "Suite") -> None:
    """Starts a suite, shows it, and waits until it is told to stop.

    Raises:
        AureliusError: It cannot start, or one of its processes ended.
    """
    from contextlib import ExitStack

    from rich.console import Console

    from aurelius_client.suite.processes import StoppedEarly
    from aurelius_client.suite.refusals import PartDied

    console = Console(highlight=False, markup=False, emoji=False)
    suite.stop_on_signals()
    try:
        with ExitStack() as stack:
            with console.status("starting engine, governance, gateway and Envoy"):
                running = stack.enter_context(suite.running())
            print_summary(console, running)
            suite.watch()
            console.print("stopping")
    except StoppedEarly:
        console.print("stopped before it was ready")
        raise typer.Exit(INTERRUPTED) from None
    except PartDied as death:
        for line in death.last_lines:
            typer.echo(f"{death.part}: {line}", err=True)
        raise
    console.print(f"stopped; everything is kept in {running.home.path}", soft_wrap=True)


def print_summary(console: "Console", running: "RunningSuite") -> None:
    """Says where the suite is, how to log in and how to stop."""
    from rich.table import Table
    from rich.text import Text

    from aurelius_client.targets import DEFAULT_SERVER

    home, ports = running.home, running.place.ports
    console.print("AURELIUS is up", style="bold")
    rows = Table(box=None, show_header=False, pad_edge=False)
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    rows.add_row("REST, gRPC-Web, SSE", Text(running.url, style="bold"))
    rows.add_row("gRPC", running.target)
    rows.add_row("health", f"{running.url}/healthz")
    rows.add_row(
        "services",
        ", ".join(f"{name} {ports[name]}" for name in ("engine", "governance", "gateway")),
    )
    rows.add_row("home", str(home.path))
    rows.add_row("logs", str(home.path / "logs"))
    console.print(rows)
    login = ["aurelius", "login", "--user", "admin"]
    if running.url != DEFAULT_SERVER:
        login += ["--server", running.url]
    login += ["--password-file", str(home.admin_password_file)]
    console.print("log in with", style="dim")
    console.print(shlex.join(login), soft_wrap=True)  # one line, to be pasted
    console.print("stop with Ctrl-C", style="dim")
