"""Each package from its own wheel, alone in a fresh environment, with what its image has."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

from aurelius_client.suite import readiness
from aurelius_client.suite.ports import free_ports
from aurelius_client.suite.topology import DEFAULT_PORTS, SERVICES, Place, Service, environment
from tests.conftest import REPOSITORY

_SPEC = importlib.util.spec_from_file_location("write_deploy", REPOSITORY / "tools/write_deploy.py")
assert _SPEC is not None
write_deploy = importlib.util.module_from_spec(_SPEC)
assert _SPEC.loader is not None
_SPEC.loader.exec_module(write_deploy)

WAIT_SECONDS = 60
UV = str(Path(sys.executable).parent / "uv")
by_name = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
# Every environment is made once, by one worker.
pytestmark = pytest.mark.xdist_group("install")


def _run(*command: str | Path, cwd: Path = REPOSITORY) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@dataclass(frozen=True)
class Environment:
    """A fresh environment with one package of this tree, and those of them it needs."""

    home: Path

    @property
    def python(self) -> Path:
        return self.home / "bin/python"

    def has(self, module: str) -> bool:
        """Whether a module can be imported."""
        code = f"import importlib.util; print(importlib.util.find_spec({module!r}) is not None)"
        return _run(self.python, "-I", "-c", code).strip() == "True"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheels of all packages of this tree."""
    folder = tmp_path_factory.mktemp("wheels")
    for source in write_deploy.LOCAL.values():
        _run(
            UV, "build", "--quiet", "--offline", "--wheel", "--no-build-isolation",
            "--python", sys.executable, "--out-dir", folder, source,
        )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def install(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Environment]:
    """Installs a package: the locked versions by hash, then the wheels."""
    made: dict[str, Environment] = {}

    def installed(package: str) -> Environment:
        if package not in made:
            home = tmp_path_factory.mktemp(package)
            _run(UV, "venv", "--quiet", "--python", sys.executable, home / "venv")
            found = Environment(home / "venv")
            lock = home / "requirements.lock"
            names = write_deploy.closure(write_deploy.local_requirements(package))
            lock.write_text(write_deploy.lock_of(names, package))
            install = (UV, "pip", "install", "--quiet", "--no-deps")
            _run(*install, "--python", found.python, "--require-hashes", "-r", lock)
            own = [
                wheel
                for local in write_deploy.local_closure(package)
                for wheel in wheels.glob(f"{local.replace('-', '_')}-*.whl")
            ]
            assert len(own) == len(write_deploy.local_closure(package))
            _run(*install, "--python", found.python, *own)
            _run(UV, "pip", "check", "--quiet", "--python", found.python)
            made[package] = found
        return made[package]

    return installed


Install = Callable[[str], Environment]


@by_name
def test_an_image_has_exactly_what_a_lone_install_has(service: Service) -> None:
    package = f"aurelius-{service.name}"
    names = write_deploy.closure(write_deploy.local_requirements(package))

    of_image = (REPOSITORY / f"deploy/{service.name}/requirements.lock").read_text()

    assert of_image.partition("\n")[2] == write_deploy.lock_of(names, package).partition("\n")[2]


@by_name
def test_a_service_alone_has_no_other_service(install: Install, service: Service) -> None:
    alone = install(f"aurelius-{service.name}")

    assert alone.has(f"aurelius_{service.name}")
    assert alone.has("aurelius_chassis")
    others = [other.name for other in SERVICES if other is not service]
    assert [name for name in others if alone.has(f"aurelius_{name}")] == []


@pytest.mark.parametrize("package", ["aurelius-governance", "aurelius-gateway"])
def test_governance_and_gateway_come_without_numeric_packages(
    install: Install, package: str
) -> None:
    alone = install(package)

    assert [name for name in ("numba", "scipy", "pandas") if alone.has(name)] == []


def test_the_sdk_comes_without_services_and_numeric_packages(install: Install) -> None:
    alone = install("aurelius-client")

    heavy = ("numba", "numpy", "scipy", "pandas", "aurelius_chassis", "aurelius_engine", "envoy")
    assert [name for name in heavy if alone.has(name)] == []
    code = "import aurelius_client; print(aurelius_client.Client, aurelius_client.AsyncClient)"
    assert "Client" in _run(alone.python, "-I", "-c", code)


@by_name
def test_a_service_without_its_settings_says_so_in_one_line(
    install: Install, service: Service
) -> None:
    alone = install(f"aurelius-{service.name}")

    done = subprocess.run(
        [alone.home / "bin" / service.command], env={}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert done.stderr == "AURELIUS_LISTEN is absent, allowed str\n"


@contextmanager
def _serving(alone: Environment, service: Service, place: Place) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [alone.home / "bin" / service.command],
        env={"HOME": str(place.home), "AURELIUS_DRAIN_SECONDS": "0"} | environment(service, place),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


@by_name
def test_a_service_alone_answers_for_its_health_and_stops(
    install: Install, service: Service, tmp_path: Path
) -> None:
    alone = install(f"aurelius-{service.name}")
    place = Place(home=PurePosixPath(tmp_path), ports=free_ports(DEFAULT_PORTS))
    for folder in ("databases", "keys", "objects"):
        (tmp_path / folder).mkdir()
    password = tmp_path / "admin-password"
    password.touch(0o600)
    password.write_text("a password of this test\n")

    with _serving(alone, service, place) as process:
        target = place.target(service.name)
        while not (serves := readiness.serves(target)) and process.poll() is None:
            pass
        probed = _run(alone.python, "-m", "aurelius_chassis.probe", target) if serves else "no"
        process.terminate()
        _, errors = process.communicate(timeout=WAIT_SECONDS)

    assert serves, errors
    assert probed == ""
    assert process.returncode == 0, errors


def test_the_probe_of_an_image_fails_where_nobody_serves(install: Install) -> None:
    alone = install("aurelius-gateway")
    target = f"127.0.0.1:{free_ports(['nobody'])['nobody']}"

    done = subprocess.run(
        [alone.python, "-m", "aurelius_chassis.probe", target],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == f"{target} does not answer: UNAVAILABLE\n"
