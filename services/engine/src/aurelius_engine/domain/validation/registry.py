"""Every study there is, by its name in the contract."""

from collections.abc import Mapping

from aurelius_engine.domain.validation.bootstrap import bootstrap
from aurelius_engine.domain.validation.study import Study

STUDIES: Mapping[str, Study] = {
    "bootstrap": bootstrap,
}
