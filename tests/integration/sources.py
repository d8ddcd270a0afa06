"""What tests of sources share."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pin:
    """One exact version of an origin."""

    origin: str
    type: str = "model"
    tag: str | None = None
    commit: str | None = None
