"""data/recorded/: each file can be made again, and is what its provenance says."""

import hashlib
import subprocess
import sys
from pathlib import Path

import protovalidate
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import dataset_pb2
from aurelius_engine.adapters.market_adapters import shipped_adapters
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.application.records import FileFormat
from tests.conftest import REPOSITORY

DATA = REPOSITORY / "data"
TOOL = REPOSITORY / "tools/make_recorded.py"
BASES = {
    "alpaca_bars_goog_2010": "us_equities_daily",
    "yahoo_chart_goog_2010": "us_equities_daily",
    "yahoo_chart_ibm_2010": "us_equities_with_actions",
}


def provenance(path: Path) -> dataset_pb2.Provenance:
    return json_format.Parse(path.read_text(), dataset_pb2.Provenance())


def test_every_file_is_made_again_byte_for_byte(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(TOOL), str(tmp_path)], check=True, timeout=120)

    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {
        path.name: path.read_bytes()
        for path in (DATA / "recorded").iterdir()
        if path.name != "README.md"
    }
    assert sorted(made) == sorted(kept)
    assert made == kept


@pytest.mark.parametrize("name", sorted(BASES))
def test_the_provenance_goes_on_from_the_bundled_file_to_the_table(name: str) -> None:
    stated = provenance(DATA / "recorded" / f"{name}.provenance.json")
    base = provenance(DATA / f"{BASES[name]}.provenance.json")
    vendor = "ALPACA_BARS_JSON" if name.startswith("alpaca") else "YAHOO_CHART_JSON"
    data = (DATA / "recorded" / f"{name}.json").read_bytes()
    zone = packaged_calendars().zone(stated.calendar)

    table = shipped_adapters().read(FileFormat[vendor], data, zone).table

    protovalidate.validate(stated)
    *before, last = stated.transformation_steps
    assert before == list(base.transformation_steps)
    assert last.input_digest == before[-1].output_digest
    assert last.output_digest == table.data_hash()
    assert last.code_digest == "sha256:" + hashlib.sha256(TOOL.read_bytes()).hexdigest()
    assert stated.as_of_time.ToNanoseconds() >= int(table.time[-1])
