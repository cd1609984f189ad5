"""Every study that the contract names is one that the engine computes."""

from aurelius.engine.v1 import validation_pb2
from aurelius_engine.domain.validation.registry import STUDIES


def test_the_contract_names_the_studies_that_there_are() -> None:
    named = validation_pb2.ValidationSpec.DESCRIPTOR.oneofs_by_name["study"].fields

    assert {field.json_name for field in named} == STUDIES.keys()
