"""The guides that need a server, run block by block against a suite through Envoy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.unit.docs.markdown import RUN, RUN_WITH_SUITE, documents, name_of, split

# A home of its own has no compiled kernels: every guide would wait for them.
CACHE = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
STAND_IN = REPOSITORY / "tests/unit/docs/curl_stand_in.py"
# The proof guide reads the log that the promotion guide wrote.
ORDER = (
    "docs/tutorial/first-backtest.md",
    "docs/howto/register-your-own-data.md",
    "docs/howto/run-over-rest.md",
    "docs/howto/use-the-python-sdk.md",
    "docs/howto/promote-a-run.md",
    "docs/howto/verify-a-ledger-proof.md",
)


def script_of(path: Path) -> str:
    """Returns the blocks of a guide that needs a suite as one script that says where it is."""
    blocks = split(path.read_text())[1]
    if not any(block.is_marked(RUN_WITH_SUITE) for block in blocks):
        return ""
    return "".join(
        f"echo 'at {name_of(path)}:{block.line}' >&2\n{block.text}"
        for block in blocks
        if block.is_marked(RUN) or block.is_marked(RUN_WITH_SUITE)
    )


def programs(folder: Path) -> str:
    """Returns a PATH on which `aurelius`, `python3` and `curl` are found."""
    folder.mkdir()
    if shutil.which("curl") is None:
        stand_in = folder / "curl"
        stand_in.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
        stand_in.chmod(0o755)
    return os.pathsep.join([str(folder), str(Path(sys.executable).parent), os.environ["PATH"]])


def test_every_guide_with_such_blocks_is_run() -> None:
    with_blocks = {name_of(path) for path in documents() if script_of(path)}

    assert with_blocks == set(ORDER)


def test_the_guides_run_one_after_another(suite: Any, tmp_path: Path) -> None:
    path = programs(tmp_path / "bin")
    password_file = tmp_path / "password"
    password_file.write_text(suite.admin_password)
    for name in ORDER:
        folder = tmp_path / Path(name).stem
        for needed in ("data", "examples"):
            shutil.copytree(REPOSITORY / needed, folder / needed)
        settings = {
            "PATH": path,
            "HOME": str(folder),
            "XDG_CACHE_HOME": CACHE,
            "XDG_CONFIG_HOME": str(folder / "settings"),
            "AURELIUS_SERVER": suite.url,
            "URL": suite.url,
            "PASSWORD_FILE": str(password_file),
        }
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script_of(REPOSITORY / name)],
            cwd=folder,
            env=os.environ | settings,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
        if done.returncode:
            pytest.fail(f"{name} failed\n{done.stdout}\n{done.stderr}")
