from dataclasses import replace

from modellock.decisions.relayout import relaid
from modellock.documents.project_settings import Layout
from tests.unit.specs import lock_of, locked_of


def test_every_model_gets_the_layout_that_can_have_it() -> None:
    lock = lock_of(locked_of('hub = "acme/m"'))

    changed = relaid(lock, Layout.HF_CACHE)

    assert changed.lock.models["m"].layout is Layout.HF_CACHE
    assert changed.kept == {}


def test_what_a_layout_cannot_hold_keeps_its_own_for_a_reason() -> None:
    house = replace(locked_of('local = "../house"'), name="house")
    required = replace(
        locked_of('hub = "acme/base"'),
        name="acme/base",
        revision="main",
        layout=Layout.HF_CACHE,
        required_by=("m",),
    )
    lock = lock_of(house, required)

    cached, flat = relaid(lock, Layout.HF_CACHE), relaid(lock, Layout.TORCH_HUB)

    assert cached.kept == {
        "house": "house: keeps its layout `plain`: "
        "`hf-cache` is a layout of Hub models, and this is a `local` model"
    }
    assert flat.kept == {
        "acme/base": "acme/base: keeps its layout `hf-cache`: "
        "loaders look for what others require in a Hub's cache alone"
    }
    assert flat.lock.models["house"].layout is Layout.TORCH_HUB


def test_a_model_that_has_the_layout_anyway_is_not_told() -> None:
    lock = lock_of(locked_of('local = "../house"'), layout=Layout.HF_CACHE)

    assert relaid(lock, Layout.HF_CACHE).kept == {}
