"""HTTP/1.1 by hand, for what a client library hides: trailers, and leaving midway."""

import socket


def connect(port: int) -> socket.socket:
    """Opens a connection to this machine."""
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def send_get(connection: socket.socket, path: str, headers: dict[str, str]) -> None:
    """Sends a GET that closes the connection afterwards."""
    lines = [f"GET {path} HTTP/1.1", "host: edge", "connection: close"]
    lines += [f"{name}: {text}" for name, text in headers.items()]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())


def receive_all(connection: socket.socket) -> str:
    """Returns everything until the other side closes."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts).decode()


def receive_until(connection: socket.socket, marker: bytes) -> bytes:
    """Returns what came, once the marker is in it."""
    received = b""
    while marker not in received:
        part = connection.recv(65_536)
        assert part, received
        received += part
    return received
