"""Road networks on their way to the service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEDIA_TYPES = {
    ".osm.pbf": "application/vnd.openstreetmap.data+pbf",
    ".osm": "application/vnd.openstreetmap.data+xml",
    ".geojson": "application/geo+json",
    ".graphml": "application/graphml+xml",
}
"""What a network may come in, by the ending of the file's name."""

TIMEOUT_S = 180.0
"""Importing a city takes a while."""


@dataclass(frozen=True)
class Upload:
    """A road network to be uploaded."""

    file: str | Path | bytes
    """A file, or what would be in it."""
    name: str
    """Unique within the tenant."""
    media_type: str | None = None
    """One of those in `MEDIA_TYPES`, or another one that the service knows; known by the file's name unless given."""
    profile: str | None = None
    """For maps: whose roads they are, such as `truck`."""
    components: str | None = None
    """For GeoJSON and maps: which connected parts to keep."""
    merge: str | None = None
    """For maps: where segments end."""
    idempotency_key: str | None = None
    """The same key for the same upload, and sending it again makes no second network."""

    def request(self, *, in_background: bool) -> dict[str, Any]:
        """The request that uploads it.

        Raises:
            ValueError: When nobody knows its media type.
            OSError: When the file cannot be read.
        """
        content = self.file if isinstance(self.file, bytes) else Path(self.file).read_bytes()
        headers = {"Content-Type": self._media_type()}
        if self.idempotency_key is not None:
            headers["Idempotency-Key"] = self.idempotency_key
        if in_background:
            headers["Prefer"] = "respond-async"
        params = {"name": self.name, "profile": self.profile, "components": self.components, "merge": self.merge}
        return {
            "method": "POST",
            "url": "/v1/networks",
            "params": {name: value for name, value in params.items() if value is not None},
            "content": content,
            "headers": headers,
            "timeout": TIMEOUT_S,
        }

    def _media_type(self) -> str:
        if self.media_type is not None:
            return self.media_type
        name = "" if isinstance(self.file, bytes) else str(self.file)
        for ending, known in MEDIA_TYPES.items():
            if name.endswith(ending):
                return known
        raise ValueError(f"say the media type of this network, such as {MEDIA_TYPES['.geojson']}")
