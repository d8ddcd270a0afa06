"""Layouts: where each framework looks for files, one module for each."""

from collections.abc import Iterable, Mapping

from modellock.decisions.layouts.arrangement import Arrangement
from modellock.decisions.layouts.clip import CLIP
from modellock.decisions.layouts.hf_cache import HF_CACHE
from modellock.decisions.layouts.plain import PLAIN
from modellock.decisions.layouts.torch_hub import TORCH_HUB
from modellock.decisions.layouts.whisper import WHISPER
from modellock.documents.lockfile import LockedModel
from modellock.documents.placements import layout_of
from modellock.documents.project_settings import Layout, ProjectSettings
from modellock.values.digest import Digest, sha256_of_bytes

ARRANGEMENTS: Mapping[Layout, Arrangement] = {
    Layout.PLAIN: PLAIN,
    Layout.HF_CACHE: HF_CACHE,
    Layout.TORCH_HUB: TORCH_HUB,
    Layout.WHISPER: WHISPER,
    Layout.CLIP: CLIP,
}


def arrangement_of(model: LockedModel, settings: ProjectSettings) -> Arrangement:
    """How a model's files are arranged."""
    return ARRANGEMENTS[layout_of(model, settings)]


def made_contents(models: Iterable[LockedModel], settings: ProjectSettings) -> dict[Digest, bytes]:
    """The contents of placed files that are made and not fetched, by digest."""
    contents = {
        content for model in models for content in arrangement_of(model, settings).made(model)
    }
    return {sha256_of_bytes(content): content for content in contents}
