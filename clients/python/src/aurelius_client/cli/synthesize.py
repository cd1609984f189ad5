"""`aurelius datasets synthesize`: made prices, labelled as made."""

from pathlib import Path
from typing import Annotated

import typer

_SUFFIXES = (".parquet", ".arrow", ".csv")
_SEED_MAX = 2**64 - 1


def synthesize(
    output: Annotated[Path, typer.Argument(help="A .parquet, .arrow or .csv file.")],
    symbols: Annotated[int, typer.Option(help="Names.")] = 20,
    bars: Annotated[int, typer.Option(help="Days, from 2000-01-01 on.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, max=_SEED_MAX, help="Of every draw.")] = 0,
) -> None:
    """Makes prices that go through regimes, and their provenance beside them.

    Splits, dividends and delistings happen; the column `regime` says which regime each bar
    is of. The data class is synthetic: nothing found on it is ever promoted.

    Example: aurelius datasets synthesize made.parquet --symbols 50 --seed 7
    """
    import json

    from aurelius_client.artifacts import write_whole
    from aurelius_client.cli.local import engine_version
    from aurelius_client.cli.local import synthesize as make
    from aurelius_client.cli.output import print_facts
    from aurelius_client.errors import InvalidInput

    if output.suffix not in _SUFFIXES:
        raise InvalidInput(
            "INVALID_FIELD", "OUTPUT", found=output.suffix, allowed=", ".join(_SUFFIXES)
        )
    content, last = make(symbols, bars, seed, output.suffix.removeprefix("."))
    provenance = {
        "provider": f"aurelius-engine {engine_version()}",
        "venue": "none: made prices",
        "calendar": "24/7",
        "timeZone": "UTC",
        "adjustment": "ADJUSTMENT_RAW",
        "dataClass": "DATA_CLASS_SYNTHETIC",
        "fidelityTier": "FIDELITY_TIER_BARS",
        "latencyClass": "none",
        "asOfTime": last,
        "licence": "CC0-1.0",
        "source": f"datasets synthesize --symbols {symbols} --bars {bars} --seed {seed}",
        "untransformed": True,
    }
    beside = output.with_suffix(".provenance.json")
    path = write_whole(output, content)
    write_whole(beside, (json.dumps(provenance, indent=2) + "\n").encode())
    print_facts((("written", str(path)), ("provenance", str(beside))))
