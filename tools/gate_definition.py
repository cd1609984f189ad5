"""What decides at the default gate `crv`, as one digest: its bounds and the code that judges."""

import hashlib
from pathlib import Path

from google.protobuf import json_format

from aurelius.engine.v1 import validation_pb2
from aurelius_engine.domain.canonical_json import Json, digest
from aurelius_engine.rpc.resolution import write_defaults
from aurelius_governance.domain.studies import SEARCHES, STUDIES
from aurelius_governance.domain.trials import LEAST_DEFLATED_SHARPE

ROOT = Path(__file__).resolve().parent.parent
_ENGINE = "services/engine/src/aurelius_engine"
_GOVERNANCE = "services/governance/src/aurelius_governance"
FILES = (
    f"{_ENGINE}/domain/validation/*.py",
    f"{_ENGINE}/rpc/validation_resolution.py",
    f"{_GOVERNANCE}/domain/gates.py",
    f"{_GOVERNANCE}/domain/studies.py",
    f"{_GOVERNANCE}/domain/study_policy.py",
    f"{_GOVERNANCE}/domain/trials.py",
)


def gate_definition(root: Path = ROOT) -> str:
    """Returns the digest of the default gate of a source tree.

    It covers the default of every field of every study that the gate asks for, the least
    deflated Sharpe ratio, and the files that compute and judge the studies.
    """
    paths = sorted({path for pattern in FILES for path in root.glob(pattern)})
    files: dict[str, Json] = {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }
    studies: dict[str, Json] = {name: _defaults(name) for name in (*STUDIES, *SEARCHES)}
    return digest(
        "aurelius.gate_definition.v1",
        {"files": files, "leastDeflatedSharpe": LEAST_DEFLATED_SHARPE, "studies": studies},
    )


def _defaults(study: str) -> Json:
    spec = validation_pb2.ValidationSpec()
    message = getattr(spec, study)
    message.SetInParent()
    write_defaults(message)
    found: Json = json_format.MessageToDict(message, always_print_fields_with_no_presence=True)
    return found
