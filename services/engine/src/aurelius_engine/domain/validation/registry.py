"""Every study there is, by its name in the contract."""

from collections.abc import Mapping

from aurelius_engine.domain.validation.bootstrap import bootstrap
from aurelius_engine.domain.validation.look_ahead import look_ahead_proof
from aurelius_engine.domain.validation.study import Study

STUDIES: Mapping[str, Study] = {
    "bootstrap": bootstrap,
    "lookAheadProof": look_ahead_proof,
}
