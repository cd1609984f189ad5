"""The log's Ed25519 key, in one file that only its owner reads."""

from pathlib import Path

from aurelius_chassis.key_file import read_or_create_key


class KeyFileSigner:
    """Signs with the key of a file, which is created at the first start."""

    def __init__(self, path: Path):
        """Reads the key at `path`, or creates it.

        Raises:
            KeyFileError: Others can read it, or it holds no Ed25519 key.
        """
        self._key = read_or_create_key(path)

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Returns the 64 bytes of the signature."""
        return self._key.sign(message)
