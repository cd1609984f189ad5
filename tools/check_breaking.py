"""Fails when protos/ breaks the newest released contract (the newest tag `v*`).

buf compares messages and RPCs. What it does not see, the HTTP paths, the
validation rules and our own method options, is compared here as text.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOUND = re.compile(r'(get|post|put|patch|delete): "([^"]+)"|(required_roles|idempotency)\) = (\w+)')


def git(*command: str) -> str:
    """Returns what one git command prints."""
    return subprocess.run(
        ["git", *command], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def bindings(text: str) -> dict[str, set[str]]:
    """Returns the HTTP rules and our own options of each RPC, by its name."""
    found: dict[str, set[str]] = {}
    for name, body in re.findall(r"rpc (\w+)\(.*?\{(.*?)\n  \}", text, flags=re.DOTALL):
        found[name] = {match.group(0) for match in BOUND.finditer(body)}
    return found


def main() -> None:
    """Compares with the newest release, if there is one."""
    tags = git("tag", "--list", "v*", "--sort=-version:refname").split()
    if not tags:
        print("no release yet: nothing to break")
        return
    base = tags[0]
    against = f".git#ref={base}"
    if subprocess.run(["buf", "breaking", "--against", against], cwd=ROOT, check=False).returncode:
        sys.exit(f"protos/ breaks {base}")
    lost: list[str] = []
    for path in git("ls-tree", "-r", "--name-only", base, "protos").split():
        now = bindings((ROOT / path).read_text()) if (ROOT / path).exists() else {}
        for name, bound in bindings(git("show", f"{base}:{path}")).items():
            lost += [f"{path} {name}: {line}" for line in sorted(bound - now.get(name, set()))]
    if lost:
        sys.exit(f"these bindings of {base} are gone:\n  " + "\n  ".join(lost))
    print(f"protos/ does not break {base}")


if __name__ == "__main__":
    main()
