"""Compares the engines over many scenes: python -m tests.property.engine.reference 0 20000."""

import sys

from tests.property.engine.reference.comparison import compared

first, last = (int(text) for text in sys.argv[1:])
outcome = compared(range(first, last))
for seed, found in outcome.wrong.items():
    print(seed, *found, sep="\n  ")
print(f"{outcome.scenes} scenes, {len(outcome.doubtful)} doubtful, {len(outcome.wrong)} wrong")
for name, count in sorted(outcome.seen.items()):
    print(f"{count:9} {name}")
sys.exit(bool(outcome.wrong))
