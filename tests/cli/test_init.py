import os
import tomllib

from tests.cli.command import Command


def test_init_writes_a_commented_manifest_and_what_git_should_know(modellock: Command) -> None:
    ended = modellock.run("init")

    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout == (
        "Wrote models.toml\n"
        "Wrote .gitattributes\n"
        "Wrote .gitignore\n"
        "Next: name a model in models.toml, then run `modellock lock`\n"
    )
    manifest = (modellock.folder / "models.toml").read_text()
    assert tomllib.loads(manifest) == {}
    assert "# [models.minilm]" in manifest
    assert (modellock.folder / ".gitattributes").read_text() == "models.lock text eol=lf\n"
    assert (modellock.folder / ".gitignore").read_text() == "/models/\n/.modellock/\n"


def test_the_example_of_a_new_manifest_is_one_that_modellock_reads(modellock: Command) -> None:
    modellock.run("init")
    manifest = modellock.folder / "models.toml"
    lines = manifest.read_text().splitlines()
    manifest.write_text("\n".join(line.removeprefix("# ") for line in lines[3:]))

    ended = modellock.run("lock", "--check")

    assert ended.stderr.startswith("error: models.lock: not found")


def test_init_a_second_time_changes_nothing(modellock: Command) -> None:
    modellock.run("init")
    before = {path.name: path.read_bytes() for path in modellock.folder.iterdir()}

    ended = modellock.run("init")

    assert ended.stdout == "Kept models.toml\nKept .gitattributes\nKept .gitignore\n"
    assert {path.name: path.read_bytes() for path in modellock.folder.iterdir()} == before


def test_init_adds_missing_lines_below_those_that_are_there(modellock: Command) -> None:
    (modellock.folder / ".gitignore").write_text("__pycache__/\nmodels")
    (modellock.folder / ".gitattributes").write_text("models.lock text eol=lf -diff\n")

    ended = modellock.run("init", "--json")

    assert (modellock.folder / ".gitignore").read_text() == "__pycache__/\nmodels\n/.modellock/\n"
    assert ended.document == {
        "schema": 1,
        "command": "init",
        "ok": True,
        "directory": str(modellock.folder),
        "written": ["models.toml"],
        "extended": [".gitignore"],
        "kept": [".gitattributes"],
    }


def test_init_ignores_the_directories_that_the_manifest_names(modellock: Command) -> None:
    manifest = (
        '[settings]\npath = "weights"\n'
        '[models.a]\nlocal = "a"\n'
        '[models.b]\nlocal = "b"\npath = "src/app/model"\n'
    )
    (modellock.folder / "models.toml").write_text(manifest)

    modellock.run("init")

    assert (modellock.folder / "models.toml").read_text() == manifest
    ignored = (modellock.folder / ".gitignore").read_text()
    assert ignored == "/weights/\n/src/app/model/\n/.modellock/\n"


def test_init_follows_no_link_out_of_the_project(modellock: Command) -> None:
    outside = modellock.home / "global-ignore"
    outside.write_text("")
    os.symlink(outside, modellock.folder / ".gitignore")

    ended = modellock.run("init")

    assert ended.code == 2
    assert ended.stderr == "error: .gitignore: is a symbolic link; modellock follows none\n"
    assert outside.read_text() == ""


def test_init_says_why_it_cannot_write(modellock: Command) -> None:
    (modellock.folder / "models.toml").mkdir()

    ended = modellock.run("init")

    assert ended.code == 2
    assert ended.stderr == "error: models.toml: cannot be read: not a regular file\n"
