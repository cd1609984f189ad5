"""Writes what the engine makes of the runs in tests/golden/engine/strategy_*.json.

`make golden` runs it; a changed file is explained in the changelog. The inputs stay.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests/golden/engine"


def main() -> None:
    """Rewrites `want` of each file."""
    sys.path.insert(0, str(ROOT))
    from tests.golden.engine.strategy_runs import made_of

    for path in sorted(FOLDER.glob("strategy_*.json")):
        vector = json.loads(path.read_text(encoding="utf-8"))
        vector["want"] = made_of(vector["input"])
        text = json.dumps(vector, indent=2, ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8")
    print(f"{FOLDER.relative_to(ROOT)}/strategy_*.json: written")


if __name__ == "__main__":
    main()
