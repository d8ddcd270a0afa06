import pytest

from modellock.decisions.changes import differences, refuse_stale
from modellock.documents.keys import OnChange
from modellock.errors import StaleLockError
from tests.unit.specs import lock_of, locked_of, manifest_of

HUB = '[models.m]\nhub = "acme/m"\n'


def only_change(manifest: str, locked: str) -> tuple[str, OnChange]:
    (difference,) = differences(manifest_of(manifest), lock_of(locked_of(locked)))
    (change,) = difference.changes
    return str(difference), change.on_change


def test_what_was_locked_for_a_manifest_does_not_differ_from_it() -> None:
    text = 'hub = "acme/m"\nrevision = "v1"\ngroups = ["text"]\nrename = { "a" = "b" }'

    assert differences(manifest_of(f"[models.m]\n{text}\n"), lock_of(locked_of(text))) == ()


@pytest.mark.parametrize(
    ("key", "on_change"),
    [
        ('revision = "v1.1"', OnChange.RESOLVE),
        ('version = ">=1"', OnChange.RESOLVE),
        ('include = ["*.json"]', OnChange.SELECT),
        ('formats = ["onnx"]', OnChange.SELECT),
        ('groups = ["text"]', OnChange.REWRITE),
        ('path = "elsewhere"', OnChange.REWRITE),
        ('license = "mit"', OnChange.REWRITE),
        ("hold = true", OnChange.REWRITE),
        ('revision = "main"', OnChange.REWRITE),
        ("prereleases = false", OnChange.REWRITE),
    ],
)
def test_what_a_changed_key_asks_of_lock(key: str, on_change: OnChange) -> None:
    assert only_change(HUB + key, 'hub = "acme/m"')[1] is on_change


@pytest.mark.parametrize(
    ("written", "locked", "words"),
    [
        (
            'revision = "v2"',
            'revision = "main"',
            'm: revision "main" in models.lock, "v2" in models.toml',
        ),
        ("", 'revision = "v2"', 'm: revision "v2" in models.lock, not set in models.toml'),
        (
            'include = ["a", "b"]',
            "",
            'm: include not set in models.lock, ["a", "b"] in models.toml',
        ),
        (
            'rename = { "a" = "b", "c" = "d" }',
            "",
            'm: rename not set in models.lock, { "a" = "b", "c" = "d" } in models.toml',
        ),
        ("hold = true", "", "m: hold false in models.lock, true in models.toml"),
    ],
)
def test_a_difference_in_words(written: str, locked: str, words: str) -> None:
    assert only_change(HUB + written, f'hub = "acme/m"\n{locked}')[0] == words


def test_another_origin_differs() -> None:
    words, on_change = only_change(HUB, 'hub = "acme/old"')

    assert words == 'm: hub "acme/old" in models.lock, "acme/m" in models.toml'
    assert on_change is OnChange.RESOLVE


def test_a_licence_that_upstream_gave_is_no_difference() -> None:
    assert (
        differences(manifest_of(HUB), lock_of(locked_of('hub = "acme/m"\nlicense = "mit"'))) == ()
    )


def test_another_endpoint_of_a_named_source_differs() -> None:
    sources = '[sources.corp]\ntype = "hub"\nendpoint = "https://new.example"\n'
    manifest = manifest_of(sources + HUB + 'source = "corp"')
    pinned = locked_of('hub = "acme/m"', commit="a" * 40)
    locked = lock_of(
        type(pinned)(
            name="m",
            kind=pinned.kind,
            origin="acme/m",
            source="corp",
            commit="a" * 40,
            url=f"https://old.example/acme/m/resolve/{'a' * 40}/",
            size=pinned.size,
            tree=pinned.tree,
            files=pinned.files,
        )
    )

    assert [str(one) for one in differences(manifest, locked)] == [
        (
            'm: sources.corp.endpoint "https://old.example" in models.lock, '
            '"https://new.example" in models.toml'
        )
    ]


def test_a_stale_lock_is_refused_model_by_model() -> None:
    manifest = manifest_of(
        '[settings]\npath = "weights"\n'
        '[models.phi-4]\nhub = "microsoft/phi-4"\n'
        '[models.bge-m3]\nhub = "BAAI/bge-m3"\n'
    )
    lock = lock_of(locked_of('hub = "acme/gone"'))

    with pytest.raises(StaleLockError) as caught:
        refuse_stale(manifest, lock)

    assert str(caught.value) == (
        "models.lock does not match models.toml\n"
        "  bge-m3: not in models.lock\n"
        "  m: not in models.toml\n"
        "  phi-4: not in models.lock\n"
        '  settings: path "models" in models.lock, "weights" in models.toml'
    )
    assert caught.value.hint == "run `modellock lock` and commit models.lock"
