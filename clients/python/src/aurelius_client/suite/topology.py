"""One description of the suite: what runs, how it is called, and where it listens.

`aurelius up`, the tests and compose.yaml all read it. What differs between one
machine and containers is a `Place`: host names and folders, nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import quote

LOOPBACK = "127.0.0.1"
ENVOY = "envoy"
DEFAULT_PORTS: Mapping[str, int] = {
    ENVOY: 8080,
    "admin": 9901,
    "engine": 50051,
    "governance": 50052,
    "gateway": 50053,
    "engine-metrics": 9101,
    "governance-metrics": 9102,
    "gateway-metrics": 9103,
}
# The folders of a home, all of them private to its owner.
FOLDERS = ("databases", "keys", "objects", "logs")
ADMIN_PASSWORD = "admin-password"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service: its console script, what it calls, and its variables as templates.

    Templates may name `{home}`, `{home_in_url}`, `{secrets}`, `{bind}`, `{own}`,
    `{metrics}` and the target of another service, such as `{gateway}`.
    """

    name: str
    command: str
    calls: tuple[str, ...]
    variables: Mapping[str, str]


def _service(name: str, calls: tuple[str, ...], **variables: str) -> Service:
    shared = {
        "AURELIUS_LISTEN": "{bind}:{own}",
        "AURELIUS_METRICS_LISTEN": "{bind}:{metrics}",
        "AURELIUS_DATABASE_URL": "sqlite:///{home_in_url}/databases/" + f"{name}.db",
    }
    targets = {f"AURELIUS_{other.upper()}_TARGET": "{" + other + "}" for other in calls}
    return Service(
        name=name,
        command=f"aurelius-{name}",
        calls=calls,
        variables=shared | targets | variables,
    )


SERVICES: tuple[Service, ...] = (
    _service("engine", ("gateway",), AURELIUS_OBJECTS_URL="file://{home_in_url}/objects"),
    _service(
        "governance",
        ("gateway", "engine"),
        AURELIUS_SIGNING_KEY_FILE="{home}/keys/ledger-signing.key",
    ),
    _service(
        "gateway",
        ("engine", "governance"),
        AURELIUS_TOKEN_KEY_FILE="{home}/keys/token-signing.key",
        AURELIUS_ADMIN_PASSWORD_FILE="{secrets}/" + ADMIN_PASSWORD,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a suite runs.

    Attributes:
        home: The folder of databases, keys and objects.
        secrets: The folder of the first password; the home if absent.
        bind: The address that services listen on.
        hosts: The host name of each part; loopback for those absent.
        ports: The port of each part.
    """

    home: PurePosixPath
    secrets: PurePosixPath | None = None
    bind: str = LOOPBACK
    hosts: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_PORTS))

    def host(self, part: str) -> str:
        """Returns the host name at which the others reach a part."""
        return self.hosts.get(part, LOOPBACK)

    def target(self, part: str) -> str:
        """Returns `host:port` of a part."""
        return f"{self.host(part)}:{self.ports[part]}"


# In containers each part has its own name and its own volume.
COMPOSE = Place(
    home=PurePosixPath("/var/lib/aurelius"),
    secrets=PurePosixPath("/run/secrets"),
    bind="0.0.0.0",
    hosts={service.name: service.name for service in SERVICES},
)


def environment(service: Service, place: Place) -> dict[str, str]:
    """Returns the variables with which a service starts at a place."""
    values = {
        "home": str(place.home),
        # SQLAlchemy and the engine's objects both read a path of a URL so.
        "home_in_url": quote(str(place.home)),
        "secrets": str(place.secrets or place.home),
        "bind": place.bind,
        "own": place.ports[service.name],
        "metrics": place.ports[f"{service.name}-metrics"],
    }
    values |= {other: place.target(other) for other in service.calls}
    return {name: template.format(**values) for name, template in service.variables.items()}


def envoy_arguments(config: str) -> tuple[str, ...]:
    """Returns the arguments of the Envoy binary for a configuration file."""
    return ("-c", config, "--disable-hot-restart", "--concurrency", "2", "--log-level", "warning")


# Where compose's Envoy image keeps its files.
COMPOSE_ENVOY_CONFIG = "/etc/envoy/envoy.yaml"
COMPOSE_DESCRIPTORS = "/etc/envoy/descriptors.binpb"
