"""Replays: an identity executed once more, and the digests compared."""

from collections.abc import AsyncIterator

from aurelius.engine.v1 import replay_service_pb2 as pb
from aurelius.engine.v1 import run_identity_pb2
from aurelius_client.errors import Internal
from aurelius_client.modes import M, Resource, listing, operation
from aurelius_client.watches import last_of, watched


class Replays(Resource[M]):
    """One more execution of an identity."""

    @operation
    async def create(
        self, identity: run_identity_pb2.RunIdentity, *, request_id: str = ""
    ) -> pb.Replay:
        """Creates a replay of a sealed run's identity and returns at once."""
        return await self._create(identity, request_id)

    @operation
    async def get(self, name: str) -> pb.Replay:
        """Gets one replay, `replays/{replay}`.

        Raises:
            NotFound: There is none.
        """
        return await self._calls.call(pb.GetReplayRequest(name=name), pb.Replay)

    @listing
    def watch(self, name: str) -> AsyncIterator[pb.Replay]:
        """Yields the replay now and at each change, up to its terminal state."""
        return self._watch(name)

    @operation
    async def run(self, identity: run_identity_pb2.RunIdentity) -> pb.Replay:
        """Creates a replay, waits for its end and returns it, whatever it found."""
        created = await self._create(identity, "")
        if is_terminal(created):
            return created
        return await last_of(self._watch(created.name), created)

    async def _create(self, identity: run_identity_pb2.RunIdentity, request_id: str) -> pb.Replay:
        request = pb.CreateReplayRequest(identity=identity, request_id=request_id)
        return await self._calls.call(request, pb.Replay)

    def _watch(self, name: str) -> AsyncIterator[pb.Replay]:
        return watched(
            self._calls,
            watch=pb.WatchReplayRequest(name=name),
            answer_type=pb.WatchReplayResponse,
            field="replay",
            get=pb.GetReplayRequest(name=name),
            resource_type=pb.Replay,
            is_terminal=is_terminal,
        )


def is_terminal(replay: pb.Replay) -> bool:
    """Whether a replay ended.

    Raises:
        Internal: The server sent no state.
    """
    if replay.state == pb.Replay.STATE_UNSPECIFIED:
        raise Internal("ANSWER_MALFORMED", f"{replay.name or 'the replay'} has no state")
    return replay.state != pb.Replay.STATE_RUNNING
