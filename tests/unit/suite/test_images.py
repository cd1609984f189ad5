"""The images: who runs in them, and that nothing unpinned gets into them."""

import re
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from aurelius_client.suite.topology import COMPOSE, FOLDERS
from tests.conftest import REPOSITORY

SERVICE = REPOSITORY / "deploy/service.Dockerfile"
ENVOY = REPOSITORY / "deploy/envoy/Dockerfile"
Stage = list[tuple[str, str]]


def stages(path: Path) -> list[Stage]:
    """Returns the instructions of each stage, FROM first; what precedes the first is left out."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    found: list[Stage] = []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, text = line.strip().partition(" ")
            if name == "FROM":
                found.append([])
            if found:
                found[-1].append((name, re.sub(r"\s+", " ", text)))
    return found


def given(stage: Stage, name: str) -> list[str]:
    return [text for instruction, text in stage if instruction == name]


def commands(path: Path, program: str) -> list[str]:
    """Returns the commands of every RUN that call the program."""
    runs = [text for stage in stages(path) for text in given(stage, "RUN")]
    return [one for text in runs for one in text.split(" && ") if f"{program} " in one]


def write_deploy() -> Any:
    path = REPOSITORY / "tools/write_deploy.py"
    loader = SourceFileLoader("write_deploy", str(path))
    module = ModuleType(loader.name)
    module.__file__ = str(path)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


def test_the_service_runs_as_a_user_who_owns_the_home_and_nothing_else() -> None:
    last = stages(SERVICE)[-1]
    (made,) = given(last, "RUN")
    user, _, owned = made.partition(" && ")

    assert given(last, "USER") == ["aurelius"]
    assert user == f"useradd --uid 10001 --home-dir {COMPOSE.home} --create-home aurelius"
    assert owned.startswith("install -d -o aurelius -g aurelius -m 0700 ")
    kept = [f"{COMPOSE.home}/{folder}" for folder in FOLDERS if folder != "logs"]
    assert set(owned.split()[8:]) == {str(COMPOSE.home), *kept}
    # What follows USER would be made as that user, and what it copied would be its own.
    after = last[last.index(("USER", "aurelius")) + 1 :]
    assert after == [("WORKDIR", str(COMPOSE.home)), ("VOLUME", str(COMPOSE.home))]
    assert given(last, "COPY") == ["--from=build /opt/aurelius /opt/aurelius"]


def test_the_images_have_the_python_for_which_the_locks_are_written() -> None:
    (tag,) = re.findall(r"^ARG PYTHON=(.+)$", SERVICE.read_text(), re.MULTILINE)
    image = write_deploy().IMAGE

    assert tag == f"{image['python_full_version']}-slim-bookworm"
    assert image["python_full_version"].startswith(f"{image['python_version']}.")
    bases = [given(stage, "FROM")[0].removesuffix(" AS build") for stage in stages(SERVICE)]
    assert bases == ["python:${PYTHON}"] * 2


def test_every_package_of_an_image_is_installed_by_hash_or_built_from_this_tree() -> None:
    installs = [one for one in commands(SERVICE, "pip") if "pip install" in one]
    by_lock = [one for one in installs if " -r " in one]
    (local,) = [one for one in installs if " -r " not in one]

    assert [one.split()[-1] for one in by_lock] == ["build.lock", "service.lock"]
    assert all("--require-hashes --no-deps -r" in one for one in by_lock)
    assert local.endswith("--no-deps wheels/*.whl")
    (wheels,) = [one for one in commands(SERVICE, "pip") if "pip wheel" in one]
    assert "--no-deps --no-build-isolation" in wheels
    assert given(stages(SERVICE)[0], "COPY")[:2] == [
        "deploy/build/requirements.lock build.lock",
        "deploy/${SERVICE}/requirements.lock service.lock",
    ]


@pytest.mark.parametrize("path", [SERVICE, ENVOY], ids=["service", "envoy"])
def test_an_image_takes_nothing_from_the_network_but_packages(path: Path) -> None:
    runs = " ".join(text for stage in stages(path) for text in given(stage, "RUN"))

    assert not re.search(r"\b(curl|wget|apt|apt-get|git)\b", runs)
    assert not [text for stage in stages(path) for text in given(stage, "ADD")]


def test_the_edge_reads_its_files_whoever_runs_it() -> None:
    (stage,) = stages(ENVOY)

    assert given(stage, "RUN") == ["chmod 0644 /etc/envoy/envoy.yaml /etc/envoy/descriptors.binpb"]
    assert given(stage, "USER") == []
