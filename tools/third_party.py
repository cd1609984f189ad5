"""Fetches the imported protos into third_party/: from packages, pinned, never edited.

The google protos are those of the installed `googleapis-common-protos` wheel;
`buf/validate/validate.proto` comes in no wheel, so it is taken from a source
archive of `protovalidate`. `--check` writes nothing and fails on a difference.
"""

import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "third_party"
GOOGLE = (
    "api/annotations.proto",
    "api/client.proto",
    "api/field_behavior.proto",
    "api/http.proto",
    "api/httpbody.proto",
    "api/launch_stage.proto",
    "api/resource.proto",
    "rpc/code.proto",
    "rpc/error_details.proto",
    "rpc/status.proto",
)
ARCHIVE = "protovalidate-1.2.0"
REQUIREMENT = (
    "protovalidate==1.2.0 --hash="
    "sha256:4cb9a5065f32abc9baf2cf25c5bd09a139f7dffb7b8692f636a8e3e6883bb9a2\n"
)
TAKEN = {
    "buf/validate/validate.proto": "upstream/proto/buf/validate/validate.proto",
    "LICENSE": "LICENSE",
}


def google_files() -> dict[Path, bytes]:
    """Returns the google protos and their licence from the installed wheel."""
    wheel = distribution("googleapis-common-protos")
    paths = {Path("googleapis/google") / name: f"google/{name}" for name in GOOGLE}
    (licence,) = (str(file) for file in wheel.files or () if file.name == "LICENSE")
    paths[Path("googleapis/LICENSE")] = licence
    return {out: Path(str(wheel.locate_file(path))).read_bytes() for out, path in paths.items()}


def protovalidate_files() -> dict[Path, bytes]:
    """Returns what is taken from the source archive, which pip fetches and checks."""
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "pins.txt"
        pins.write_text(REQUIREMENT)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--no-binary", ":all:", "--no-build-isolation", "--require-hashes"]
        subprocess.run([*command, "-r", str(pins), "-d", folder], check=True)
        with tarfile.open(Path(folder) / f"{ARCHIVE}.tar.gz") as archive:
            found = {}
            for out, member in TAKEN.items():
                file = archive.extractfile(f"{ARCHIVE}/{member}")
                if file is None:
                    sys.exit(f"third_party: {member} is no file of {ARCHIVE}")
                found[Path("protovalidate") / out] = file.read()
            return found


def main() -> None:
    """Writes the files, or with `--check` says whether they are what would be written."""
    wanted = google_files() | protovalidate_files()
    kept = {path.relative_to(OUT) for path in OUT.rglob("*") if path.is_file()}
    changed = [path for path, data in wanted.items() if _read(OUT / path) != data]
    changed += sorted(kept - set(wanted))
    if "--check" in sys.argv[1:]:
        if changed:
            sys.exit("third_party/ differs:\n  " + "\n  ".join(map(str, changed)))
        print(f"third_party/ is clean: {len(wanted)} files")
        return
    for path in changed:
        if path in wanted:
            (OUT / path).parent.mkdir(parents=True, exist_ok=True)
            (OUT / path).write_bytes(wanted[path])
        else:
            (OUT / path).unlink()
    print(f"third_party/: {len(changed)} of {len(wanted)} files changed")


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


if __name__ == "__main__":
    main()
