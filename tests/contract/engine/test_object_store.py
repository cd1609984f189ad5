"""The promises of the object store, for each technology behind it."""

import hashlib
from pathlib import Path
from typing import IO

import pytest

from aurelius_chassis.settings import SettingRefused
from aurelius_engine.adapters.obstore_objects import ObstoreObjects
from aurelius_engine.application.errors import ObjectDamaged
from aurelius_engine.application.object_store import ObjectStore


class ObjectStoreContract:
    def test_bytes_are_named_by_their_digest_and_come_back(self, store: ObjectStore) -> None:
        for data in (b"", b"abc", bytes(range(256)) * 5000):
            name = store.put(data)

            assert name == "sha256:" + hashlib.sha256(data).hexdigest()
            assert store.get(name) == data
            assert store.put(data) == name
            if data:
                assert bytes(store.mapped(name).data) == data

    def test_what_a_reader_writes_into_a_mapping_stays_its_own(self, store: ObjectStore) -> None:
        name = store.put(b"abc")
        mapped = store.mapped(name)

        mapped.data[0] = 0

        assert mapped.unchanged()
        assert store.get(name) == bytes(store.mapped(name).data) == b"abc"

    def test_what_is_written_is_stored_as_what_is_given(self, store: ObjectStore) -> None:
        def write(sink: IO[bytes]) -> None:
            sink.write(b"ab")
            sink.write(memoryview(b"c"))

        name = store.put_written("u1", write)

        assert name == store.put(b"abc") == store.put_written("u2", write)
        assert store.get(name) == b"abc"

    def test_what_is_not_stored_is_damaged(self, store: ObjectStore) -> None:
        absent = f"sha256:{'0' * 64}"

        for attempt in (
            lambda: store.get(absent),
            lambda: store.get_unverified(absent),
            lambda: store.mapped(absent),
            lambda: store.staged("u1", 0, absent),
        ):
            with pytest.raises(ObjectDamaged) as refused:
                attempt()
            assert refused.value.facts == {"found": "nothing", "allowed": absent}

    def test_chunks_are_staged_and_removed_by_upload(self, store: ObjectStore) -> None:
        first, other = store.stage("u1", 0, b"one"), store.stage("u10", 0, b"other")
        rival = store.stage("u1", 0, b"rival")
        assert store.staged("u1", 0, first) == b"one"
        assert store.staged("u1", 0, rival) == b"rival"

        store.unstage(["u1", "none"])

        with pytest.raises(ObjectDamaged):
            store.staged("u1", 0, first)
        assert store.staged("u10", 0, other) == b"other"


class TestMemory(ObjectStoreContract):
    @pytest.fixture
    def store(self) -> ObjectStore:
        return ObstoreObjects("memory:///")


class TestFolder(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return ObstoreObjects(f"file://{tmp_path}/with%20space")

    def test_an_object_outlives_its_process_and_a_damaged_one_is_found(
        self, tmp_path: Path
    ) -> None:
        url = f"file://{tmp_path}/objects"
        name = ObstoreObjects(url).put(b"abc")
        store = ObstoreObjects(url)
        assert store.get(name) == b"abc"
        before = store.mapped(name)
        assert before.unchanged()
        (path,) = [path for path in tmp_path.rglob("*") if path.is_file()]
        path.write_bytes(b"abd")

        with pytest.raises(ObjectDamaged) as refused:
            store.get(name)

        assert refused.value.facts["allowed"] == name
        assert store.get_unverified(name) == b"abd"
        assert not before.unchanged()
        assert store.put(b"abc") == name
        assert store.get(name) == b"abc", "storing the good bytes again repairs it"
        path.write_bytes(b"abd")
        assert store.put_written("u1", lambda sink: sink.write(b"abc")) == name
        assert store.get(name) == b"abc", "so does writing them"

    def test_what_a_dead_writer_left_is_removed_with_the_upload(self, tmp_path: Path) -> None:
        def die(sink: IO[bytes]) -> None:
            sink.write(b"half")
            raise KeyboardInterrupt

        store = ObstoreObjects(f"file://{tmp_path}/objects")
        with pytest.raises(KeyboardInterrupt):
            store.put_written("u1", die)

        store.unstage(["u1"])

        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("", "no URL"),
        ("folder", "no URL"),
        ("ftp://u:secret@h/x", "ftp://"),
        ("file:///", "file:///"),
    ],
)
def test_what_is_no_store_is_refused_without_its_secrets(url: str, found: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        ObstoreObjects(url)

    assert refused.value.found == found
    assert "secret" not in str(refused.value)
