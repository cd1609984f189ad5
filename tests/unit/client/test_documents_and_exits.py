"""Files that hold a message, exit codes, kept tokens, and what decides that a run is known."""

import json
import re
import stat
from pathlib import Path

import grpc
import pytest

from aurelius.contract.v1 import error_reason_pb2 as shared
from aurelius.engine.v1 import backtest_spec_pb2, dataset_pb2, strategy_pb2
from aurelius.engine.v1 import error_reason_pb2 as engine
from aurelius.gateway.v1 import error_reason_pb2 as gateway
from aurelius.governance.v1 import error_reason_pb2 as governance
from aurelius_client.cli import exits, tokens
from aurelius_client.cli.registering import dataset_id_of, known_provenance, provenance_of
from aurelius_client.cli.users import roles_of
from aurelius_client.documents import read_message
from aurelius_client.errors import (
    BY_CODE,
    AureliusError,
    FailedPrecondition,
    InvalidInput,
    PermissionDenied,
    RunNotSealed,
)


def read(folder: Path, text: str) -> backtest_spec_pb2.BacktestSpec:
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return read_message(path, backtest_spec_pb2.BacktestSpec())


def test_yaml_and_json_give_one_message(tmp_path: Path) -> None:
    yaml = read(
        tmp_path,
        "strategy: {breakout: {entryBars: 3}}\ncalendar: XNYS\nstartTime: 2010-01-02\n"
        "end_time: 2011-01-02T03:04:05+01:00\nsymbols: [A, B]\n",
    )
    document = {
        "strategy": {"breakout": {"entryBars": 3}},
        "calendar": "XNYS",
        "startTime": "2010-01-02T00:00:00Z",
        "endTime": "2011-01-02T02:04:05Z",
        "symbols": ["A", "B"],
    }

    assert yaml == read(tmp_path, json.dumps(document))
    assert yaml.end_time.ToJsonString() == "2011-01-02T02:04:05Z"


@pytest.mark.parametrize(
    ("text", "reason", "found"),
    [
        ("colour: red", "UNKNOWN_FIELD", "colour"),
        ("commission: {colour: 1}", "UNKNOWN_FIELD", "commission.colour"),
        ("strategy: {pairs: {}}", "UNKNOWN_FIELD", "strategy.pairs"),
        ("strategy: {breakout: {bars: 1}}", "UNKNOWN_STRATEGY_PARAMETER", "bars"),
        ("calendar: A\ncalendar: B", "FILE_MALFORMED", "the name 'calendar' appears twice"),
        ("initialCash: 1\ninitial_cash: 2", "FILE_MALFORMED", "in two spellings"),
        ("[1, 2]", "FILE_MALFORMED", "list"),
        ("", "FILE_MALFORMED", "nothing"),
        ("a: [", "FILE_MALFORMED", "while parsing"),
        ("initialCash: much", "FILE_MALFORMED", "much"),
        ("costs: &costs {}\ncommission: *costs", "FILE_MALFORMED", "&costs in line 1"),
        ("\ncommission: *costs", "FILE_MALFORMED", "*costs in line 2"),
        ("a: " + "[" * 50_000, "FILE_MALFORMED", "over 100 levels"),
        ("!!python/object/apply:os.system [ls]", "FILE_MALFORMED", "could not determine"),
    ],
)
def test_what_is_no_specification_is_refused(
    tmp_path: Path, text: str, reason: str, found: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(tmp_path, text)

    assert refusal.value.reason == reason
    assert found in refusal.value.found
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "place", "found", "allowed"),
    [
        ("initialCash: .nan", "initialCash", "nan", "a finite number"),
        ("initialCash: true", "initialCash", "true", "a finite number"),
        ("strategy: {breakout: {entryBars: 1.5}}", "entryBars", "1.5", "a whole number"),
        ("strategy: {breakout: {entryBars: ten}}", "entryBars", "ten", "a whole number"),
        ("strategy: breakout", "strategy", "breakout", "a mapping of buyAndHold, tsMomentum"),
        ("strategy: {buyAndHold: 1}", "strategy.buyAndHold", "1", "{}"),
        ("commission: 0.001", "commission", "0.001", "a mapping of "),
        ("commission: {tiers: {fromValue: 1}}", "commission.tiers", "fromValue", "a list"),
        ("direction: LONG", "direction", "LONG", "DIRECTION_LONG_FLAT, DIRECTION_LONG_SHORT"),
        ("symbols: GOOG", "symbols", "GOOG", "a list, as [GOOG]"),
        ("symbols: [ON]", "symbols", "true", "in quotes"),
        ("calendar: 1", "calendar", "1", "in quotes"),
        ("startTime: yesterday", "startTime", "yesterday", "a date"),
        ("strategy: {plugin: {parameters: [1]}}", "parameters", "[1]", "a mapping"),
        (
            "strategy: {breakout: {}, buyAndHold: {}}",
            "strategy",
            "breakout, buyAndHold",
            "one of buyAndHold",
        ),
    ],
)
def test_a_value_that_a_field_cannot_hold_is_named_with_what_it_can(
    tmp_path: Path, text: str, place: str, found: str, allowed: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(tmp_path, text)

    assert refusal.value.reason == "FILE_MALFORMED"
    assert place in refusal.value.message
    assert found in refusal.value.found
    assert allowed in refusal.value.allowed


def test_what_proto_json_reads_as_a_value_is_one(tmp_path: Path) -> None:
    spec = read(
        tmp_path,
        "strategy: {breakout: {entryBars: '3', exitBars: 2.0}, buyAndHold: null}\n"
        "initialCash: '1e5'\ndirection: 1\nsymbols: ['ON']\n",
    )

    assert (spec.strategy.breakout.entry_bars, spec.strategy.breakout.exit_bars) == (3, 2)
    assert (spec.initial_cash, spec.direction, list(spec.symbols)) == (100_000.0, 1, ["ON"])


def test_aliases_of_aliases_are_refused_and_never_written_out(tmp_path: Path) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 10):
        of_before = ", ".join([f"*a{level - 1}"] * 9)
        levels.append(f"a{level}: &a{level} [{of_before}]")

    with pytest.raises(InvalidInput, match="has a YAML anchor or alias") as refusal:
        read(tmp_path, "\n".join(levels))

    assert (refusal.value.reason, refusal.value.found) == ("FILE_MALFORMED", "&a0 in line 1")


def test_a_parameter_of_a_strategy_file_is_named_so(tmp_path: Path) -> None:
    path = tmp_path / "strategy.yaml"
    path.write_text("tsMomentum: {bars: 1}")

    with pytest.raises(InvalidInput) as refusal:
        read_message(path, strategy_pb2.Strategy())

    assert refusal.value.reason == "UNKNOWN_STRATEGY_PARAMETER"
    assert refusal.value.allowed == "lookbackBars"


def test_an_unknown_field_in_a_list_is_found(tmp_path: Path) -> None:
    path = tmp_path / "provenance.yaml"
    path.write_text("transformationSteps: [{descriptoin: x}]")

    with pytest.raises(InvalidInput, match=r"found transformationSteps\.descriptoin"):
        read_message(path, dataset_pb2.Provenance())


def test_the_names_in_a_map_are_no_fields(tmp_path: Path) -> None:
    path, strategy = tmp_path / "strategy.yaml", strategy_pb2.Strategy()
    path.write_text("plugin: {name: own, parameters: {fast_bars: 3, slow: 9}}")

    read_message(path, strategy)

    assert dict(strategy.plugin.parameters) == {"fast_bars": 3.0, "slow": 9.0}


def test_every_code_has_an_exit_code() -> None:
    of_errors = {kind.code for kind in BY_CODE.values()} | set(BY_CODE)

    assert of_errors >= {code.name for code in grpc.StatusCode} - {"OK"}
    for code in of_errors:
        assert exits.exit_code_of(AureliusError("R", "m", code=code)) in range(1, 6)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput("R", "m"), 2),
        (AureliusError("R", "m", code="PERMISSION_DENIED"), 3),
        (AureliusError("R", "m", code="UNAVAILABLE"), 4),
        (AureliusError("RATE_LIMITED", "m", code="RESOURCE_EXHAUSTED"), 4),
        (AureliusError("UPLOAD_TOO_LARGE", "m", code="RESOURCE_EXHAUSTED"), 2),
        (AureliusError("R", "m", code="DATA_LOSS"), 5),
        (AureliusError("R", "m"), 5),
        (RunNotSealed("runs/r", "FAILED", "LOOKBACK_TOO_LONG", "m"), 2),
        (RunNotSealed("runs/r", "CANCELLED", "", ""), 1),
        (RunNotSealed("runs/r", "QUARANTINED", "ACCOUNTING_BREACH", "m"), 5),
        (RunNotSealed("runs/r", "CRASHED", "", ""), 5),
    ],
)
def test_exit_codes(error: AureliusError, code: int) -> None:
    assert exits.exit_code_of(error) == code


def test_reasons_with_an_exit_code_are_reasons_of_the_contract() -> None:
    known = {
        name.removeprefix("ERROR_REASON_")
        for module in (shared, engine, gateway, governance)
        for name in module.ErrorReason.DESCRIPTOR.values_by_name
    } | {"RATE_LIMITED"}  # the edge's own

    assert set(exits._BY_REASON) <= known


def test_tokens_are_kept_one_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    first = tokens.StoredToken(token="a", user="users/ann", expires=1.0)
    second = tokens.StoredToken(token="b", user="users/bob", expires=2.0)

    assert tokens.stored("http://one") is None
    tokens.store("http://one", first)
    tokens.store("http://two", second)
    tokens.store("http://one", second)

    assert tokens.stored("http://one") == second
    assert tokens.stored("http://two") == second
    assert stat.S_IMODE(tokens.token_file().stat().st_mode) == 0o600
    assert list(tokens.token_file().parent.iterdir()) == [tokens.token_file()]


def test_a_token_is_not_added_to_a_file_that_others_may_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    token = tokens.StoredToken(token="a", user="users/ann", expires=1.0)
    tokens.store("http://one", token)
    tokens.token_file().chmod(0o640)

    with pytest.raises(PermissionDenied, match="found 0640"):
        tokens.store("http://one", token)
    with pytest.raises(PermissionDenied, match="chmod 600"):
        tokens.stored("http://one")


def test_a_token_file_that_is_no_json_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    tokens.store("http://one", tokens.StoredToken(token="a", user="u", expires=1.0))
    tokens.token_file().write_text("{")

    with pytest.raises(FailedPrecondition, match="log in again"):
        tokens.stored("http://one")


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("goog.csv", "goog-"),
        ("US Equities (daily).csv", "us-equities-daily-"),
        ("2020.csv", "data-2020-"),
        ("___.csv", "data-"),
        ("x" * 200 + ".csv", "x" * 48 + "-"),
    ],
)
def test_a_dataset_id_is_made_of_name_and_content(tmp_path: Path, name: str, begins: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"a")
    first = dataset_id_of(path)
    path.write_bytes(b"b")
    second = dataset_id_of(path)

    assert first.startswith(begins)
    assert first != second
    # The contract's rule for ids.
    assert re.fullmatch("[a-z]([a-z0-9-]{0,61}[a-z0-9])?", first)


def test_the_provenance_beside_a_file_is_found(tmp_path: Path) -> None:
    data = tmp_path / "a.csv"
    assert known_provenance(data, None) is None
    data.write_text("time,symbol\n")
    with pytest.raises(InvalidInput, match=r"a\.provenance\.json beside it"):
        provenance_of(data, None)

    (tmp_path / "a.provenance.yaml").write_text("licence: MIT")
    (tmp_path / "b.json").write_text('{"licence": "BSD"}')

    assert provenance_of(data, None).licence == "MIT"
    assert provenance_of(data, tmp_path / "b.json").licence == "BSD"


def test_roles_are_typed_short_or_long() -> None:
    assert roles_of(["risk", "ROLE_ADMIN"]) == roles_of(["ROLE_RISK", "Admin"])
    for name in ("anonymous", "unspecified", "boss", ""):
        with pytest.raises(InvalidInput):
            roles_of([name])


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("high is -1", "R: high is -1 (found -1; allowed above 0)"),
        ("high is -1, allowed above 0", "R: high is -1 (found -1; allowed above 0)"),
        ("high has to be above 0", "R: high has to be above 0 (found -1; allowed above 0)"),
    ],
)
def test_what_is_allowed_stands_at_the_end_of_a_refusal(message: str, told: str) -> None:
    assert str(InvalidInput("R", message, found="-1", allowed="above 0")) == told
