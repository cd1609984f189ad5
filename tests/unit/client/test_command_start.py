"""The first moments of the `aurelius` script."""

import socket
import subprocess
import sys

import pytest

from aurelius.engine.v1 import strategy_pb2
from aurelius_client.cli.names import template_of
from aurelius_client.cli.progress import going_on
from aurelius_client.cli.server import say_when_silent
from aurelius_client.targets import Target
from tests.conftest import REPOSITORY

START = "from aurelius_client.cli.main import main; main()"
STOPPING = """
import sys

class Stop:
    def find_spec(self, name, *more):
        if name == "{stopped_at}":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Stop())
"""


def started(before: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the script's entry after some statements."""
    return subprocess.run(
        [sys.executable, "-c", f"{before}\n{START}", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("missing", ["typer", "rich", "yaml"])
def test_the_sdk_alone_says_in_one_line_which_extra_to_install(missing: str) -> None:
    run = ("run", "examples/goog_trend.yaml", "--data", "data/us_equities_daily.parquet")

    done = started(f"import sys; sys.modules[{missing!r}] = None", *run)

    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: COMMAND_MISSING: ")
    assert "aurelius-client[cli]" in line
    assert "aurelius-client[suite]" in line


def test_another_missing_module_is_not_taken_for_a_missing_extra() -> None:
    done = started("import sys; sys.modules['aurelius_client.cli.run'] = None")

    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize("stopped_at", ["typer", "aurelius_client.documents"])
def test_a_stop_is_one_line_before_and_in_the_command(stopped_at: str) -> None:
    run = ("run", "examples/goog_trend.yaml", "--data", "data/us_equities_daily.parquet")

    done = started(STOPPING.format(stopped_at=stopped_at), *run)

    assert done.returncode == 130
    assert done.stderr == "error: INTERRUPTED: stopped by the person at the terminal\n"


def test_a_stop_of_who_watches_a_job_says_that_it_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(KeyboardInterrupt), going_on("sweeps/s1"):
        raise KeyboardInterrupt

    told = capsys.readouterr().err
    assert "sweeps/s1 goes on" in told
    assert "aurelius sweeps cancel s1" in told


def test_a_template_is_named_as_a_specification_has_it() -> None:
    named = strategy_pb2.Strategy(trend_following=strategy_pb2.TrendFollowing())

    assert template_of(named) == "trendFollowing"
    assert template_of(strategy_pb2.Strategy()) == ""


def test_a_wrong_choice_is_one_line_in_our_words() -> None:
    done = started("", "run", "spec.yaml", "--format", "xml")

    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: USAGE: Invalid value for '--format': 'xml' is not one of 'csv'")


@pytest.mark.parametrize("person", [True, False])
def test_a_person_is_told_at_once_that_nothing_answers(
    person: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: person)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        target = Target(host="127.0.0.1", port=listening.getsockname()[1], secure=False)
        say_when_silent(target)
        silent = capsys.readouterr().err
        listening.listen()
        say_when_silent(target)

    assert (f"nothing answers at {target.url}" in silent) is person
    assert "aurelius up" in silent or not person
    assert capsys.readouterr().err == ""
