"""The first moments of the `aurelius` script."""

import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

START = "from aurelius_client.cli.main import main; main()"
STOPPING = """
import sys

class Stop:
    def find_spec(self, name, *more):
        if name == "typer":
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


def test_a_stop_before_the_command_is_imported_is_one_line() -> None:
    done = started(STOPPING)

    assert done.returncode == 130
    assert done.stderr == "error: INTERRUPTED: stopped by the person at the terminal\n"
