"""The key file is made once, for its owner alone, and refused when it is anything else."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from aurelius_chassis.key_file import KeyFileError, read_or_create_key


def test_key_is_created_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "token.pem"

    first = read_or_create_key(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert read_or_create_key(path).private_bytes_raw() == first.private_bytes_raw()
    assert list(path.parent.iterdir()) == [path]


def test_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token.pem"
    read_or_create_key(path)
    path.chmod(0o640)

    with pytest.raises(KeyFileError, match="0600"):
        read_or_create_key(path)


def test_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token.pem"
    other = generate_private_key(SECP256R1())
    path.touch(mode=0o600)
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    with pytest.raises(KeyFileError, match="Ed25519"):
        read_or_create_key(path)


def test_file_without_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token.pem"
    path.touch(mode=0o600)

    with pytest.raises(KeyFileError, match="PEM"):
        read_or_create_key(path)
