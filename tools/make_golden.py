"""Writes tests/golden/identity: the vectors that every implementation must pass.

`make golden` runs it; a changed file is explained in the changelog.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.domain.identity import ARTIFACT_IDS, RunIdentity, result_digest, spec_hash
from aurelius_engine.domain.table_hash import Column, string_column, table_hash
from aurelius_engine.rpc.resolution import document_of, resolve

OUT = Path(__file__).resolve().parent.parent / "tests/golden/identity"
SPEC = document_of(
    resolve(
        json_format.ParseDict(
            {
                "strategy": {"trendFollowing": {"fastBars": 10, "slowBars": 20}},
                "symbols": ["GOOG"],
                "startTime": "2004-08-19T00:00:00Z",
                "calendar": "XNYS",
                "initialCash": 1000000,
                "commission": {"valueRatio": 0.002},
            },
            backtest_spec_pb2.BacktestSpec(),
        )
    )
)
NUMBERS = {"a": 1e21, "b": 1e-7, "c": 0.1, "d": 100, "e": 5e-324}
HASH = {letter: "sha256:" + letter * 64 for letter in "0123456789abcdef"}


def column(document: dict[str, Any]) -> Column:
    """Returns the column of a vector: `"nan"` and `"-0"` are texts there."""
    if document["type"] == "string":
        return string_column(document["name"], document["data"])
    if document["type"] == "int64":
        data = np.array([int(value) for value in document["data"]], dtype=np.int64)
        return Column(name=document["name"], data=data)
    return Column(name=document["name"], data=np.array(document["data"], dtype=np.float64))


def tables() -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Returns the table vectors: description and columns."""
    ramp = [str(i * 86_400_000_000_000) for i in range(4097)]
    return {
        "table_empty": (
            "No row: the root of no leaves.",
            [{"name": "time", "type": "int64", "data": []}],
        ),
        "table_one_row": (
            "One row of each type.",
            [
                {"name": "time", "type": "int64", "data": ["1092873600000000000"]},
                {"name": "symbol", "type": "string", "data": ["GOOG"]},
                {"name": "open", "type": "float64", "data": [100.01]},
            ],
        ),
        "table_special_floats": (
            "One NaN, and a negative zero that keeps its bits.",
            [{"name": "value", "type": "float64", "data": ["nan", "-0", 0, 5e-324, 1e308]}],
        ),
        "table_text_order": (
            "Values are sorted by UTF-8 bytes: upper case first, then beyond ASCII.",
            [{"name": "symbol", "type": "string", "data": ["é", "a", "B", "😀", "ﬀ", "a"]}],
        ),
        "table_three_chunks": (
            "8193 rows: three chunks, and a tree that is not balanced.",
            [
                {
                    "name": "time",
                    "type": "int64",
                    "data": ramp + [str(i * 86_400_000_000_000) for i in range(4097, 8193)],
                },
            ],
        ),
    }


def vectors() -> dict[str, dict[str, Any]]:
    """Returns every vector by file name."""
    identity = {
        "spec_hash": HASH["a"],
        "data_hash": HASH["b"],
        "seed": str(2**64 - 1),
        "engine_version": "0.1.0+0123456789ab",
    }
    artifacts = {name: HASH[str(place)] for place, name in enumerate(ARTIFACT_IDS)}
    found: dict[str, dict[str, Any]] = {
        "spec_goog_trend": {
            "description": "A resolved specification.",
            "input": {"document": SPEC},
            "want": {"spec_hash": spec_hash(SPEC)},  # type: ignore[arg-type]
        },
        "spec_numbers": {
            "description": "Numbers have one text: exponents, integers, the shortest digits.",
            "input": {"document": NUMBERS},
            "want": {"spec_hash": spec_hash(NUMBERS)},
        },
        "run_largest_seed": {
            "description": "A seed beyond 2^53 is text.",
            "input": identity,
            "want": {"run_id": RunIdentity(**(identity | {"seed": 2**64 - 1})).run_id},  # type: ignore[arg-type]
        },
        "result_nine_tables": {
            "description": "The digest over nine artifact digests.",
            "input": {"artifact_digests": artifacts},
            "want": {"result_digest": result_digest(artifacts)},
        },
    }
    for name, (description, columns) in tables().items():
        found[name] = {
            "description": description,
            "input": {"columns": columns},
            "want": {"table_hash": table_hash([column(document) for document in columns])},
        }
    return found


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for name, vector in vectors().items():
        text = json.dumps(vector, indent=1, ensure_ascii=False)
        (OUT / f"{name}.json").write_text(text + "\n", encoding="utf-8")
