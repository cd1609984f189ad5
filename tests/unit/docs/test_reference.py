"""The generated pages are what their sources say."""

import re
import subprocess
import sys

from aurelius_client import Client
from tests.conftest import REPOSITORY


def test_the_generated_pages_are_clean() -> None:
    command = [sys.executable, str(REPOSITORY / "tools/make_reference.py"), "--check"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stderr


def test_the_page_of_the_sdk_has_every_operation_with_what_it_does() -> None:
    page = (REPOSITORY / "docs/reference/python-sdk.md").read_text()
    said = {
        match[1]: match[2]
        for match in re.finditer(r"```python\n(client[\w.]*)\(.*?```\n\n([^\n]*)", page, re.S)
    }

    with Client("127.0.0.1:1") as client:
        nouns = {name: noun for name, noun in vars(client).items() if not name.startswith("_")}
        calls = {f"client.{name}" for name in dir(client) if is_call(client, name)}
        for noun, resource in nouns.items():
            calls |= {f"client.{noun}.{name}" for name in dir(resource) if is_call(resource, name)}

    assert len(calls) > 40
    assert set(said) == calls
    assert all(text.endswith(".") for text in said.values()), said
    assert "0x" not in page


def is_call(resource: object, name: str) -> bool:
    return not name.startswith("_") and callable(getattr(resource, name))
