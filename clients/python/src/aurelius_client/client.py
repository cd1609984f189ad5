"""The clients: one target, every noun of the contract."""

from collections.abc import Callable
from typing import Self

from aurelius.gateway.v1 import auth_service_pb2
from aurelius_client.artifacts import Artifacts
from aurelius_client.backtests import Backtests
from aurelius_client.calls import Calls, Surroundings
from aurelius_client.credentials import Credentials
from aurelius_client.datasets import Datasets
from aurelius_client.errors import InvalidInput
from aurelius_client.formulas import Formulas
from aurelius_client.gateway import ApiKeys, PipelineRuns, Strategies, Users
from aurelius_client.governance import GateDecisions, Ledger, LineageRecords, Promotions
from aurelius_client.holdouts import Holdouts
from aurelius_client.market_events import MarketEvents
from aurelius_client.modes import Async, M, Resource, Sync, operation
from aurelius_client.options import Options
from aurelius_client.quality import Quality
from aurelius_client.replays import Replays
from aurelius_client.retries import RetryPolicy
from aurelius_client.sweeps import Sweeps
from aurelius_client.targets import Target, parse_target
from aurelius_client.transports import AsyncTransport, BlockingTransport, Transport
from aurelius_client.trials import Trials
from aurelius_client.validations import Validations


class Connection(Resource[M]):
    """What both clients are: the nouns of the contract over one path for calls.

    Every failure is an `AureliusError`. Calls that the contract calls repeatable are
    sent again while the server is unavailable; what is downloaded is hashed again.
    """

    _mode_type: type[M]
    _transport_type: Callable[[Target, bytes | None], Transport]

    def __init__(
        self,
        target: str,
        *,
        token: str = "",
        api_key: str = "",
        insecure: bool = False,
        root_certificates: bytes | None = None,
        timeout_seconds: float = 60.0,
        retries: RetryPolicy | None = None,
        surroundings: Surroundings | None = None,
        transport: Transport | None = None,
    ) -> None:
        """Connects at the first call.

        Args:
            target: Envoy: `host:port`, `http://host:port` or `https://host[:port]`.
                Plain on loopback, TLS elsewhere.
            token: A token to send.
            api_key: A key that buys tokens; each is renewed before it ends.
            insecure: Allows a plain connection to another machine.
            root_certificates: PEM roots for TLS. Absent means the built-in ones.
            timeout_seconds: For one call with all its attempts.
            retries: When a call is sent again.
            surroundings: Clocks, chance and ids.
            transport: How messages travel. Absent means gRPC.

        Raises:
            InvalidInput: The target or the credentials are not usable.
        """
        parsed = parse_target(target, insecure=insecure)
        mode = self._mode_type
        calls = Calls(
            transport or type(self)._transport_type(parsed, root_certificates),
            credentials=_credentials(token, api_key),
            retries=retries or RetryPolicy(),
            surroundings=surroundings or Surroundings(),
            timeout_seconds=timeout_seconds,
        )
        super().__init__(calls, mode)
        self.datasets: Datasets[M] = Datasets(calls, mode)
        self.market_events: MarketEvents[M] = MarketEvents(calls, mode)
        self.quality: Quality[M] = Quality(calls, mode)
        self.backtests: Backtests[M] = Backtests(calls, mode)
        self.artifacts: Artifacts[M] = Artifacts(calls, mode)
        self.replays: Replays[M] = Replays(calls, mode)
        self.sweeps: Sweeps[M] = Sweeps(calls, mode)
        self.trials: Trials[M] = Trials(calls, mode)
        self.validations: Validations[M] = Validations(calls, mode)
        self.holdouts: Holdouts[M] = Holdouts(calls, mode)
        self.formulas: Formulas[M] = Formulas(calls, mode)
        self.options: Options[M] = Options(calls, mode)
        self.lineage_records: LineageRecords[M] = LineageRecords(calls, mode)
        self.gate_decisions: GateDecisions[M] = GateDecisions(calls, mode)
        self.promotions: Promotions[M] = Promotions(calls, mode)
        self.ledger: Ledger[M] = Ledger(calls, mode)
        self.users: Users[M] = Users(calls, mode)
        self.api_keys: ApiKeys[M] = ApiKeys(calls, mode)
        self.strategies: Strategies[M] = Strategies(calls, mode)
        self.pipeline_runs: PipelineRuns[M] = PipelineRuns(calls, mode)

    @operation
    async def login(self, user_id: str, password: str) -> auth_service_pb2.AccessToken:
        """Gets a token for a password and uses it from now on. The password is not kept.

        Raises:
            Unauthenticated: The user or the password is wrong; it is not said which.
        """
        request = auth_service_pb2.LoginRequest(user_id=user_id, password=password)
        issued = await self._calls.call(request, auth_service_pb2.AccessToken)
        self._calls.credentials.api_key = ""
        self._calls.credentials.accept(issued)
        return issued

    @operation
    async def exchange_api_key(self, api_key: str) -> auth_service_pb2.AccessToken:
        """Gets a token for an API key, and uses and renews it from now on.

        Raises:
            Unauthenticated: The key does not work.
        """
        request = auth_service_pb2.ExchangeApiKeyRequest(api_key=api_key)
        issued = await self._calls.call(request, auth_service_pb2.AccessToken)
        self._calls.credentials.api_key = api_key
        self._calls.credentials.accept(issued)
        return issued

    @operation
    async def close(self) -> None:
        """Ends the connection."""
        await self._calls.close()


class Client(Connection[Sync]):
    """A synchronous client. Threads may share it."""

    _mode_type = Sync
    _transport_type = BlockingTransport

    def __enter__(self) -> Self:
        """Returns the client, to be closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the connection."""
        self.close()


class AsyncClient(Connection[Async]):
    """An asynchronous client for one event loop."""

    _mode_type = Async
    _transport_type = AsyncTransport

    async def __aenter__(self) -> Self:
        """Returns the client, to be closed at the end."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends the connection."""
        await self.close()


def _credentials(token: str, api_key: str) -> Credentials:
    if token and api_key:
        raise InvalidInput(
            "CREDENTIALS_INVALID", "two credentials", found="token and api_key", allowed="one"
        )
    return Credentials(token=token, api_key=api_key)
