"""`aurelius formula check`, by the engine in this process."""

import json
from pathlib import Path

import pytest

from aurelius_client.cli import exits
from aurelius_client.cli.main import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["aurelius", "formula", "check", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_formula_is_described(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "-demean(rank(zscore(volume, 5)))") == exits.OK

    printed = capsys.readouterr().out
    for part in ("-demean(rank(ts_zscore(volume, 5)))", "5 bars", "volume", "each other"):
        assert part in printed


def test_groupings_come_from_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "groupings.yaml"
    path.write_text("groupings:\n- name: zone\n  groups: {AAPL: west}\n")

    code = run(monkeypatch, "group_rank(close, zone)", "--groupings", str(path), "--json")

    printed = json.loads(capsys.readouterr().out)
    assert code == exits.OK
    assert (printed["groupings"], printed["warmUpBars"]) == (["zone"], 1)


def test_a_mistake_is_one_line_with_its_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "rank(clsoe)") == exits.REFUSED

    printed = capsys.readouterr().err
    assert printed.startswith("error: FORMULA_INVALID: line 1, column 6: no series clsoe")
    assert printed.count("\n") == 1


def test_an_empty_text_breaks_the_contract(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "") == exits.REFUSED

    assert "formula.text" in capsys.readouterr().err
