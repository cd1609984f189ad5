"""A file becomes a dataset: its provenance beside it, and an id from its content."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from aurelius.engine.v1 import dataset_pb2
from aurelius.engine.v1.dataset_service_pb2 import FileFormat
from aurelius_client.cli.progress import upload_bar
from aurelius_client.documents import read_message
from aurelius_client.errors import InvalidInput, NotFound
from aurelius_client.uploads import local_file, require_readable

if TYPE_CHECKING:
    from aurelius_client.client import Client

SUFFIXES = (".provenance.json", ".provenance.yaml", ".provenance.yml")


def provenance_of(
    data: Path, given: Path | None, stated: FileFormat | None = None
) -> dataset_pb2.Provenance:
    """Reads the provenance that was named, or the file beside the data.

    Raises:
        InvalidInput: The data cannot be read, or there is none, or it is not one.
    """
    require_readable(data, stated)
    found = known_provenance(data, given)
    if found is None:
        raise InvalidInput(
            "PROVENANCE_MISSING",
            f"nothing says where {data} came from",
            found="no file beside it",
            allowed=f"--provenance FILE, or {data.stem}{SUFFIXES[0]} beside it",
        )
    return found


def known_provenance(data: Path, given: Path | None) -> dataset_pb2.Provenance | None:
    """Returns the provenance of a file if there is one.

    Raises:
        InvalidInput: It is not one.
    """
    beside = [data.with_name(data.stem + suffix) for suffix in SUFFIXES]
    path = given or next((place for place in beside if place.exists()), None)
    return None if path is None else read_message(path, dataset_pb2.Provenance())


def dataset_id_of(data: Path, stated: FileFormat | None = None) -> str:
    """Returns an id made of the file's name and content, so that one file is one dataset."""
    digest = local_file(data, stated).digest.removeprefix("sha256:")
    stem = re.sub(r"[^a-z0-9]+", "-", data.stem.lower()).strip("-")
    stem = stem if stem[:1].isalpha() else f"data-{stem}".rstrip("-")
    return f"{stem[:48].rstrip('-')}-{digest[:12]}"


def registered(
    client: "Client", data: Path, provenance: Path | None, stated: FileFormat | None = None
) -> dataset_pb2.Dataset:
    """Returns the dataset of a file, registering it if the server does not have it.

    Raises:
        AureliusError: It cannot be registered.
    """
    dataset_id = dataset_id_of(data, stated)
    try:
        return client.datasets.get(f"datasets/{dataset_id}")
    except NotFound:
        source = provenance_of(data, provenance, stated)
    with upload_bar(f"uploading {data.name}") as told:
        return client.datasets.register(data, dataset_id, source, format=stated, progress=told)
