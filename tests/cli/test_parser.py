import pytest

from modellock.cli.invocation import Invocation
from modellock.cli.parser import parse
from modellock.errors import ModellockError, UnsupportedError, UsageError


def parsed(line: str, **environ: str) -> Invocation:
    return parse(line.split(), environ)


def refusal(line: str, **environ: str) -> str:
    with pytest.raises(ModellockError) as caught:
        parse(line.split(), environ)
    hint = f" | {caught.value.hint}" if caught.value.hint else ""
    return f"{caught.value}{hint}"


@pytest.mark.parametrize("line", ["--offline sync", "sync --offline"])
def test_a_global_flag_stands_before_or_after_the_command(line: str) -> None:
    invocation = parsed(line)

    assert (invocation.command, invocation.on("offline")) == ("sync", True)


@pytest.mark.parametrize("line", ["store dir", "--store /x store dir", "store dir --store /x"])
def test_a_command_of_a_group_is_named_by_two_words(line: str) -> None:
    invocation = parsed(line)

    assert (invocation.command, invocation.arguments) == ("store dir", ())


def test_flags_and_arguments_mix_in_any_order() -> None:
    invocation = parsed("verify minilm --deep whisper -v")

    assert invocation.arguments == ("minilm", "whisper")
    assert invocation.on("deep")
    assert invocation.on("verbose")


def test_a_flag_can_be_repeated_where_it_names_one_of_many() -> None:
    assert parsed("sync --group text --group=vision").many("group") == ("text", "vision")


@pytest.mark.parametrize("line", ["add acme/m --version >=1,<2", "add --version=>=1,<2 acme/m"])
def test_add_has_a_version_of_its_own(line: str) -> None:
    invocation = parsed(line)

    assert (invocation.command, invocation.arguments) == ("add", ("acme/m",))
    assert invocation.text("version") == ">=1,<2"


@pytest.mark.parametrize(
    "line",
    ["--version", "-V", "lock --version", "add -V", "--store add --version", "nonsense --version"],
)
def test_everywhere_else_a_version_is_that_of_modellock(line: str) -> None:
    assert parsed(line).command == "version"


def test_words_after_two_dashes_are_arguments() -> None:
    assert parsed("path minilm -- --odd-name").arguments == ("minilm", "--odd-name")


def test_no_flag_is_understood_by_its_first_letters() -> None:
    expected = "`--froz` is not a flag of `modellock sync` | did you mean `--frozen`?"

    assert refusal("sync --froz") == expected


@pytest.mark.parametrize("text", ["1", "true", "yes", "on", "ON"])
def test_a_variable_turns_a_switch_on(text: str) -> None:
    assert parsed("sync", MODELLOCK_OFFLINE=text).on("offline")


@pytest.mark.parametrize("text", ["", "0", "false", "no", "off", "Off"])
def test_a_variable_leaves_a_switch_off(text: str) -> None:
    assert not parsed("sync", MODELLOCK_OFFLINE=text).on("offline")


def test_a_flag_beats_its_variable() -> None:
    assert parsed("sync --jobs 2", MODELLOCK_JOBS="7").number("jobs") == 2


def test_a_variable_behind_a_flag_may_be_unusable() -> None:
    assert parsed("sync --jobs 2", MODELLOCK_JOBS="many").number("jobs") == 2


def test_a_variable_names_several_groups_with_commas() -> None:
    assert parsed("sync", MODELLOCK_GROUP="text, vision,").many("group") == ("text", "vision")


def test_the_cause_of_a_value_is_the_flag_or_the_variable() -> None:
    assert parsed("sync --offline").cause("offline") == "--offline"
    assert parsed("sync", MODELLOCK_OFFLINE="1").cause("offline") == "MODELLOCK_OFFLINE"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "MODELLOCK_OFFLINE",
            "maybe",
            """MODELLOCK_OFFLINE: 'maybe' is neither on (`1`, `true`, `yes`, `on`) \
nor off (`0`, `false`, `no`, `off`)""",
        ),
        ("MODELLOCK_JOBS", "many", "MODELLOCK_JOBS: 'many' is not a whole number of at least 1"),
        ("MODELLOCK_JOBS", "0", "MODELLOCK_JOBS: '0' is not a whole number of at least 1"),
        (
            "MODELLOCK_COLOR",
            "blue",
            "MODELLOCK_COLOR: 'blue' is none of `auto`, `always`, `never`",
        ),
    ],
)
def test_a_variable_that_cannot_be_used_is_refused_by_its_name(
    name: str, text: str, expected: str
) -> None:
    assert refusal("sync", **{name: text}) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", "no command was given | run `modellock --help` for the commands"),
        ("snyc", "'snyc' is not a command | did you mean `sync`?"),
        ("frobnicate", "'frobnicate' is not a command | run `modellock --help` for the commands"),
        ("--jobs 4 sync", "`--jobs` is not a global flag; a command's flags stand after it"),
        ("sync --jobs", "--jobs: expected one argument"),
        (
            f"sync --jobs {'9' * 10}",
            "--jobs: '9999999999' is too large: expected at most 999999999",
        ),
        (
            "sync --layout tree",
            "--layout: 'tree' is none of `plain`, `hf-cache`, `torch-hub`, `whisper`, `clip`",
        ),
        (
            "sync --limit-rate 0",
            "--limit-rate: '0' is too slow: expected at least 1 kB a second",
        ),
        ("sync --to=", "--to: its value is empty"),
        ("sync x", "modellock sync: 'x' is one argument too many | run `modellock sync --help`"),
        ("path", "modellock path: NAME is missing | run `modellock path --help`"),
        (
            "run --shared-cache /cache",
            "`--shared-cache` is not a flag of `modellock run` | run `modellock run --help`",
        ),
        (
            "store",
            "modellock store: no command was given | run `modellock store --help` for the commands",
        ),
        ("store die", "'store die' is not a command | did you mean `store dir`?"),
        (
            "store dir x",
            "modellock store dir: 'x' is one argument too many | run `modellock store dir --help`",
        ),
        ("init -x", "`-x` is not a flag of `modellock init` | run `modellock init --help`"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_with_the_next_step(line: str, expected: str) -> None:
    assert refusal(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("audit", "`modellock audit` is not supported yet"),
        ("store export", "`modellock store export` is not supported yet"),
        ("sync --require-signature", "`--require-signature` is not supported yet"),
    ],
)
def test_what_a_later_version_brings_is_refused_and_never_ignored(line: str, expected: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        parse(line.split(), {})

    assert str(caught.value) == expected


def test_a_variable_of_a_flag_that_a_later_version_brings_is_refused_by_its_name() -> None:
    assert refusal("sync", MODELLOCK_REQUIRE_SIGNATURE="1") == (
        "`MODELLOCK_REQUIRE_SIGNATURE` is not supported yet"
    )


def test_flags_that_contradict_each_other_are_refused() -> None:
    assert refusal("sync --frozen --locked") == "`--frozen` excludes `--locked`"
    assert refusal("sync --check", MODELLOCK_QUIET="1", MODELLOCK_VERBOSE="1") == (
        "`MODELLOCK_QUIET` excludes `MODELLOCK_VERBOSE`"
    )


def test_a_flag_beats_the_variable_of_the_flag_that_it_excludes() -> None:
    invocation = parsed("sync --locked", MODELLOCK_FROZEN="1")

    assert invocation.on("locked")
    assert not invocation.on("frozen")


@pytest.mark.parametrize("line", ["lock", "update --all"])
def test_the_variables_of_sync_say_nothing_to_other_commands(line: str) -> None:
    assert not parsed(line, MODELLOCK_DRY_RUN="1", MODELLOCK_CHECK="1").on("dry_run")


@pytest.mark.parametrize(
    ("line", "command", "arguments"),
    [
        ("--help", "help", ()),
        ("-h sync", "help", ("sync",)),
        ("sync --help --jobs", "help", ("sync",)),
        ("--version", "version", ()),
        ("sync --version", "version", ()),
        ("store --help", "help", ("store",)),
        ("store dir --help", "help", ("store dir",)),
        ("store --version", "version", ()),
    ],
)
def test_help_and_version_win_over_everything_else(
    line: str, command: str, arguments: tuple[str, ...]
) -> None:
    invocation = parsed(line, MODELLOCK_COLOR="unusable")

    assert (invocation.command, invocation.arguments) == (command, arguments)


def test_relative_paths_begin_at_the_directory_that_was_named() -> None:
    invocation = parsed("sync --directory /srv/app --to image --store /cache")

    assert invocation.start == "/srv/app"
    assert invocation.path("to") == "/srv/app/image"
    assert invocation.path("store") == "/cache"


def test_a_repeated_flag_with_an_empty_value_is_refused() -> None:
    with pytest.raises(UsageError, match="--group: its value is empty"):
        parse(["sync", "--group", ""], {})
