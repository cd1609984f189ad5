"""`aurelius options`, by the engine in this process."""

import json

import pytest

from aurelius_client.cli import exits
from aurelius_client.cli.main import main

OPTION = ("--type", "call", "--spot", "49", "--strike", "50", "--rate", "0.05")
YEARS = ("--years", "0.3846")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["aurelius", "options", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_an_option_is_priced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "price", *OPTION, *YEARS, "--volatility", "0.2") == exits.OK

    printed = capsys.readouterr().out
    for part in ("2.4004611", "0.52160163", "per 1.0 of volatility", "per day", "experimental"):
        assert part in printed


def test_an_american_put_says_how_good_its_price_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put = ("--type", "put", "--spot", "50", "--strike", "50", "--years", "0.4167")
    market = ("--rate", "0.1", "--dividend-yield", "0", "--volatility", "0.4")

    assert run(monkeypatch, "price", *put, *market, "--american") == exits.OK

    assert "4.284" in (printed := capsys.readouterr().out)
    assert ", within about 0.0008" in printed


def test_at_expiry_at_the_strike_the_reason_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    option = ("--type", "put", "--spot", "50", "--strike", "50", "--years", "0")

    assert run(monkeypatch, "price", *option, "--volatility", "0.4", "--json") == exits.OK

    printed = json.loads(capsys.readouterr().out)
    assert printed["delta"] == {"undefinedReason": "UNDEFINED_AT_STRIKE"}
    assert printed["vega"] == {"value": 0}


def test_a_volatility_is_implied(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "imply", *OPTION, *YEARS, "--price", "2.4004610869656666") == exits.OK

    assert "0.2 per year" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("price", *OPTION, "--years", "-1", "--volatility", "0.2"), "OPTION_EXPIRED"),
        (("price", *OPTION, *YEARS, "--volatility", "0"), "INVALID_FIELD"),
        (("imply", *OPTION, *YEARS, "--price", "50"), "OPTION_PRICE_OUTSIDE_BOUNDS"),
        (("imply", *OPTION, *YEARS, "--price", "nan"), "INVALID_FIELD"),
    ],
)
def test_a_refusal_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    reason: str,
) -> None:
    assert run(monkeypatch, *arguments) == exits.REFUSED

    printed = capsys.readouterr().err
    assert printed.startswith(f"error: {reason}: ")
    assert printed.count("\n") == 1
