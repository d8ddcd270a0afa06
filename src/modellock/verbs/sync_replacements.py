"""Where wrong bytes have an explanation: a publisher who replaced a release asset, and says so."""

from collections.abc import Mapping, Sequence

from modellock.decisions.resolution import pinned_candidate
from modellock.documents.lockfile import LockedFile, LockedModel
from modellock.documents.offers import OfferedFile
from modellock.errors import GoneError, MismatchError, ModellockError, ReplacedError
from modellock.sources.opening import OpenSources
from modellock.values.addresses import without_query
from modellock.values.origins import Kind
from modellock.verbs.upstream_answer import pinned_spec

Suspects = Mapping[str, tuple[LockedModel, LockedFile]]
"""What was fetched, by `<model>/<path>`."""


def explain_replacements(
    errors: Sequence[ModellockError], suspects: Suspects, sources: OpenSources
) -> list[ModellockError]:
    """Put one ReplacedError in place of the failures of each asset that its publisher replaced.

    Asks GitHub only about releases of which something came wrong; where it does not answer, or
    announces other bytes than those that came, the failures stay as they are.
    """
    explained: list[ModellockError] = []
    remaining = list(errors)
    for subject, (model, file) in suspects.items():
        own = [error for error in remaining if str(error).startswith(f"{subject}: ")]
        if model.kind is not Kind.GITHUB or not _is_suspicious(own):
            continue
        offered = _offered(model, file, sources)
        if offered is not None and (replaced := _replaced(model, file, offered, own, sources)):
            remaining = [error for error in remaining if error not in own]
            explained.append(replaced)
    return [*explained, *remaining]


def _is_suspicious(errors: Sequence[ModellockError]) -> bool:
    return any(isinstance(error, MismatchError | GoneError) for error in errors)


def _offered(model: LockedModel, file: LockedFile, sources: OpenSources) -> OfferedFile | None:
    try:
        source = sources.of_model(model)
        snapshot = source.snapshot(pinned_spec(model), pinned_candidate(model))
    except ModellockError:
        # The failures that are known already say enough.
        return None
    if model.repo_id != snapshot.repo_id:
        return None
    return next((one for one in snapshot.files if one.path == file.path), None)


def _replaced(
    model: LockedModel,
    file: LockedFile,
    offered: OfferedFile,
    errors: Sequence[ModellockError],
    sources: OpenSources,
) -> ReplacedError | None:
    announced = offered.sha256
    # Another size is refused before the first byte, so then there is no digest to compare.
    signs = (str(announced), f"received {offered.size} bytes")
    came = any(sign in str(error) for error in errors for sign in signs)
    if announced is None or announced == file.digest or not came:
        return None
    url = sources.of_model(model).locations(model, file.path)[0].url
    when = "" if offered.uploaded is None else f", replaced {offered.uploaded:%Y-%m-%d}"
    return ReplacedError(
        f"{model.name}/{file.path}: expected {file.digest}, received {announced}\n"
        f"  from {without_query(url)} (asset {file.asset_id}{when})",
        hint=f"upstream now publishes {announced}; if you trust that, "
        f"run `modellock update {model.name}`",
        model=model.name,
    )
