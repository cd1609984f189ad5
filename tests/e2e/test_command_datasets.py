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
