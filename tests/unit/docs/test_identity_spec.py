"""docs/specs/identity.md says what the code does, beyond what its vectors show."""

import hashlib
import re
import sys
from importlib.metadata import version
from pathlib import Path

import aurelius_engine
from aurelius_engine.adapters.package_files import (
    DECIDING_FILES,
    NUMERIC_PACKAGES,
    installed_engine_version,
)
from aurelius_engine.domain.identity import ARTIFACT_IDS
from aurelius_engine.domain.table_hash import CHUNK_ROWS
from tests.conftest import REPOSITORY

SPEC = (REPOSITORY / "docs/specs/identity.md").read_text()
PACKAGE = Path(aurelius_engine.__file__).parent
DOMAINS = re.compile(r"aurelius\.(?:spec|table|run|result|engine)\.v1(?!\.)")


def test_the_engine_version_is_computed_by_section_4_3() -> None:
    packages = {name: version(name) for name in ("llvmlite", "numba", "numpy", "rfc8785")}
    packages["python"] = f"{sys.version_info.major}.{sys.version_info.minor}"
    files = [path for path in PACKAGE.glob("domain/**/*") if path.suffix in {".py", ".json"}]
    section = SPEC[SPEC.index("4.3") : SPEC.index("4.4")]
    files += [PACKAGE / name for name in re.findall(r"`(\w+(?:/\w+)?\.py)`", section)]
    text = "aurelius.engine.v1\n"
    text += "".join(f"{name}=={packages[name]}\n" for name in sorted(packages))
    for path in sorted(files, key=lambda file: file.relative_to(PACKAGE).as_posix()):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        text += f"{path.relative_to(PACKAGE).as_posix()} {digest}\n"

    by_hand = hashlib.sha256(text.encode()).hexdigest()[:12]

    assert installed_engine_version() == f"{aurelius_engine.SEMANTIC_VERSION}+{by_hand}"
    named = set(re.findall(r"`(\w+)`", section))
    assert {*NUMERIC_PACKAGES, "python"} <= named


def test_the_engine_version_covers_whatever_the_domain_imports() -> None:
    imports = re.compile(r"^from aurelius_engine\.(\w+) import", re.MULTILINE)
    sources = [path.read_text() for path in PACKAGE.glob("domain/**/*.py")]

    outside = {f"{name}.py" for source in sources for name in imports.findall(source)}

    outside.discard("domain.py")
    assert outside <= set(DECIDING_FILES)
    assert "compilation.py" in outside


def test_the_specification_names_every_domain_and_artifact_of_the_code() -> None:
    code = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))

    assert set(DOMAINS.findall(SPEC)) == set(DOMAINS.findall(code))
    assert f'"chunkRows": {CHUNK_ROWS}' in SPEC
    assert ", ".join(f"`{name}`" for name in ARTIFACT_IDS) in SPEC


def test_the_specification_names_only_vectors_that_exist() -> None:
    patterns = set(re.findall(r"Vectors: `(\w+_\*\.json)`", SPEC))
    folder = REPOSITORY / "tests/golden/identity"
    matched = {path.name for pattern in patterns for path in folder.glob(pattern)}

    assert patterns == {"spec_*.json", "table_*.json", "run_*.json", "result_*.json"}
    assert matched == {path.name for path in folder.glob("*.json")}
