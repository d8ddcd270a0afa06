"""What a stat says of a file, as far as it says that somebody wrote to it."""

from pathlib import Path


def written(path: Path) -> tuple[int, ...]:
    """A stat without the access time, which whoever reads the file may move."""
    status = path.lstat()
    return (
        status.st_mode,
        status.st_ino,
        status.st_nlink,
        status.st_uid,
        status.st_gid,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
