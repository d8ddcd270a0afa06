"""What upstream said of the models of a lock."""

from dataclasses import dataclass

from modellock.errors import ModellockError


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamResult:
    """What `verify --upstream` found."""

    models: int
    files: int
    size: int
    """Bytes of these files."""

    findings: tuple[ModellockError, ...]
    """Each difference, and each model that could not be asked about; by model."""

    warnings: tuple[str, ...]
    """What is worth a second look and no failure, such as a repository that became gated."""

    unsure: tuple[str, ...]
    """`<model>/<path>` of files that upstream still has, and of whose content it says nothing."""

    fetched: int
    """Bytes of small files that were fetched because only their bytes could tell."""

    @property
    def is_whole(self) -> bool:
        """Whether upstream says the same as the lock."""
        return not self.findings
