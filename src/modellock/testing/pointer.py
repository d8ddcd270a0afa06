"""What git holds in place of a large file."""

import hashlib


def lfs_pointer(content: bytes) -> bytes:
    """The text that stands for `content` in a git tree (git-lfs, docs/spec.md)."""
    digest = hashlib.sha256(content).hexdigest()
    return (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n"
    ).encode()
