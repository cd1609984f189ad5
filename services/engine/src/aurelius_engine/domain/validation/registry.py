"""Every study there is, by its name in the contract."""

from collections.abc import Mapping

from aurelius_engine.domain.validation.bootstrap import bootstrap
from aurelius_engine.domain.validation.cross_validation import cross_validation
from aurelius_engine.domain.validation.data_snooping import data_snooping
from aurelius_engine.domain.validation.execution_ambiguity import execution_ambiguity
from aurelius_engine.domain.validation.look_ahead import look_ahead_proof
from aurelius_engine.domain.validation.robustness import robustness
from aurelius_engine.domain.validation.run_checks import run_checks
from aurelius_engine.domain.validation.study import Study
from aurelius_engine.domain.validation.walk_forward import walk_forward

STUDIES: Mapping[str, Study] = {
    "bootstrap": bootstrap,
    "crossValidation": cross_validation,
    "dataSnooping": data_snooping,
    "executionAmbiguity": execution_ambiguity,
    "lookAheadProof": look_ahead_proof,
    "robustness": robustness,
    "runChecks": run_checks,
    "walkForward": walk_forward,
}
