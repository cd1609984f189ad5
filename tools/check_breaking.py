"""Fails when protos/ breaks the released contract, protos/released/contract.binpb.

`buf breaking` compares messages and RPCs; tools/contract_diff.py compares what
buf does not see. `--release` writes the image of a contract that breaks nothing.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from contract_diff import diff, read_contract

ROOT = Path(__file__).resolve().parent.parent
RELEASED = Path("protos/released/contract.binpb")
CONFIG = '{"version":"v2","breaking":{"use":["PACKAGE"]}}'


def build(root: Path, image: Path) -> None:
    """Writes the image of the contract below `root`, its imports included."""
    command = ["buf", "build", "protos", "--exclude-source-info", "-o", str(image)]
    done = subprocess.run(command, cwd=root, check=False)
    if done.returncode:
        sys.exit("check_breaking: protos/ does not build")


def breaks(image: Path, released: Path) -> tuple[list[str], list[str]]:
    """Returns what the image breaks of the released one, and the rules it loosens."""
    command = ["buf", "breaking", str(image), "--against", str(released)]
    done = subprocess.run(
        [*command, "--config", CONFIG, "--exclude-imports"],
        check=False,
        capture_output=True,
        text=True,
    )
    by_buf = (done.stdout + done.stderr).splitlines()
    if done.returncode and not by_buf:
        sys.exit("check_breaking: buf breaking failed without a word")
    found = diff(read_contract(released.read_bytes()), read_contract(image.read_bytes()))
    return by_buf + found.broken, found.loosened


def check(image: Path, released: Path) -> None:
    """Prints what changed, and stops the program if anything breaks."""
    broken, loosened = breaks(image, released)
    for line in loosened:
        print(line)
    if broken:
        sys.exit("protos/ breaks the released contract:\n  " + "\n  ".join(broken))
    print("protos/ does not break the released contract")


def main() -> None:
    """Checks; with `--release`, also makes protos/ the released contract."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder of buf.yaml")
    parser.add_argument("--against", type=Path, help=f"the released image; {RELEASED} by default")
    parser.add_argument("--release", action="store_true", help="write the released image")
    options = parser.parse_args()
    released: Path = options.against or options.root / RELEASED
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "contract.binpb"
        build(options.root, image)
        if released.exists():
            check(image, released)
        elif not options.release:
            sys.exit(f"check_breaking: {released} is missing; only --release goes on without it")
        if options.release:
            released.parent.mkdir(parents=True, exist_ok=True)
            released.write_bytes(image.read_bytes())
            print(f"released: {released}, {released.stat().st_size} bytes")


if __name__ == "__main__":
    main()
