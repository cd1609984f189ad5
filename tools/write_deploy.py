"""Writes what deploy/ derives: each image's locked requirements, and Envoy's configuration.

A lock file of an image is the part of requirements/dev.lock that the wheels of
its service reach. `--check` only says whether the tree is what would be written.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from aurelius_client.suite.edge_settings import EdgeSettings
from aurelius_client.suite.envoy_config import render
from aurelius_client.suite.topology import COMPOSE, COMPOSE_DESCRIPTORS, SERVICES

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements/dev.lock"
# The packages of this tree, by name.
LOCAL = {
    "aurelius-client": ROOT / "clients/python",
    "aurelius-chassis": ROOT / "chassis",
    **{f"aurelius-{service.name}": ROOT / "services" / service.name for service in SERVICES},
}
# What decides a marker: the machine of the images, not the one that writes the files.
IMAGE = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}
_ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==")


def local_requirements(package: str) -> list[Requirement]:
    """Returns what a package of this tree asks for."""
    text = (LOCAL[package] / "pyproject.toml").read_text(encoding="utf-8")
    return [Requirement(line) for line in tomllib.loads(text)["project"]["dependencies"]]


def local_closure(package: str) -> list[str]:
    """Returns a package of this tree and those of them that it needs, those first."""
    found: list[str] = []
    for requirement in local_requirements(package):
        if requirement.name in LOCAL:
            found += [name for name in local_closure(requirement.name) if name not in found]
    return [*found, package]


def closure(requirements: Iterable[Requirement]) -> set[str]:
    """Returns the names of all distributions that the requirements reach."""
    found: set[tuple[str, str]] = set()
    waiting = [(r, "") for r in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({**IMAGE, "extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in found:
                found.add((name, wanted))
                waiting += [(r, wanted) for r in _requirements_of(name)]
    return {name for name, _ in found}


def _requirements_of(name: str) -> list[Requirement]:
    if name in LOCAL:
        return local_requirements(name)
    return [Requirement(line) for line in metadata.requires(name) or ()]


def entries() -> Iterator[tuple[str, str]]:
    """Yields the name and the text of each entry of the lock file."""
    name, lines = "", []
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if match := _ENTRY.match(line):
            if name:
                yield name, "\n".join(lines)
            name, lines = canonicalize_name(match["name"]), [line]
        elif not line.lstrip().startswith("#"):
            lines.append(line)
    yield name, "\n".join(lines)


def lock_of(names: set[str], what: str) -> str:
    """Returns the part of the lock file that has these distributions."""
    parts = [text for name, text in entries() if name in names]
    missing = names - {name for name, _ in entries()} - set(LOCAL)
    if missing:
        sys.exit(f"{LOCK.name} lacks {', '.join(sorted(missing))}, which {what} needs")
    return f"# What {what} needs, from requirements/dev.lock by tools/write_deploy.py.\n" + "".join(
        f"{part}\n" for part in parts
    )


def files() -> Mapping[Path, str]:
    """Returns the text of every derived file of deploy/."""
    deploy = ROOT / "deploy"
    locks = {
        deploy / service.name / "requirements.lock": lock_of(
            closure(local_requirements(f"aurelius-{service.name}")), f"the {service.name} image"
        )
        for service in SERVICES
    }
    building = lock_of(closure([Requirement("hatchling")]), "building the wheels")
    envoy = render(COMPOSE, EdgeSettings(), descriptors=COMPOSE_DESCRIPTORS)
    header = "# The edge of compose.yaml, rendered by tools/write_deploy.py.\n"
    return {
        **locks,
        deploy / "build" / "requirements.lock": building,
        deploy / "envoy" / "envoy.yaml": header + envoy,
    }


def main() -> None:
    """Writes the files; with `--check`, only says whether they are what would be written."""
    changed = {
        path: text
        for path, text in files().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    }
    if "--check" in sys.argv[1:]:
        if changed:
            listed = "\n  ".join(str(path.relative_to(ROOT)) for path in changed)
            sys.exit(f"deploy/ is not what tools/write_deploy.py writes:\n  {listed}")
        return
    for path, text in changed.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"deploy/: {len(changed)} files changed")


if __name__ == "__main__":
    main()
