"""What git is asked as soon as a push arrives: it answers while Python still loads what judges."""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple
from lanegate.git.config import ask_config
from lanegate.git.objects import CatFile
from lanegate.git.refs import ask_refs
from lanegate.git.run import Git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Asked(NamedTuple):
    """config, refs: answers to come, for `read_config` and `read_refs`. reader: of the repository's objects."""

    git: Git
    config: Iterator[bytes]
    refs: Iterator[bytes]
    reader: CatFile


def ask(git_dir: str, environ: Mapping[str, str]) -> Asked:
    """Starts git on the server's repository, in the environment of its hook. Raises GitError."""
    git = Git(git_dir, environ)
    return Asked(git, ask_config(git), ask_refs(git), CatFile(git))
