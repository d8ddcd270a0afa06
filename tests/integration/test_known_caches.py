from pathlib import Path

import pytest

from modellock.shell.known_caches import known_caches


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in (
        ".cache/huggingface/hub",
        ".cache/torch/hub/checkpoints",
        ".cache/torch/sentence_transformers",
        ".cache/whisper",
        ".cache/clip",
        "elsewhere/hub/checkpoints",
        "elsewhere/huggingface/hub",
        "elsewhere/whisper",
    ):
        (tmp_path / "home" / name).mkdir(parents=True)
    return tmp_path / "home"


def names(home: Path, **environ: str) -> list[str]:
    return [
        str(Path(path).relative_to(home))
        for path in known_caches(
            {name: value.replace("HOME", str(home)) for name, value in environ.items()}, str(home)
        )
    ]


def test_without_variables_the_caches_are_where_programs_put_them(home: Path) -> None:
    assert names(home) == [
        ".cache/huggingface/hub",
        ".cache/torch/hub/checkpoints",
        ".cache/torch/sentence_transformers",
        ".cache/whisper",
        ".cache/clip",
    ]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"HF_HUB_CACHE": "HOME/elsewhere/hub"}, "elsewhere/hub"),
        ({"HUGGINGFACE_HUB_CACHE": "HOME/elsewhere/hub"}, "elsewhere/hub"),
        ({"HF_HOME": "HOME/elsewhere"}, "elsewhere/hub"),
        ({"HF_HOME": "~/elsewhere"}, "elsewhere/hub"),
        ({"HF_HUB_CACHE": "HOME/elsewhere/hub", "HF_HOME": "HOME"}, "elsewhere/hub"),
        ({"XDG_CACHE_HOME": "HOME/elsewhere"}, "elsewhere/huggingface/hub"),
    ],
)
def test_the_hubs_cache_is_where_its_variables_say(
    home: Path, environ: dict[str, str], expected: str
) -> None:
    assert names(home, **environ)[0] == expected


def test_so_are_those_of_torch_and_whisper_and_clip_asks_for_no_variable(home: Path) -> None:
    found = names(home, TORCH_HOME="HOME/elsewhere", XDG_CACHE_HOME="HOME/elsewhere")

    assert found == [
        "elsewhere/huggingface/hub",
        "elsewhere/hub/checkpoints",
        "elsewhere/whisper",
        ".cache/clip",
    ]


def test_a_cache_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert known_caches({"HF_HOME": "relative"}, str(tmp_path)) == ()


def test_one_directory_under_two_names_is_looked_at_once(home: Path) -> None:
    (home / ".cache/whisper").rmdir()
    (home / ".cache/whisper").symlink_to(home / ".cache/clip")

    assert names(home)[-1:] == [".cache/whisper"]
