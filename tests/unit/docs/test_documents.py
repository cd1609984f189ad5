"""The documents: short, linked, one sentence a line, and their commands run."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.unit.docs.markdown import RUN, RUN_WITH_SUITE, Block, documents, name_of, split

README_LINES_MAX = 120
# A home of its own has no compiled kernels: every block would wait for them.
CACHE = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`[^`]*`")
TWO_SENTENCES = re.compile(r"[A-Za-z0-9_)`%\"][.!?] +[A-Z`]")
MARKER = re.compile(r"^(#+ |\s*[-*] )?(\d+(\.\d+)*[.)]? )?")
PATH = re.compile(
    r"`((?:data|docs|examples|protos|tests|tools|services|clients|deploy|chassis|third_party)/[\w./-]*\w/?)`"
)


def blocks_to_run() -> list[tuple[str, Block]]:
    return [
        (f"{name_of(path)}:{block.line}", block)
        for path in documents()
        for block in split(path.read_text())[1]
        if block.is_marked(RUN)
    ]


def anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip("# ").lower())
    return kept.replace(" ", "-")


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_each_link_leads_somewhere(path: Path) -> None:
    prose, _ = split(path.read_text())
    broken = []
    for number, line in prose:
        for target in LINK.findall(CODE.sub("", line)):
            file, _, fragment = target.partition("#")
            if file.startswith(("http:", "https:")):
                continue
            aim = (path.parent / file).resolve() if file else path
            if not aim.exists():
                broken.append(f"line {number}: {target}")
            elif fragment:
                headings = [text for _, text in split(aim.read_text())[0] if text.startswith("#")]
                if fragment not in map(anchor, headings):
                    broken.append(f"line {number}: {target}")

    assert broken == []


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_each_file_named_in_the_text_exists(path: Path) -> None:
    prose, _ = split(path.read_text())

    named = {found for _, line in prose for found in PATH.findall(line)}

    missing = sorted(name for name in named if not (REPOSITORY / name).exists())
    assert missing == []


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_each_line_holds_one_sentence(path: Path) -> None:
    prose, _ = split(path.read_text())

    crowded = [
        f"line {number}: {line}"
        for number, line in prose
        if not line.startswith(("|", "<!--")) and TWO_SENTENCES.search(MARKER.sub("", line))
    ]

    assert crowded == []


def test_the_readme_is_short_and_names_its_two_commands() -> None:
    text = (REPOSITORY / "README.md").read_text()

    assert len(text.splitlines()) <= README_LINES_MAX
    assert "make demo" in text
    assert "make test" in text


def test_each_bash_block_says_whether_it_runs() -> None:
    unmarked = [
        f"{name_of(path)}:{block.line}"
        for path in documents()
        for block in split(path.read_text())[1]
        if block.language == "bash"
        and not (block.is_marked(RUN) or block.is_marked(RUN_WITH_SUITE))
    ]

    assert unmarked == [], "a block that no test runs is `sh` or `text`"


def test_some_blocks_run() -> None:
    assert len(blocks_to_run()) >= 3


@pytest.mark.parametrize("block", [pytest.param(block, id=at) for at, block in blocks_to_run()])
def test_each_runnable_block_runs_in_process(block: Block, tmp_path: Path) -> None:
    for name in ("data", "examples"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=tmp_path,
        env=os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": CACHE},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def records() -> list[Path]:
    return sorted((REPOSITORY / "docs/adr").glob("*.md"))


def test_decision_records_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in records()]

    assert len(numbers) > 10
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("path", records(), ids=name_of)
def test_each_decision_record_has_its_four_parts(path: Path) -> None:
    text = path.read_text()

    headings = [line for line in text.splitlines() if line.startswith("## ")]

    assert text.startswith(f"# {path.name[:4]}. ")
    assert headings == ["## Context", "## Options", "## Choice", "## Cost"]
