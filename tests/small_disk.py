"""A disk as small as one likes, for one program: a tmpfs that nobody else sees."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_NAMESPACES = [
    ("unshare", "--mount"),  # as root
    ("unshare", "--user", "--map-root-user", "--mount"),  # where anybody may have mounts of their own
]

_SCRIPT = 'mount -t tmpfs -o size="$0"k tmpfs "$1" || exit 99; disk=$1 copy=$2; shift 2; "$@"; code=$?; '
_SCRIPT += 'cp -a "$disk/." "$copy"; exit $code'


def namespace() -> tuple[str, ...] | None:
    """What starts a program with mounts of its own; None where that is not allowed, or not Linux."""
    for words in _NAMESPACES:
        if shutil.which(words[0]) and subprocess.run([*words, "true"], capture_output=True).returncode == 0:
            return words
    return None


def on_a_disk_of(kibibytes: int, folder: Path, copy: Path) -> tuple[str, ...]:
    """What starts a program for which `folder` is a disk of that size; its files are in `copy` at the end."""
    words = namespace()
    assert words is not None
    folder.mkdir(exist_ok=True)
    copy.mkdir(exist_ok=True)
    return (*words, "sh", "-c", _SCRIPT, str(kibibytes), str(folder), str(copy))
