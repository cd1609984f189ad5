"""The documents of the tree, cut into what the tests look at."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import REPOSITORY

RUN = "# run"
RUN_WITH_SUITE = "# run with the suite"
_FENCE = re.compile(r"^(`{3,})(\w*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its lines and where it begins."""

    language: str
    lines: tuple[str, ...]
    line: int

    def is_marked(self, mark: str) -> bool:
        """Whether its first line is a mark."""
        return bool(self.lines) and self.lines[0] == mark

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines) + "\n"


def documents() -> list[Path]:
    """Returns every document that a person writes or reads, in order."""
    roots = [REPOSITORY / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
    return [*roots, REPOSITORY / "data/README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


def name_of(path: Path) -> str:
    """Returns a path as people write it."""
    return path.relative_to(REPOSITORY).as_posix()


def split(text: str) -> tuple[list[tuple[int, str]], list[Block]]:
    """Returns the lines of prose with their numbers, and the fenced blocks."""
    prose: list[tuple[int, str]] = []
    blocks: list[Block] = []
    fence, language, begun, inside = "", "", 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        match = _FENCE.match(line.strip())
        if fence:
            if line.strip() == fence:
                blocks.append(Block(language, tuple(inside), begun))
                fence = ""
            else:
                inside.append(line)
        elif match:
            fence, language, begun, inside = match[1], match[2], number, []
        else:
            prose.append((number, line))
    if fence:
        raise ValueError(f"the block of line {begun} does not end")
    return prose, blocks
