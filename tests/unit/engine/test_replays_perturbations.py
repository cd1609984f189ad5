"""What a replay's process has other than the engine's."""

import os

import pytest

from aurelius_engine.adapters.perturbed_process import PerturbedProcess

KEYS = [f"run {n}" for n in range(200)]
MANILA = "<+08>-8"
LORD_HOWE = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0/2"
ST_JOHNS = "<-0330>3:30<-0230>,M3.2.0,M11.1.0"
NAMES = (
    "LC_ALL",
    "MALLOC_PERTURB_",
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "PYTHONHASHSEED",
    "TZ",
)


def drawn(key: str) -> dict[str, str]:
    items = PerturbedProcess(1.0).perturbations(key)
    return dict(item.split("=", 1) for item in items)


def test_each_setting_is_named_once_in_order() -> None:
    assert tuple(drawn("a run")) == NAMES


def test_a_key_has_its_own_settings() -> None:
    seeds = {drawn(key)["PYTHONHASHSEED"] for key in KEYS}

    assert drawn("a run") == drawn("a run")
    assert len(seeds) == len(KEYS)
    assert {len({drawn(key)[name] for key in KEYS}) > 1 for name in NAMES[1:]} == {True}


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("TZ", MANILA, {LORD_HOWE, ST_JOHNS}),
        ("LC_ALL", "C", {"C.UTF-8"}),
        ("LC_ALL", "en_US.utf8", {"C"}),
        ("NUMBA_NUM_THREADS", "1", {"2", "3", "4"}),
        ("OMP_NUM_THREADS", "3", {"1", "2", "4"}),
        ("OPENBLAS_NUM_THREADS", "4", {"1", "2", "3"}),
    ],
)
def test_no_value_is_the_engines_own(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: set[str]
) -> None:
    monkeypatch.setenv(name, value)

    assert {drawn(key)[name] for key in KEYS} == allowed


def test_the_number_of_processors_is_the_engines_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)

    assert {drawn(key)["OMP_NUM_THREADS"] for key in KEYS} == {"1", "3", "4"}


def test_the_hash_seed_is_never_the_engines_own(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = drawn("a run")["PYTHONHASHSEED"]
    monkeypatch.setenv("PYTHONHASHSEED", ours)

    other = drawn("a run")["PYTHONHASHSEED"]

    assert other != ours
    assert 0 <= int(other) < 2**32
