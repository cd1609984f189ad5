"""The engine passes the vectors that any other implementation must pass."""

import json

import numpy as np
import pytest
import rfc8785

from aurelius_engine.domain.canonical_json import canonical_json
from aurelius_engine.domain.identity import RunIdentity, result_digest, spec_hash
from aurelius_engine.domain.table_hash import Column, string_column, table_hash
from tests.conftest import REPOSITORY

VECTORS = sorted((REPOSITORY / "tests/golden/identity").glob("*.json"))


def column(document: dict[str, object]) -> Column:
    name, data = str(document["name"]), document["data"]
    assert isinstance(data, list)
    if document["type"] == "string":
        return string_column(name, data)
    if document["type"] == "int64":
        return Column(name=name, data=np.array([int(x) for x in data], dtype=np.int64))
    return Column(name=name, data=np.array(data, dtype=np.float64))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector(path: object) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    given = vector["input"]
    answers = {
        "spec": lambda: {"spec_hash": spec_hash(given["document"])},
        "table": lambda: {"table_hash": table_hash([column(c) for c in given["columns"]])},
        "run": lambda: {"run_id": RunIdentity(**(given | {"seed": int(given["seed"])})).run_id},
        "result": lambda: {"result_digest": result_digest(given["artifact_digests"])},
    }

    assert answers[path.stem.split("_")[0]]() == vector["want"]  # type: ignore[attr-defined]


def test_there_are_vectors_of_each_kind() -> None:
    assert {path.stem.split("_")[0] for path in VECTORS} == {"spec", "table", "run", "result"}


def test_a_number_that_is_not_finite_has_no_text() -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical_json({"a": float("nan")})
