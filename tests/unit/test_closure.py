"""The pure side of the closure: files, service, keys, pins; whole walks are in the properties."""

from dataclasses import replace

import pytest

from modellock.decisions.closure_earlier import Earlier
from modellock.decisions.closure_files import files_for, lacks
from modellock.decisions.closure_graph import Graph, keyed
from modellock.decisions.closure_needs import Need, Place, follows, id_of
from modellock.decisions.references import Reference, Role
from modellock.documents.lockfile import LockedFile, LockedModel
from modellock.documents.project_settings import Layout
from modellock.errors import SelectionError, UnsafeNameError
from tests.unit.specs import digest_of, locked_of, offered

CODE = Reference("acme/base", Role.CODE, "config.json")
BASE = Reference("acme/base", Role.BASE, "adapter_config.json")
VAE = Reference("acme/base", Role.COMPONENT, "modular_model_index.json", subfolder="vae")
ONE, TWO = "1" * 40, "2" * 40


def declared(name: str, **known: object) -> LockedModel:
    return replace(locked_of(f'hub = "own/{name}"'), name=name, **known)  # type: ignore[arg-type]


def pulled(repository: str, commit: str = ONE, **known: object) -> LockedModel:
    model = replace(
        locked_of(f'hub = "{repository}"'),
        name=repository,
        commit=commit,
        revision="main",
        layout=Layout.HF_CACHE,
    )
    return replace(model, **known)  # type: ignore[arg-type]


def with_files(model: LockedModel, *paths: str) -> LockedModel:
    return replace(model, files=tuple(LockedFile(path, 10, digest_of(10)) for path in paths))


@pytest.mark.parametrize(
    ("reference", "paths"),
    [
        (CODE, {"config.json", "modeling.py", "sub/parts.py"}),
        (BASE, {"config.json", "modeling.py", "sub/parts.py", "m.safetensors", "README.md"}),
    ],
)
def test_what_a_reference_brings(reference: Reference, paths: set[str]) -> None:
    listing = offered(
        "README.md", "config.json", "modeling.py", "sub/parts.py", "m.safetensors", "m.bin"
    )

    assert files_for(reference, listing) == paths


@pytest.mark.parametrize("reference", [CODE, BASE, VAE])
def test_a_reference_that_brings_nothing_is_refused(reference: Reference) -> None:
    with pytest.raises(SelectionError, match=f"has no file.* of the {reference.role} that is"):
        files_for(reference, [])


def test_a_hostile_name_is_refused() -> None:
    with pytest.raises(UnsafeNameError, match="upstream offers a name that is refused"):
        files_for(CODE, offered("../evil.py"))


@pytest.mark.parametrize(
    ("reference", "has", "missing"),
    [
        (CODE, ["config.json"], ("modeling.py",)),
        (BASE, ["config.json", "m.bin"], ()),
        (BASE, ["m.safetensors"], ("config.json",)),
        (BASE, ["config.json"], ("m.bin", "m.safetensors")),
        (VAE, ["vae/w.safetensors"], ("vae/config.json",)),
    ],
)
def test_what_a_loader_could_not_do_without(
    reference: Reference, has: list[str], missing: tuple[str, ...]
) -> None:
    listing = offered(
        "README.md", "config.json", "modeling.py", "m.safetensors", "m.bin", "original/w.pth",
        "vae/config.json", "vae/w.safetensors",
    )  # fmt: skip

    assert lacks(with_files(declared("base"), *has), reference, listing) == missing


def test_only_models_of_a_hub_are_followed() -> None:
    assert follows(declared("m"))
    assert not follows(declared("m", closure=False))
    assert not follows(declared("m", type="dataset"))


def test_a_commit_that_is_called_by_two_names_keeps_the_one_that_main_does_not_tell() -> None:
    one = id_of(pulled("acme/base"))
    models = {"m": declared("m"), one: pulled("acme/base")}

    found = keyed(
        Graph(
            models=models,
            edges={"m": frozenset([one])},
            revisions={one: frozenset(["main", "v1", ONE])},
        )
    )

    assert found["acme/base"].revision == "v1"


def test_a_commit_that_is_called_by_its_id_alone_keeps_that() -> None:
    one = id_of(pulled("acme/base"))

    found = keyed(
        Graph(
            models={"m": declared("m"), one: pulled("acme/base")},
            edges={"m": frozenset([one])},
            revisions={one: frozenset([ONE])},
        )
    )

    assert found["acme/base"].revision == ONE


def test_a_declared_model_of_that_name_has_the_plain_key() -> None:
    one = id_of(pulled("gpt2"))

    found = keyed(
        Graph(
            models={"gpt2": declared("gpt2"), one: pulled("gpt2")},
            edges={"gpt2": frozenset([one])},
            revisions={one: frozenset(["main"])},
        )
    )

    assert sorted(found) == ["gpt2", "gpt2@111111111111"]


def test_the_same_repository_of_another_hub_is_another_model() -> None:
    ours, theirs = pulled("acme/base"), pulled("acme/base", source="corp")

    assert id_of(ours) != id_of(theirs)


def before_of(*models: LockedModel) -> dict[str, LockedModel]:
    return {model.name: model for model in models}


def test_nothing_is_disturbed_where_nothing_changed() -> None:
    lora = declared("lora")
    base = pulled("acme/base", required_by=("lora",))

    earlier = Earlier(before_of(lora, base), {"lora": lora}, fresh=())

    assert list(earlier.kept().values()) == [base]
    assert earlier.requirers() == []


@pytest.mark.parametrize(
    ("fresh", "moving", "stays"),
    [
        ((), (), True),
        (("a",), (), False),
        ((), ("a",), True),
        ((), ("a", "b"), False),
        ((), ("acme/base",), False),
    ],
)
def test_what_disturbs_a_pin(
    fresh: tuple[str, ...], moving: tuple[str, ...], *, stays: bool
) -> None:
    a, b = declared("a"), declared("b")
    base = pulled("acme/base", required_by=("a", "b"))

    earlier = Earlier(before_of(a, b, base), before_of(a, b), fresh=fresh, moving=moving)

    assert bool(earlier.kept()) == stays


def test_a_requirer_that_is_not_in_the_lock_disturbs() -> None:
    base = pulled("acme/base", required_by=("gone",))

    assert Earlier(before_of(base), {}, fresh=()).kept() == {}


@pytest.mark.parametrize(
    ("revision", "commit"), [("main", ONE), ("v1", TWO), (TWO, TWO), ("v2", None), ("9" * 40, None)]
)
def test_a_pin_is_found_by_what_it_is_called(revision: str, commit: str | None) -> None:
    lora = declared("lora")
    plain = pulled("acme/base", required_by=("lora",))
    second = pulled(
        "acme/base", TWO, name="acme/base@222222222222", revision="v1", required_by=("lora",)
    )
    earlier = Earlier(before_of(lora, plain, second), {"lora": lora}, fresh=("lora",))

    pin = earlier.pin_of(Need(Place("", "acme/base"), revision), ["lora"])

    assert (pin and pin.commit) == commit


def test_the_only_pin_of_a_model_that_stands_is_its_pin_by_any_name() -> None:
    lora = declared("lora")
    base = pulled("acme/base", revision="v1", required_by=("lora",))
    earlier = Earlier(before_of(lora, base), {"lora": lora}, fresh=())

    assert earlier.pin_of(Need(Place("", "acme/base"), "main"), ["lora"]) == base
