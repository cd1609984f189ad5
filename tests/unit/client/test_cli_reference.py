"""docs/reference/cli.md has every command, every option and every exit code."""

import re
from collections.abc import Iterator
from typing import Any

import typer.main

from aurelius_client.cli import exits
from aurelius_client.cli.commands import app
from tests.conftest import REPOSITORY

REFERENCE = (REPOSITORY / "docs/reference/cli.md").read_text(encoding="utf-8")
SECTIONS: dict[str, str] = dict(
    re.findall(r"^## `(aurelius [^`]+)`\n(.*?)(?=^## |\Z)", REFERENCE, re.MULTILINE | re.DOTALL)
)


def commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = dict(commands(typer.main.get_command(app), "aurelius"))


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    assert set(SECTIONS) == set(COMMANDS)


def test_every_option_is_in_its_section_and_no_other() -> None:
    for name, command in COMMANDS.items():
        options = {
            option
            for parameter in command.params
            for option in parameter.opts
            if option.startswith("--")
        } - {"--help"}
        assert set(re.findall(r"`(--[a-z-]+)`", SECTIONS[name])) == options, name


def test_every_section_has_an_example_of_its_command() -> None:
    for name in COMMANDS:
        examples = re.findall(r"```\w+\n(.*?)```", SECTIONS[name], re.S)
        assert any(re.search(rf"^{name}( |$)", text, re.M) for text in examples), name


def test_every_help_has_an_example_that_the_reference_does_not_contradict() -> None:
    for name, command in COMMANDS.items():
        if name == "aurelius up":
            continue
        example = " ".join(str(command.help).split("Example: ")[1].split())
        assert example.startswith(name)


def test_every_exit_code_is_stated() -> None:
    codes = {
        value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)
    }

    assert {int(code) for code in re.findall(r"^\| (\d+) \|", REFERENCE, re.M)} == codes
