from dataclasses import replace

import pytest

from modellock.decisions.relocking import Step, rewritten, steps
from modellock.decisions.targets import UpdateTarget
from modellock.documents.lockfile import LockedFile
from tests.unit.specs import digest_of, lock_of, locked_of, manifest_of, spec_of


def step_for(text: str, before: str, *, update: tuple[str, ...] = ()) -> Step:
    targets = [UpdateTarget(name) for name in update]
    manifest = manifest_of(f"[models.m]\n{text}\n")
    (step,) = steps(manifest, lock_of(locked_of(before)), update=targets)
    return step


def test_a_model_that_was_never_locked_asks_upstream() -> None:
    (step,) = steps(manifest_of('[models.m]\nhub = "a/b"\n'), None)

    assert (step.locked, step.pinned, step.keeps_pin) == (None, None, False)


@pytest.mark.parametrize(
    "text",
    [
        'hub = "a/b"',
        'hub = "a/b"\nrevision = "main"',
        'hub = "a/b"\ngroups = ["x"]',
        'hub = "a/b"\nhold = true',
    ],
)
def test_a_pin_that_fits_stays_without_a_question(text: str) -> None:
    step = step_for(text, 'hub = "a/b"')

    assert step.locked == step.pinned == locked_of('hub = "a/b"')


def test_other_files_are_asked_for_at_the_pinned_version() -> None:
    step = step_for('hub = "a/b"\ninclude = ["*.json"]', 'hub = "a/b"')

    assert step.locked is None
    assert step.keeps_pin


def test_another_revision_is_chosen_anew() -> None:
    step = step_for('hub = "a/b"\nrevision = "v2"\ninclude = ["*.json"]', 'hub = "a/b"')

    assert (step.locked, step.keeps_pin, step.accepts_identity) == (None, False, False)


def test_a_named_model_is_chosen_anew_and_may_be_another_repository() -> None:
    step = step_for('hub = "a/b"', 'hub = "a/b"', update=("m",))

    assert (step.locked, step.keeps_pin, step.accepts_identity) == (None, False, True)


def test_another_endpoint_of_a_named_source_asks_again() -> None:
    sources = '[sources.corp]\ntype = "hub"\nendpoint = "https://new.example"\n'
    manifest = manifest_of(f'{sources}[models.m]\nhub = "a/b"\nsource = "corp"\n')
    url = f"https://old.example/a/b/resolve/{'a' * 40}/"
    before = replace(locked_of('hub = "a/b"', commit="a" * 40), source="corp", url=url)

    (step,) = steps(manifest, lock_of(before))

    assert (step.locked, step.keeps_pin) == (None, False)


def test_copied_keys_are_brought_up_to_date_and_what_was_chosen_stays() -> None:
    locked = locked_of('hub = "a/b"\ngroups = ["old"]', license="mit")
    spec = spec_of('hub = "a/b"\nrevision = "main"\ngroups = ["new"]\npath = "p"')

    after = rewritten(spec, locked)

    assert after == replace(
        locked, requested=(("revision", "main"),), groups=("new",), path="p", license="mit"
    )


def test_a_licence_of_the_spec_stands_in_place_of_upstreams() -> None:
    locked = locked_of('hub = "a/b"', license="mit")

    assert rewritten(spec_of('hub = "a/b"\nlicense = "other"'), locked).license == "other"


def test_the_file_of_a_url_is_called_what_the_spec_says() -> None:
    locked = locked_of('url = "http://x/f.bin"', files=(LockedFile("f.bin", 10, digest_of(10)),))
    spec = spec_of('url = "http://x/f.bin"\nfilename = "model.bin"')

    after = rewritten(spec, locked)

    assert after.files == (LockedFile("model.bin", 10, digest_of(10)),)
    assert after.tree != locked.tree
    assert after.trust == "first-use"


def test_a_url_whose_hash_the_spec_now_vouches_for_is_no_longer_first_use() -> None:
    locked = locked_of('url = "http://x/f.bin"', trust="first-use")
    spec = spec_of(f'url = "http://x/f.bin"\nsha256 = "{10:064x}"')

    assert rewritten(spec, locked).trust is None
