"""Identities of many specifications that differ in a few values.

The canonical text of a document is written once, with a mark where a value stands; each
trial's text is its pieces with the values between them. The same digests as
`identity.spec_hash` and `RunIdentity.run_id` give, at a hundredth of their cost.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from aurelius_engine.domain.canonical_json import Json, canonical_json
from aurelius_engine.domain.sweeps.space import Values

_MARK = "\u0001aurelius-sweep-value-{}\u0001"


class TrialHashes:
    """Hashes documents that are `base` with values at paths."""

    def __init__(
        self,
        base: Mapping[str, Json],
        paths: Sequence[str],
        *,
        data_hash: str,
        seed: int,
        engine_version: str,
    ) -> None:
        """Takes the resolved document and what else an identity has."""
        marks: Values = tuple(_MARK.format(place) for place in range(len(paths)))
        text = canonical_json(with_values(base, paths, marks))
        # Canonical JSON sorts names, so the values stand in an order of their own.
        places = sorted(range(len(paths)), key=lambda place: text.index(_quoted(marks, place)))
        self._order = places
        self._pieces = []
        for place in places:
            piece, _, text = text.partition(_quoted(marks, place))
            self._pieces.append(piece)
        self._last = text
        self._prefix = hashlib.sha256(b"aurelius.spec.v1\n" + (self._pieces[0] if places else b""))
        self._texts: list[dict[Json, bytes]] = [{} for _ in paths]
        sample = canonical_json(
            {
                "dataHash": data_hash,
                "engineVersion": engine_version,
                "seed": str(seed),
                "specHash": _MARK,
            }
        )
        head, _, self._run_tail = sample.partition(canonical_json(_MARK))
        self._run_prefix = hashlib.sha256(b"aurelius.run.v1\n" + head + b'"')

    def spec_hash(self, values: Values) -> str:
        """Returns the digest of the document with the values."""
        whole = self._prefix.copy()
        for number, place in enumerate(self._order):
            if number:
                whole.update(self._pieces[number])
            whole.update(self._text(place, values[place]))
        whole.update(self._last)
        return "sha256:" + whole.hexdigest()

    def run_id(self, spec_hash: str) -> str:
        """Returns the id of the run of a specification."""
        whole = self._run_prefix.copy()
        whole.update(spec_hash.encode() + b'"' + self._run_tail)
        return "r" + base64.b32encode(whole.digest()).decode().lower()[:26]

    def _text(self, place: int, value: Json) -> bytes:
        known = self._texts[place]
        text = known.get(value)
        if text is None:
            text = canonical_json(value)
            known[value] = text
        return text


def _quoted(marks: Values, place: int) -> bytes:
    return canonical_json(marks[place])


def with_values(
    base: Mapping[str, Json], paths: Sequence[str], values: Sequence[Json]
) -> dict[str, Any]:
    """Returns a copy of a document with values at paths. Untouched parts are shared."""
    document = dict(base)
    for path, value in zip(paths, values, strict=True):
        names = path.split(".")
        part = document
        for name in names[:-1]:
            inner = part[name]
            if not isinstance(inner, Mapping):
                raise TypeError(f"{path} does not lead through messages")
            part[name] = dict(inner)
            part = part[name]  # type: ignore[assignment]
        part[names[-1]] = value
    return document
