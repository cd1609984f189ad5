"""The name of what computed a result: the version and a digest of all that ran."""

import hashlib
from collections.abc import Mapping


def engine_version(
    semantic_version: str, files: Mapping[str, bytes], packages: Mapping[str, str]
) -> str:
    """Returns `<semver>+<12 hex>`.

    Args:
        semantic_version: Such as `0.1.0`.
        files: The engine package's own files by relative path, the metric
            registry and the calendar tables among them.
        packages: The exact version of each numeric package, and of the interpreter.
    """
    whole = hashlib.sha256(b"aurelius.engine.v1\n")
    for name in sorted(packages):
        whole.update(f"{name}=={packages[name]}\n".encode())
    for path in sorted(files):
        whole.update(f"{path} {hashlib.sha256(files[path]).hexdigest()}\n".encode())
    return f"{semantic_version}+{whole.hexdigest()[:12]}"
