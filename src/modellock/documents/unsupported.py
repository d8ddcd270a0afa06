"""What the formats specify and this version does not do yet: refused, never ignored."""

from collections.abc import Iterator

from modellock.documents.manifest import FILE_NAME as MANIFEST_NAME
from modellock.documents.manifest import Manifest
from modellock.documents.policy import Policy, Rule
from modellock.errors import UnsupportedError
from modellock.values.tables import dotted, line_of


def refuse_unsupported_manifest(manifest: Manifest, text: str) -> None:
    """Raise UnsupportedError for the first key of models.toml that is not supported yet.

    Its line is looked up in the manifest's text.
    """
    for keys in _of_policy(manifest.policy):
        raise UnsupportedError(
            f"{_place(text, keys)}: {dotted(keys)} is not supported yet",
            hint="leave it out, or wait for a version of modellock that has it",
        )


def _place(text: str, keys: tuple[str, ...]) -> str:
    line = line_of(text, keys)
    return MANIFEST_NAME if line is None else f"{MANIFEST_NAME}:{line}"


def _of_policy(policy: Policy | None) -> Iterator[tuple[str, ...]]:
    for key in ("formats", "licenses", "owners", "remote-code", "max-size", "exceptions"):
        if getattr(policy, key.replace("-", "_"), None) not in (Rule(), None, ()):
            yield ("policy", key)
