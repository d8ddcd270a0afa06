from pathlib import Path

import pytest

from modellock.shell.file_locks import Hold, file_system_of, hold

MOUNTS = [
    "22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw",
    "30 22 0:31 / /home rw,relatime shared:2 - nfs4 server:/home rw,vers=4.2",
    r"31 22 0:32 / /mnt/my\040disk rw,relatime - fuse.sshfs user@host: rw",
    "32 30 0:33 / /home/me/.cache rw - tmpfs tmpfs rw",
    "33 22 0:34 / /over rw - ext4 /dev/sdb rw",
    "34 33 0:35 / /over rw - lustre mgs:/scratch rw,flock",
    "broken",
]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/cache", "ext4"),
        ("/home/me/store", "nfs4"),
        ("/homestead", "ext4"),
        ("/mnt/my disk/store", "fuse.sshfs"),
        ("/home/me/.cache/modellock", "tmpfs"),
        ("/over/it", "lustre"),
    ],
)
def test_a_path_lies_on_the_last_file_system_mounted_nearest_above_it(path: str, kind: str) -> None:
    assert file_system_of(path, MOUNTS) == kind


def test_nothing_is_known_of_a_path_that_no_line_is_about() -> None:
    assert file_system_of("/home", []) == ""


def test_a_lock_that_one_has_another_does_not_get(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as first, path.open("r+b") as second:
        assert hold(first.fileno(), str(path)) is Hold.OURS
        assert hold(second.fileno(), str(path)) is Hold.THEIRS
    with path.open("r+b") as third:
        assert hold(third.fileno(), str(path)) is Hold.OURS
