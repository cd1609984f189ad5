"""Writes the generated code of both languages and Envoy's descriptor set from protos/."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / "clients/python/src"
TYPESCRIPT = ROOT / "clients/typescript"
DESCRIPTORS = PYTHON / "aurelius/descriptors.binpb"


def run(*command: str, cwd: Path = ROOT) -> None:
    """Runs one command and stops the program if it fails."""
    if subprocess.run(command, cwd=cwd, check=False).returncode != 0:
        sys.exit(f"generate: {' '.join(command)} failed")


def main() -> None:
    """Removes what was generated before, then generates all of it again."""
    if not (TYPESCRIPT / "node_modules/.bin/protoc-gen-es").exists():
        run("npm", "ci", "--silent", "--no-audit", "--no-fund", cwd=TYPESCRIPT)
    for folder in (PYTHON / "aurelius", PYTHON / "buf", TYPESCRIPT / "src/gen"):
        shutil.rmtree(folder, ignore_errors=True)
    run("buf", "generate")
    (PYTHON / "aurelius/py.typed").touch()
    run("buf", "build", "--as-file-descriptor-set", "-o", str(DESCRIPTORS))


if __name__ == "__main__":
    main()
