"""One identity, one text: in processes that differ in all that must not matter."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

SPEC = REPOSITORY / "examples/goog_trend.yaml"
OLD_MACHINE = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Nehalem",
    "NUMBA_CPU_NAME": "nehalem",
    "NUMBA_CPU_FEATURES": "",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F",
}
ZONES = ("UTC", "Asia/Manila", "America/New_York", "Australia/Lord_Howe")
LOCALES = ("C", "C.UTF-8", "POSIX", "en_US.UTF-8")


def setting(i: int) -> dict[str, str]:
    threads = str(1 + i % 4)
    chosen = {
        "PYTHONHASHSEED": str(i * 7919),
        "TZ": ZONES[i % len(ZONES)],
        "LC_ALL": LOCALES[i % len(LOCALES)],
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "NUMBA_NUM_THREADS": threads,
    }
    return chosen | (OLD_MACHINE if i % 5 == 4 else {})


def text_of(environment: dict[str, str], data: Path, cache: Path) -> bytes:
    command = [sys.executable, "-m", "aurelius_client.cli.main", "run", str(SPEC)]
    done = subprocess.run(
        [*command, "--data", str(data), "--seed", "7", "--json"],
        env=os.environ | environment | {"NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        check=True,
        timeout=240,
    )
    return done.stdout


def test_ten_processes_print_one_text(goog_csv: Path, tmp_path: Path) -> None:
    texts = [
        text_of(setting(i), goog_csv, tmp_path / ("old" if i % 5 == 4 else "new"))
        for i in range(10)
    ]

    assert texts[0].startswith(b'{"artifactDigests":')
    assert len({hashlib.sha256(text).hexdigest() for text in texts}) == 1


@pytest.mark.parametrize("seed", [0, 2**64 - 1])
def test_the_seed_is_part_of_the_identity(goog_csv: Path, seed: int) -> None:
    command = [sys.executable, "-m", "aurelius_client.cli.main", "run", str(SPEC)]
    done = subprocess.run(
        [*command, "--data", str(goog_csv), "--seed", str(seed), "--json"],
        capture_output=True,
        check=True,
        timeout=240,
    )

    assert f'"seed":"{seed}"'.encode() in done.stdout
