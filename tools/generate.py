"""Writes the generated code of both languages and Envoy's descriptor set from protos/.

Everything is written to a folder of its own first and then taken over file by
file, so that a run that fails, or one beside running tests, changes nothing.
"""

import filecmp
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TYPESCRIPT = ROOT / "clients/typescript"
# Folders that hold generated code and nothing else.
GENERATED = ("clients/python/src/aurelius", "clients/python/src/buf", "clients/typescript/src/gen")


def run(*command: str, cwd: Path = ROOT) -> None:
    """Runs one command and stops the program if it fails."""
    done = subprocess.run(command, cwd=cwd, check=False)
    if done.returncode != 0:
        sys.exit(f"generate: {' '.join(command)} failed")


def install_node_packages() -> None:
    """Installs what the lock file names, unless that is what is installed."""
    stamp = TYPESCRIPT / "node_modules/.lock-digest"
    digest = hashlib.sha256((TYPESCRIPT / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        run("npm", "ci", "--silent", "--no-audit", "--no-fund", cwd=TYPESCRIPT)
        stamp.write_text(digest)


def generate(out: Path) -> None:
    """Writes all generated code below `out`, at the paths it has in the tree."""
    install_node_packages()
    run("buf", "generate", "-o", str(out))
    (out / GENERATED[0] / "py.typed").touch()
    descriptors = out / GENERATED[0] / "descriptors.binpb"
    run("buf", "build", "--as-file-descriptor-set", "-o", str(descriptors))


def files(root: Path) -> set[Path]:
    """Returns the paths of all generated files below `root`, relative to it."""
    return {
        path.relative_to(root)
        for folder in GENERATED
        for path in (root / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def differences(out: Path) -> list[Path]:
    """Returns the files that differ between `out` and the tree, or are in one alone."""
    return sorted(
        path
        for path in files(out) | files(ROOT)
        if not ((out / path).exists() and (ROOT / path).exists())
        or not filecmp.cmp(out / path, ROOT / path, shallow=False)
    )


def main() -> None:
    """Generates; with `--check`, only says whether the tree is what would be written."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        generate(out)
        changed = differences(out)
        if "--check" in sys.argv[1:]:
            if changed:
                listed = "\n  ".join(map(str, changed))
                sys.exit(f"generated code is not clean; run `make generate`:\n  {listed}")
            print(f"generated code is clean: {len(files(out))} files")
            return
        for path in changed:
            if (out / path).exists():
                (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(out / path, ROOT / path)
            else:
                (ROOT / path).unlink()
        print(f"generated code: {len(changed)} files changed")


if __name__ == "__main__":
    main()
