import stat
from pathlib import Path

import pytest

from aurelius_chassis.key_file import KeyFileError
from aurelius_governance.adapters.key_file import KeyFileSigner
from aurelius_governance.domain import signed_note
from aurelius_governance.domain.signed_note import InvalidNote, TreeHead


@pytest.fixture
def signer(tmp_path: Path) -> KeyFileSigner:
    return KeyFileSigner(tmp_path / "keys" / "ledger.pem")


def test_key_file_is_private_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "ledger.pem"
    first = KeyFileSigner(path)

    second = KeyFileSigner(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert second.public_key == first.public_key
    assert [entry.name for entry in tmp_path.iterdir()] == ["ledger.pem"]


def test_key_file_that_others_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.pem"
    KeyFileSigner(path)
    path.chmod(0o644)

    with pytest.raises(KeyFileError):
        KeyFileSigner(path)


def test_signed_checkpoint_opens_with_its_key(signer: KeyFileSigner) -> None:
    head = TreeHead(size=7, root=bytes(range(32)))

    note = signed_note.sign_checkpoint(head, signer)

    assert signed_note.open_checkpoint(note, signed_note.verifier_key(signer.public_key)) == head


def test_changed_checkpoint_does_not_open(signer: KeyFileSigner) -> None:
    note = signed_note.sign_checkpoint(TreeHead(size=7, root=bytes(32)), signer)
    key = signed_note.verifier_key(signer.public_key)

    with pytest.raises(InvalidNote):
        signed_note.open_checkpoint(note.replace("\n7\n", "\n8\n"), key)


def test_checkpoint_of_another_key_does_not_open(signer: KeyFileSigner, tmp_path: Path) -> None:
    other = KeyFileSigner(tmp_path / "other.pem")
    note = signed_note.sign_checkpoint(TreeHead(size=7, root=bytes(32)), other)

    with pytest.raises(InvalidNote):
        signed_note.open_checkpoint(note, signed_note.verifier_key(signer.public_key))
