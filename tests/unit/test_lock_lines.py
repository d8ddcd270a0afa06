"""The file lines of models.lock, read without a TOML parser where the writer wrote them."""

import tomllib

import pytest

from modellock.documents.lock_lines import load_lock
from modellock.values.digest import sha256_of_bytes
from modellock.values.tables import TableError

SHA256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
LINE = f'    {{ path = "a/b.bin", size = 6, sha256 = "{SHA256}" }},\n'
ASSET = f'    {{ path = "b.zip", size = 0, sha256 = "{SHA256}", asset-id = 7 }},\n'
HEAD = 'lock-version = "1.0"\n\n[models.a]\nhub = "acme/a"\n'


def test_lines_as_the_writer_writes_them_become_tables() -> None:
    text = f"{HEAD}archives = [\n{ASSET}]\nfiles = [\n{LINE}{LINE}]\n"

    model = load_lock(text)["models"]["a"]

    assert model["archives"] == [{"path": "b.zip", "size": 0, "sha256": SHA256, "asset-id": 7}]
    assert model["files"] == [{"path": "a/b.bin", "size": 6, "sha256": SHA256}] * 2
    assert model["hub"] == "acme/a"


@pytest.mark.parametrize(
    "rest",
    [
        f"files = [\n{LINE}]\n",
        f"files = [\n{LINE}]\n\n[models.b]\nfiles = [\n{ASSET}]\n",
        f"files = [\r\n{LINE}]\r\n",
        f"files = [\n    # a comment\n{LINE}]\n",
        f"files = [\n{LINE.replace('a/b', chr(92) + 'u00e9')}]\n",
        f"files = [\n{LINE.replace('a/b', 'é')}]\n",
        f"files = [\n{LINE.replace('= 6', '= 6_000')}]\n",
        f"files = [\n{LINE.replace('= 6', '= -6')}]\n",
        f"files = [\n{LINE.replace(SHA256, 'none')}]\n",
        f"files = [\n{LINE.replace(' }', ', more = 1 }')}]\n",
        f"[settings]\nfiles = [\n{LINE}]\n",
        f'note = """\nfiles = [\n{LINE}]\n"""\n',
        f"note = '''\nfiles = [\n{LINE}]\n'''\n",
        f'files = "lines 0"\n[models.b]\nfiles = [\n{LINE}]\n',
        "files = 'lines abc'\n",
        f"files = '{sha256_of_bytes(HEAD.encode()).value} 0'\n[models.b]\nfiles = [\n{LINE}]\n",
        "files = []\n",
        "files = 3\n",
    ],
)
def test_every_lock_reads_as_the_toml_that_it_is(rest: str) -> None:
    assert load_lock(HEAD + rest) == tomllib.loads(HEAD + rest)


@pytest.mark.parametrize(
    ("rest", "place"),
    [
        (f"files = [\n{LINE}{LINE}]\nsize = \n", "at line 9,"),
        (f"files = [\n{LINE}]\nfiles = [\n{LINE}]\n", "at line 10,"),
        (f"models = 3\nfiles = [\n{LINE}]\n]\n", "at line 9,"),
    ],
)
def test_a_fault_is_told_by_the_line_on_which_it_is(rest: str, place: str) -> None:
    with pytest.raises(TableError) as caught:
        load_lock(HEAD + rest)

    assert place in str(caught.value)
