"""`NAME` and `NAME@REV`: which pin `update` moves, and to what; never beyond models.toml."""

from collections.abc import Sequence
from dataclasses import dataclass

from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate
from modellock.errors import ModellockError, NotFoundError, NoVersionError, UsageError
from modellock.values import versions
from modellock.values.origins import DEFAULT_REVISION, Kind
from modellock.values.wording import did_you_mean, visible


@dataclass(frozen=True, slots=True)
class UpdateTarget:
    """A model whose pin may move."""

    name: str
    revision: str | None = None
    """The version, tag, branch or commit that it is to move to; None for the best that fits."""


def parse_target(text: str) -> UpdateTarget:
    """Read `NAME` or `NAME@REV`; ValueError where one of both is empty."""
    name, at, revision = text.partition("@")
    if not name or (at and not revision):
        raise ValueError(f"{text!r} is neither `NAME` nor `NAME@REV`")
    return UpdateTarget(name, revision or None)


def goes_by_revision(spec: Spec) -> bool:
    """Whether a spec follows a branch, tag or commit of a Hub, and no versions."""
    return spec.kind is Kind.HUB and spec.version is None


def aimed_at(spec: Spec, candidates: Sequence[Candidate], revision: str) -> tuple[Candidate, ...]:
    """The candidates that a revision names: by tag, by version, or by commit.

    Whether they lie within bounds is still to be seen. Raises NotFoundError where there are none,
    UsageError for origins of which there is but one version.
    """
    if spec.kind in (Kind.URL, Kind.LOCAL):
        raise UsageError(
            f"{spec.name}@{revision}: a `{spec.kind}` has no versions to choose among",
            hint=f"run `modellock update {spec.name}`",
        )
    named = tuple(one for one in candidates if _is_named(spec, one, revision))
    if not named:
        raise _unknown(spec, candidates, revision)
    return named


def _is_named(spec: Spec, candidate: Candidate, revision: str) -> bool:
    if revision in (candidate.tag, candidate.commit):
        return True
    version = versions.version_of(candidate.tag or "", spec.tag_prefix)
    wanted = versions.version_of(revision)
    return wanted is not None and version is not None and versions.are_equal(version, wanted)


def _unknown(spec: Spec, candidates: Sequence[Candidate], revision: str) -> ModellockError:
    tags = [one.tag for one in candidates if one.tag is not None]
    subject = f"{spec.name}@{visible(revision)}"
    if spec.tag is not None:
        return NoVersionError(
            f"{subject}: is not within models.toml: expected the release {visible(spec.tag)}",
            hint=f"change `tag` below [models.{spec.name}]",
            model=spec.name,
        )
    noun = "release" if spec.kind is Kind.GITHUB else "tag"
    return NotFoundError(
        f"{subject}: {spec.origin} has no such {noun}",
        hint=did_you_mean(revision, tags) or f"run `modellock outdated {spec.name}`",
        model=spec.name,
    )


def strayed(spec: Spec, revision: str) -> NoVersionError:
    """The error for a revision that the spec's own does not lead to."""
    own = spec.revision or DEFAULT_REVISION
    return NoVersionError(
        f"{spec.name}@{visible(revision)}: is not within models.toml: "
        f"expected a commit that {visible(own)} of {spec.origin} leads to",
        hint=f'write `revision = "{visible(revision)}"` below [models.{spec.name}]',
        model=spec.name,
    )
