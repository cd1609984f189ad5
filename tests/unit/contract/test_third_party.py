"""third_party/ holds what the pinned packages hold, and nothing else."""

import hashlib
from importlib.metadata import distribution
from pathlib import Path

from tests.conftest import REPOSITORY

THIRD_PARTY = REPOSITORY / "third_party"
# Of protovalidate 1.2.0's source archive; `make third-party` takes it from there.
VALIDATE = "817951eab518442950f1982be24b2c3154b214b40e42f49b915cbf5181e6ee80"


def test_the_google_protos_are_those_of_the_installed_wheel() -> None:
    root = THIRD_PARTY / "googleapis"
    wheel = distribution("googleapis-common-protos")
    kept = {path.relative_to(root): path for path in root.rglob("*.proto")}

    differing = [
        str(name)
        for name, path in kept.items()
        if path.read_bytes() != Path(str(wheel.locate_file(str(name)))).read_bytes()
    ]

    assert len(kept) == 10
    assert differing == []


def test_the_validation_rules_are_those_of_the_source_archive() -> None:
    path = THIRD_PARTY / "protovalidate/buf/validate/validate.proto"

    assert hashlib.sha256(path.read_bytes()).hexdigest() == VALIDATE
