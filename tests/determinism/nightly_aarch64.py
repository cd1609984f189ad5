"""Another processor, emulated: run by `make determinism-nightly`, not among all tests.

It fetches an aarch64 Python, and compiling every kernel under the emulator takes minutes.
"""

from pathlib import Path

import determinism
import determinism_aarch64
import determinism_matrix as matrix
import pytest
from determinism_cases import write_cases


@pytest.mark.timeout(7200)
def test_aarch64_gives_the_same_digests(tmp_path: Path) -> None:
    cases = write_cases(tmp_path)
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir()
    command, environment = determinism_aarch64.prepared(determinism.WORKER)

    reference = determinism.run_cell(matrix.plain(), cases, None, tables=here)
    emulated = determinism.run_command([*command, str(cases), "--tables", str(there)], environment)

    differing = {
        name: determinism.first_divergence(here, there, name)
        for name in determinism.differing(reference, emulated)
    }
    assert emulated.machine["architecture"] == "aarch64"
    assert differing == {}
    assert emulated.digest == reference.digest
