"""Over TLS the server is checked; a stranger's certificate is not taken."""

import datetime
import ipaddress
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aurelius_client import Client, RetryPolicy
from aurelius_client.errors import Unavailable
from tests.contract.client.engine_double import EngineDouble

BEGIN = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
END = datetime.datetime(2120, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def pair() -> tuple[bytes, bytes]:
    """A key and its own certificate for 127.0.0.1, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "aurelius test")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(BEGIN)
        .not_valid_after(END)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, certificate.public_bytes(pem)


@pytest.fixture
def target(engine: EngineDouble, pair: tuple[bytes, bytes]) -> Iterator[str]:
    server = grpc.server(ThreadPoolExecutor(2), options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((engine,))
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
    server.start()
    yield f"https://127.0.0.1:{port}"
    server.stop(0).wait()


def test_a_server_of_the_given_roots_is_called(target: str, pair: tuple[bytes, bytes]) -> None:
    with Client(target, root_certificates=pair[1]) as client:
        assert list(client.datasets.list()) == []


def test_a_server_of_other_roots_is_not_called(target: str, engine: EngineDouble) -> None:
    once = RetryPolicy(max_attempts=1)
    with Client(target, token="secret", retries=once) as client, pytest.raises(Unavailable):
        list(client.datasets.list())

    assert engine.calls == []
