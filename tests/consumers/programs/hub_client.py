"""Ask huggingface_hub, any version of it, for what a cache has: `hub_client.py '[["ID", "REV"]…]'`.

A revision that is null is left out of the calls. Prints by model what the files say and where the
snapshot is, and then how the cache looks to a scan.
"""

import json
import sys
from pathlib import Path
from typing import Any

from huggingface_hub import (
    hf_hub_download,
    scan_cache_dir,
    snapshot_download,
    try_to_load_from_cache,
)


def main() -> None:
    asked = json.loads(sys.argv[1])
    print(json.dumps({"found": [found(*one) for one in asked], "scanned": scanned()}))


def found(name: str, revision: str | None) -> dict[str, Any]:
    options: dict[str, Any] = {} if revision is None else {"revision": revision}
    return {
        "hf_hub_download": text_of(hf_hub_download(name, "config.json", **options)),
        "below": text_of(hf_hub_download(name, "sub/notes.txt", **options)),
        "snapshot_download": Path(snapshot_download(name, **options)).name,
        "try_to_load_from_cache": text_of(try_to_load_from_cache(name, "config.json", **options)),
    }


def text_of(path: Any) -> str:
    return Path(path).read_text(encoding="utf-8")


def scanned() -> dict[str, Any]:
    """Models with the refs of each, and what the scan warns of."""
    cache = scan_cache_dir()
    refs = {
        repository.repo_id: sorted(ref for one in repository.revisions for ref in one.refs)
        for repository in cache.repos
    }
    return {"refs": refs, "warnings": [str(warning) for warning in cache.warnings]}


main()
