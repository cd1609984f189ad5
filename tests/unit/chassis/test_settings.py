from dataclasses import FrozenInstanceError, dataclass, field
from pathlib import Path

import pytest

from aurelius_chassis import settings
from aurelius_chassis.settings import SettingRefused, load


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    listen: str
    home: Path
    workers_max: int = 4
    wait_seconds: float = 1.5
    verbose: bool = False
    metrics_listen: str | None = None
    limit_bytes: int | None = None
    names: tuple[str, ...] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        settings.require_positive(self, "workers_max", "wait_seconds")


NEEDED = {"AURELIUS_LISTEN": "127.0.0.1:1", "AURELIUS_HOME": "/srv"}


def test_fields_come_from_variables_of_their_names() -> None:
    chosen = load(
        Settings,
        {
            **NEEDED,
            "AURELIUS_WORKERS_MAX": "8",
            "AURELIUS_WAIT_SECONDS": "0.25",
            "AURELIUS_VERBOSE": "true",
            "AURELIUS_LIMIT_BYTES": "10",
            "AURELIUS_NOT_OURS": "x",
            "OTHER": "y",
        },
    )

    assert chosen == Settings(
        listen="127.0.0.1:1",
        home=Path("/srv"),
        workers_max=8,
        wait_seconds=0.25,
        verbose=True,
        limit_bytes=10,
    )


def test_defaults_stand_and_an_empty_variable_is_an_absent_one() -> None:
    chosen = load(Settings, {**NEEDED, "AURELIUS_WORKERS_MAX": "", "AURELIUS_METRICS_LISTEN": ""})

    assert (chosen.workers_max, chosen.metrics_listen, chosen.names) == (4, None, ())


def test_settings_do_not_change() -> None:
    chosen = load(Settings, NEEDED)

    with pytest.raises(FrozenInstanceError):
        chosen.listen = "elsewhere"  # type: ignore[misc]


@pytest.mark.parametrize("absent", sorted(NEEDED))
def test_missing_variable_is_named(absent: str) -> None:
    with pytest.raises(SettingRefused) as refusal:
        load(Settings, {name: value for name, value in NEEDED.items() if name != absent})

    assert (refusal.value.variable, refusal.value.found) == (absent, "absent")


@pytest.mark.parametrize(
    ("variable", "text", "allowed"),
    [
        ("AURELIUS_WORKERS_MAX", "many", "int"),
        ("AURELIUS_WORKERS_MAX", "1.5", "int"),
        ("AURELIUS_WORKERS_MAX", "0", "above 0, finite"),
        ("AURELIUS_WAIT_SECONDS", "-1", "above 0, finite"),
        ("AURELIUS_WAIT_SECONDS", "nan", "above 0, finite"),
        ("AURELIUS_WAIT_SECONDS", "inf", "above 0, finite"),
        ("AURELIUS_VERBOSE", "yes", "true or false"),
        ("AURELIUS_LIMIT_BYTES", "big", "int"),
    ],
)
def test_malformed_value_is_refused_with_what_is_allowed(
    variable: str, text: str, allowed: str
) -> None:
    with pytest.raises(SettingRefused) as refusal:
        load(Settings, {**NEEDED, variable: text})

    assert refusal.value.variable == variable
    assert refusal.value.allowed == allowed


def test_refused_setting_is_one_line_on_standard_error_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AURELIUS_WORKERS_MAX", "many")

    with pytest.raises(SystemExit) as ended:
        settings.load_or_exit(Settings)

    assert ended.value.code == 2
    assert capsys.readouterr().err == "AURELIUS_WORKERS_MAX is many, allowed int\n"
