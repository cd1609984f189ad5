"""Where data came from: each field is mandatory, and the steps lead to the file."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from aurelius.engine.v1 import dataset_pb2
from tests.contract.engine.serving import (
    PROVENANCE,
    Served,
    refusal_of,
    serving,
    token,
    upload_request,
)

FILE = b"time,symbol,open,high,low,close,volume\n2020-01-02,A,10,12,9,11,100\n"
STATED = {name: value for name, value in PROVENANCE.items() if name != "untransformed"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("provenance")
    with serving(folder) as served:
        yield served


def refused_creation(engine: Served, document: dict[str, Any]) -> grpc.RpcError:
    provenance = json_format.ParseDict(document, dataset_pb2.Provenance())
    with pytest.raises(grpc.RpcError) as refused:
        engine.datasets.CreateDatasetUpload(
            upload_request(size_bytes=10, provenance=provenance), metadata=token()
        )
    return refused.value


def step(given: str, made: str) -> dict[str, str]:
    return {
        "description": "Dropped a bar.",
        "codeDigest": digest("code"),
        "inputDigest": given,
        "outputDigest": made,
    }


def digest(text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    return "sha256:" + hashlib.sha256(data).hexdigest()


def committed(
    engine: Served, dataset_id: str, steps: list[dict[str, str]], data: bytes = FILE
) -> dataset_pb2.Dataset:
    document = STATED | {"transformationSteps": steps}
    provenance = json_format.ParseDict(document, dataset_pb2.Provenance())
    upload = engine.datasets.CreateDatasetUpload(
        upload_request(dataset_id=dataset_id, size_bytes=len(data), provenance=provenance),
        metadata=token(),
    )
    engine.append(upload.name, 0, data)
    return engine.commit(upload.name)


@pytest.mark.parametrize("field", sorted(STATED))
def test_a_missing_field_is_named(engine: Served, field: str) -> None:
    partial = {name: value for name, value in PROVENANCE.items() if name != field}

    error = refused_creation(engine, partial)

    assert refusal_of(error)[:2] == ("INVALID_ARGUMENT", "INVALID_FIELD")
    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in rpc_status.from_call(error).details)  # type: ignore[union-attr, arg-type]
    named = {violation.field.replace("_", "") for violation in bad.field_violations}
    assert named == {f"provenance.{field.lower()}"}


@pytest.mark.parametrize(
    "more", [{}, {"untransformed": True, "transformationSteps": [step(digest("a"), digest("b"))]}]
)
def test_either_steps_are_stated_or_that_there_are_none(
    engine: Served, more: dict[str, Any]
) -> None:
    code, reason, facts = refusal_of(refused_creation(engine, STATED | more))

    assert (code, reason) == ("INVALID_ARGUMENT", "PROVENANCE_INVALID")
    assert facts["field"] == "provenance.transformation_steps"


def test_a_step_takes_what_the_one_before_gave(engine: Served) -> None:
    steps = [step(digest("a"), digest("b")), step(digest("c"), digest(FILE))]

    code, reason, facts = refusal_of(
        refused_creation(engine, STATED | {"transformationSteps": steps})
    )

    assert (code, reason) == ("INVALID_ARGUMENT", "TRANSFORMATION_BROKEN")
    assert facts["field"] == "provenance.transformation_steps[1].input_digest"
    assert (facts["found"], facts["allowed"]) == (digest("c"), digest("b"))


def test_the_last_step_gave_the_file(engine: Served) -> None:
    steps = [step(digest("a"), digest("b")), step(digest("b"), digest("elsewhere"))]

    with pytest.raises(grpc.RpcError) as refused:
        committed(engine, "elsewhere", steps)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("INVALID_ARGUMENT", "TRANSFORMATION_BROKEN")
    assert facts["field"] == "provenance.transformation_steps[1].output_digest"
    assert facts["found"] == digest("elsewhere")
    assert digest(FILE) in facts["allowed"]


def test_steps_that_lead_to_the_file_or_to_its_table_are_kept(engine: Served) -> None:
    first = committed(engine, "by-file", [step(digest("a"), digest(FILE))])

    second = committed(engine, "by-table", [step(digest("a"), first.data_hash)])

    assert second.data_hash == first.data_hash
    assert second.provenance.transformation_steps[0].output_digest == first.data_hash
