"""Progress of long work: on standard error, and only where a person watches."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from aurelius_client.uploads import Progress


@contextmanager
def upload_bar(title: str) -> Iterator["Progress | None"]:
    """Shows how much of a file is stored; yields what is told of it."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda stored, total: bar.update(task, completed=stored, total=total)


@contextmanager
def waiting(title: str) -> Iterator[None]:
    """Shows that something is waited for, and since when."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        bar.add_task(title, total=None)
        yield


@contextmanager
def counting(title: str) -> Iterator["Callable[[int, int, str], None]"]:
    """Shows how many of how many are done, and a few words; yields what is told of it."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total, words: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total, words: bar.update(
            task, completed=done, total=total, description=words
        )


@contextmanager
def going_on(job: str) -> Iterator[None]:
    """Says on Ctrl-C that a job of a server, `sweeps/...` or `validations/...`, goes on there."""
    try:
        yield
    except KeyboardInterrupt:
        jobs, _, name = job.partition("/")
        print(
            f"{job} goes on at the server; "
            f"see it: aurelius {jobs} watch {name}; end it: aurelius {jobs} cancel {name}",
            file=sys.stderr,
        )
        raise
