"""Prose as the documents have it: one sentence a line."""

import re

_END = re.compile(r"(?<=[A-Za-z0-9_)`%\"][.!?]) +(?=[A-Z`])")


def one_a_line(text: str) -> str:
    """Returns a text, however it was broken, with each sentence on a line of its own."""
    return _END.sub("\n", " ".join(text.split()))
