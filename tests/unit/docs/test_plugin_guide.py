"""The guide to plug-ins shows the example as it is, and states the lists and limits of the code."""

import re

from aurelius_engine.adapters.plugin_python_sandbox import ALLOWED_MODULES
from aurelius_engine.application.plugins import PluginLimits
from tests.conftest import REPOSITORY

GUIDE = (REPOSITORY / "docs/howto/write-a-plugin.md").read_text()
EXAMPLE = REPOSITORY / "examples/plugin_example"


def test_the_guide_shows_the_example_as_it_is() -> None:
    model = (EXAMPLE / "src/plugin_example/skip_momentum.py").read_text()

    assert f"```python\n{model}```" in GUIDE
    assert f"```toml\n{(EXAMPLE / 'pyproject.toml').read_text()}```" in GUIDE


def test_the_guide_names_every_module_that_can_be_imported() -> None:
    (line,) = [line for line in GUIDE.splitlines() if line.startswith("It imports its own")]

    ours = {name for name in ALLOWED_MODULES if "." not in name}
    assert set(re.findall(r"`(\w+)`", line)) == ours


def test_the_guide_states_the_limits() -> None:
    limits = PluginLimits()

    assert f"({limits.memory_max_bytes >> 30} GiB)" in GUIDE
    assert f"{limits.cpu_max_seconds} seconds of processor time" in GUIDE
    assert f"{limits.reply_max_seconds:.0f} seconds without an answer" in GUIDE
