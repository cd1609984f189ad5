"""Which source is installed under a name, what its digest covers, and how a spec names it."""

import hashlib
from collections.abc import Callable
from importlib.metadata import EntryPoint

import pytest
import rfc8785

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.adapters import plugin_sources
from aurelius_engine.adapters.plugin_process import ProcessPlugins
from aurelius_engine.adapters.plugin_sources import installed_source
from aurelius_engine.application.errors import PluginMismatch, PluginNotFound
from aurelius_engine.rpc.resolution import document_of, resolve
from tests.contract.engine.plugin_installing import install

__all__ = ["install"]
Install = Callable[..., None]
FILES = {
    "parts/__init__.py": "",
    "parts/model.py": "def decide(bars): return []\n",
    "parts/data/weights.json": "[1]",
    "parts/readme.md": "not executed",
    "parts/__pycache__/model.cpython-311.pyc": "not source",
}


def specification(**fields: str) -> backtest_spec_pb2.BacktestSpec:
    spec = backtest_spec_pb2.BacktestSpec(calendar="XNYS")
    spec.strategy.plugin.name = "written"
    for name, value in fields.items():
        setattr(spec.strategy.plugin, name, value)
    return spec


def test_the_digest_is_that_of_the_specification(install: Install) -> None:
    install("", entry="parts.model:decide", files=FILES)

    source = installed_source("written")

    covered = ["parts/__init__.py", "parts/data/weights.json", "parts/model.py"]
    hashes = {path: hashlib.sha256(FILES[path].encode()).hexdigest() for path in covered}
    document = rfc8785.dumps({"entry": "parts.model:decide", "files": hashes})
    by_hand = hashlib.sha256(b"aurelius.plugin.v1\n" + document).hexdigest()
    assert list(source.files) == covered
    assert source.digest == f"sha256:{by_hand}"


def test_each_byte_each_name_and_the_entry_change_the_digest(install: Install) -> None:
    digests = []
    for entry, files in (
        ("parts.model:decide", FILES),
        ("parts.model:other", FILES),
        ("parts.model:decide", FILES | {"parts/model.py": "def decide(bars): return []"}),
        ("parts.model:decide", FILES | {"parts/data/weights.json": "[2]"}),
        ("parts.model:decide", FILES | {"parts/more.py": ""}),
    ):
        install("", entry=entry, files=files)
        digests.append(installed_source("written").digest)

    assert len(set(digests)) == 5


def test_what_is_not_source_is_not_in_the_digest(install: Install) -> None:
    install("", entry="parts.model:decide", files=FILES)
    before = installed_source("written").digest
    install("", entry="parts.model:decide", files=FILES | {"parts/readme.md": "more"})

    assert installed_source("written").digest == before


def test_a_name_that_nobody_installed_is_refused_with_those_that_are(install: Install) -> None:
    install("def decide(bars): return []")

    with pytest.raises(PluginNotFound) as refusal:
        installed_source("absent")

    assert refusal.value.facts["found"] == "absent"
    assert refusal.value.facts["allowed"] == "skip_momentum, written"


def test_a_name_of_two_distributions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    group = plugin_sources.ENTRY_POINT_GROUP
    points = [EntryPoint("written", f"{top}:decide", group) for top in ("one", "two")]
    monkeypatch.setattr(plugin_sources, "entry_points", lambda group: points)

    with pytest.raises(PluginNotFound, match="2 plug-ins, not one, written"):
        installed_source("written")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("json:loads", "its top-level module is json"),
        ("numpy:sign", "its top-level module is numpy"),
        ("aurelius_engine.main:main", "its top-level module is aurelius_engine"),
        ("nowhere_at_all:decide", "there is no source of nowhere_at_all"),
        ("written_plugin", "its entry point is written_plugin"),
    ],
)
def test_an_entry_point_without_a_source_of_its_own_is_refused(
    install: Install, entry: str, message: str
) -> None:
    install("def decide(bars): return []", entry=entry)

    with pytest.raises(PluginNotFound, match=message):
        installed_source("written")


def test_a_source_over_the_limit_is_refused(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("def decide(bars): return []")
    monkeypatch.setattr(plugin_sources, "SOURCE_MAX_BYTES", 20)

    with pytest.raises(PluginNotFound, match="too large"):
        installed_source("written")


def test_resolution_writes_out_what_is_installed(install: Install) -> None:
    install("def decide(bars): return []")
    plugins = ProcessPlugins()

    resolved = resolve(specification(), plugins)

    digest = plugins.source_digest("written")
    assert resolved.strategy.plugin.source_digest == digest
    assert document_of(resolved)["strategy"]["plugin"]["warmUpBars"] == 1
    assert resolve(resolved, plugins) == resolve(resolved) == resolved
    assert resolve(specification(source_digest=digest), plugins) == resolved


def test_resolution_refuses_another_source_and_an_absent_one(install: Install) -> None:
    install("def decide(bars): return []")
    other = "sha256:" + "0" * 64

    with pytest.raises(PluginMismatch) as refusal:
        resolve(specification(source_digest=other), ProcessPlugins())
    with pytest.raises(PluginNotFound):
        resolve(specification())

    assert refusal.value.facts["found"] == other
