"""A gateway in a process of its own, to be killed. Prints its port once it serves."""

import sys
from pathlib import Path

from aurelius_chassis import telemetry
from aurelius_gateway.main import SERVICE, build
from tests.contract.gateway import suite


def main(folder: str, engine: str, governance: str) -> None:
    telemetry.configure_logs(SERVICE)
    settings = suite.settings_in(Path(folder), engine=engine, governance=governance)
    gateway = build(settings, now=suite.Clock(), hasher=suite.CHEAP)
    print(gateway.server.port, flush=True)
    gateway.server.run_until_signal()
    gateway.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
