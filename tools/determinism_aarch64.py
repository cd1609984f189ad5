"""A Python of another processor, emulated: Debian's aarch64 packages and wheels by hash.

It needs a Debian with `qemu-user-static`, and the pip and apt that the machine has set up.
What it fetches is kept in a folder of the user's cache.
"""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "services/engine/src"
PACKAGES = ("llvmlite", "numba", "numpy", "rfc8785")
EMULATOR = "qemu-aarch64-static"
_PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64")


class CannotEmulate(Exception):
    """The machine has no emulator, or cannot fetch the packages."""


def prepared(worker: Path) -> tuple[list[str], dict[str, str]]:
    """Returns the command that runs `worker` under aarch64, and its environment.

    Raises:
        CannotEmulate: A part is missing, with what to install.
    """
    emulator = shutil.which(EMULATOR)
    if emulator is None:
        raise CannotEmulate(f"{EMULATOR} is not installed: apt-get install qemu-user-static")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "aurelius" / "aarch64"
    system, site = folder / "system", folder / "site"
    if not (system / "usr/bin/python3.11").exists():
        _fetch_system(folder, system)
    _fetch_wheels(folder, site)
    command = [emulator, "-L", str(system), str(system / "usr/bin/python3.11"), str(worker)]
    environment = {
        "HOME": str(Path.home()),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join((str(site), str(SOURCES))),
        "PYTHONHASHSEED": "1",
        "NUMBA_CACHE_DIR": str(folder / "kernels"),
    }
    return command, environment


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotEmulate(f"{' '.join(command[:3])}: {done.stderr[-1000:]}")


def _fetch_system(folder: Path, system: Path) -> None:
    """Downloads and unpacks Python and its libraries; the machine's own packages stay."""
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    status = folder / "status"
    status.touch()
    options = [
        *("-o", "APT::Architecture=arm64", "-o", "APT::Architectures::=arm64"),
        *("-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::State::status={status}"),
        *("-o", f"Dir::Cache={folder}/cache", "-qq"),
    ]
    _run(["apt-get", *options, "update"])
    wanted = ["python3.11", "libstdc++6"]
    download = ["install", "-y", "--no-install-recommends", "--download-only", *wanted]
    _run(["apt-get", *options, *download])
    for package in sorted((folder / "cache/archives").glob("*.deb")):
        _run(["dpkg-deb", "-x", str(package), str(system)])


def _fetch_wheels(folder: Path, site: Path) -> None:
    """Downloads the numeric packages of the lock file, by hash, and unpacks them."""
    text = (ROOT / "requirements/dev.lock").read_text()
    entries = re.split(r"\n(?=\S)", text)
    lines = [
        re.sub(r" ;[^\\\n]*", "", re.sub(r"\n\s+#.*", "", entry)).rstrip(" \\\n")
        for name in PACKAGES
        for entry in entries
        if entry.startswith(f"{name}==") and ">= '3.12'" not in entry.partition("\n")[0]
    ]
    wanted = "\n".join(lines) + "\n"
    done = folder / "site.txt"
    if done.exists() and done.read_text() == wanted:
        return
    shutil.rmtree(site, ignore_errors=True)
    wheels = folder / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    requirements = folder / "requirements.txt"
    requirements.write_text(wanted)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--no-deps"]
    command += ["--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp"]
    for platform in _PLATFORMS:
        command += ["--platform", platform]
    _run([*command, "--dest", str(wheels), "--requirement", str(requirements)])
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    done.write_text(wanted)
