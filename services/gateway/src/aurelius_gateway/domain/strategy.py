"""Strategies: a template with its parameters under a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
JsonDocument = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """One strategy. It never changes. `definition` is the proto JSON of its template."""

    id: str
    display_name: str
    description: str
    definition: JsonDocument
    creator: str
    create_time: datetime

    @property
    def name(self) -> str:
        """The resource name."""
        return f"strategies/{self.id}"
