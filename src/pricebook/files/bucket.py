"""Which bucket, where, and who we are there; read from the environment by `config.env` (A2)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of an S3-compatible storage."""

    name: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    # None: AWS itself, at its address for the region.
    endpoint_url: str | None = None
    region: str = "us-east-1"

    @property
    def origin(self) -> str:
        """Return the origin (RFC 6454) to which browsers send files, for the content policy."""
        if self.endpoint_url is not None:
            return "/".join(self.endpoint_url.split("/")[:3])
        host = f"s3.{self.region}.amazonaws.com"
        # No certificate covers a name with a dot, so that one stands in the path.
        return "https://" + (host if "." in self.name else f"{self.name}.{host}")
