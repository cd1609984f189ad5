"""`aurelius datasets` against a running suite: as of a time."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from tests.conftest import REPOSITORY
from tests.e2e.command import Command

ACTING = REPOSITORY / "data/us_equities_with_actions.parquet"


@pytest.fixture
def aurelius(suite: Any, tmp_path: Path) -> Command:
    return Command(folder=tmp_path, server=suite.url, token=suite.admin_token)


def test_a_split_is_known_from_its_day_on(aurelius: Command, tmp_path: Path) -> None:
    data = tmp_path / "acting.parquet"
    shutil.copy(ACTING, data)
    provenance = json.loads(ACTING.with_suffix(".provenance.json").read_text())
    provenance["series"] = "acting"
    data.with_suffix(".provenance.json").write_text(json.dumps(provenance))
    aurelius.ok("datasets", "register", data, "--name", "acting-v1")

    def first_close(day: str) -> float:
        output = tmp_path / f"{day}.parquet"
        told = aurelius.ok(
            "datasets", "adjusted", "acting-v1", day, "--adjustment", "splits", "--output", output
        )
        assert str(output) in told.out
        rows = parquet.read_table(output).to_pylist()
        return float(next(row["close"] for row in rows if row["symbol"] == "AAPL"))

    assert first_close("2000-06-20") == 2 * first_close("2000-06-21")
    shown = aurelius.ok("datasets", "as-of", "acting", "2030-01-01", "--json").json
    listed = aurelius.ok("datasets", "list", "--series", "acting", "--json").lines
    assert shown["name"] == "datasets/acting-v1"
    assert [item["name"] for item in listed] == ["datasets/acting-v1"]
    told = aurelius.ok("datasets", "show", "acting-v1").out
    assert "not_applicable: " in told
    assert "each was chosen, and with hindsight." in told
    assert aurelius.refused(2, "datasets", "as-of", "acting", "2000-01-01").startswith(
        "error: DATASET_NOT_FOUND: "
    )
    assert aurelius.refused(2, "datasets", "as-of", "acting", "noon").startswith(
        "error: INVALID_FIELD: "
    )


def test_made_prices_are_registered_as_made(aurelius: Command, tmp_path: Path) -> None:
    data = tmp_path / "made.parquet"
    again = tmp_path / "again.csv"
    for output in (data, again):
        aurelius.ok(
            "datasets", "synthesize", output, *["--symbols", "3", "--bars", "400", "--seed", "7"]
        )

    made = aurelius.ok("datasets", "register", data, "--name", "made", "--json").json
    other = aurelius.ok("datasets", "register", again, "--name", "made-again", "--json").json

    assert made["provenance"]["dataClass"] == "DATA_CLASS_SYNTHETIC"
    assert made["dataHash"] == other["dataHash"]
    assert made["survivorship"]["verdict"] == "SURVIVORSHIP_VERDICT_NOT_APPLICABLE"
    provenance = json.loads(data.with_suffix(".provenance.json").read_text())
    path = tmp_path / "real.provenance.json"
    path.write_text(json.dumps(provenance | {"dataClass": "DATA_CLASS_REAL"}))
    line = aurelius.refused(2, "datasets", "register", data, "--name", "real", "--provenance", path)
    assert line.startswith("error: DATA_CLASS_CONFLICT: ")
