"""The SDK reaches every RPC of the contract that the command and other teams need."""

import importlib
import re

from google.protobuf import descriptor_pool

from tests.conftest import REPOSITORY
from tests.contract.client.doubles import SERVICES

SOURCES = REPOSITORY / "clients/python/src/aurelius_client"
MORE = (
    "aurelius.engine.v1.FormulaService",
    "aurelius.engine.v1.HoldoutService",
    "aurelius.engine.v1.OptimizationService",
    "aurelius.engine.v1.OptionPricingService",
    "aurelius.gateway.v1.ApiKeyService",
    "aurelius.gateway.v1.PipelineRunService",
    "aurelius.governance.v1.LineageRecordService",
    "aurelius.governance.v1.GateDecisionService",
    "aurelius.governance.v1.LedgerService",
)
# The keys are for servers: they check tokens with them.
SERVERS_ONLY = {"GetJsonWebKeySetRequest"}


def test_every_request_of_the_contract_is_sent_by_the_sdk() -> None:
    importlib.import_module("aurelius_client.client")
    pool = descriptor_pool.Default()
    requests = {
        method.input_type.name
        for service in SERVICES + MORE
        for method in pool.FindServiceByName(service).methods
    }
    text = "\n".join(path.read_text() for path in SOURCES.glob("*.py"))
    sent = set(re.findall(r"\b([A-Z]\w+Request)\(", text))

    assert len(requests) > 40
    assert requests - sent == SERVERS_ONLY
