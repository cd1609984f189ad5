"""Fails when the committed generated code is not what `make generate` writes."""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ("clients/python/src/aurelius", "clients/python/src/buf", "clients/typescript/src/gen")


def digests() -> dict[str, str]:
    """Returns the digest of each generated file, by path."""
    return {
        str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in GENERATED
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def main() -> None:
    """Generates again and compares."""
    before = digests()
    subprocess.run([sys.executable, "tools/generate.py"], cwd=ROOT, check=True, capture_output=True)
    after = digests()
    changed = sorted(p for p in before.keys() | after.keys() if before.get(p) != after.get(p))
    if changed:
        sys.exit("generated code is not clean; run `make generate`:\n  " + "\n  ".join(changed))
    print(f"generated code is clean: {len(after)} files")


if __name__ == "__main__":
    main()
