"""Who waits for a change of what: no polling, and nobody waits for ever."""

import threading


class Announcements:
    """Wakes the listeners of a name when it changes. Safe to call concurrently."""

    def __init__(self) -> None:
        """Begins with nothing announced."""
        self._changed = threading.Condition()
        self._listeners: dict[str, set[Listener]] = {}
        self._waiting = 0

    def listen(self, name: str) -> "Listener":
        """Returns a listener that hears every change from now on. It must be closed."""
        listener = Listener(self, name)
        with self._changed:
            self._listeners.setdefault(name, set()).add(listener)
        return listener

    def announce(self, name: str) -> None:
        """Says that a name changed; call it after the change can be read."""
        with self._changed:
            for listener in self._listeners.get(name, ()):
                listener.news = True
            self._changed.notify_all()

    def await_waiting(self, count: int, *, timeout_seconds: float) -> bool:
        """Returns once exactly `count` listeners wait; False says that they did not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._waiting == count, timeout_seconds)

    def _wait(self, listener: "Listener") -> bool:
        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            try:
                self._changed.wait_for(lambda: listener.news or listener.closed)
            finally:
                self._waiting -= 1
                self._changed.notify_all()
            listener.news = False
            return not listener.closed

    def _remove(self, listener: "Listener") -> None:
        with self._changed:
            listener.closed = True
            left = self._listeners.get(listener.name, set())
            left.discard(listener)
            if not left:
                self._listeners.pop(listener.name, None)
            self._changed.notify_all()


class Listener:
    """One wait for the changes of one name."""

    def __init__(self, announcements: Announcements, name: str) -> None:
        """Is made by `Announcements.listen`."""
        self._announcements, self.name = announcements, name
        self.news = self.closed = False

    def wait(self) -> bool:
        """Waits for a change; False says that it was closed instead."""
        return self._announcements._wait(self)

    def close(self) -> None:
        """Ends the wait, from any thread; closing twice is closing once."""
        self._announcements._remove(self)
