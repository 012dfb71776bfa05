"""The tracked files as a tree of folders that counts what kinds of files are below, to be drawn (`ownership_svg`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from lanegate.core.named_tuple import NamedTuple

#: Names of files that are kept of each kind in a folder, to be shown as examples.
EXAMPLES = 5


class Kind(NamedTuple):
    """What a file is to the policy. owners: lanes that are PRIMARY. zone: mode of its zone, empty without. is_hot:
    whether it is among the hottest."""

    owners: tuple[str, ...] = ()
    zone: str = ""
    is_hot: bool = False


class Folder:
    """counts: files below, by kind. folders: by name. files: of each kind, how many stand right here; examples: their
    first names."""

    __slots__ = ("counts", "examples", "files", "folders")

    def __init__(self) -> None:
        self.counts: Counter[Kind] = Counter()
        self.folders: dict[bytes, Folder] = {}
        self.files: Counter[Kind] = Counter()
        self.examples: dict[Kind, list[bytes]] = {}

    @property
    def count(self) -> int:
        return sum(self.counts.values())


def folders_of(files: Iterable[tuple[bytes, Kind]]) -> Folder:
    """The top folder of these files."""
    top = Folder()
    for path, kind in sorted(files):
        folder = top
        folder.counts[kind] += 1
        *way, name = path.split(b"/")
        for step in way:
            folder = folder.folders.setdefault(step, Folder())
            folder.counts[kind] += 1
        folder.files[kind] += 1
        examples = folder.examples.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples.append(name)
    return top


def straight_down(name: bytes, folder: Folder) -> tuple[bytes, Folder]:
    """The folder where something is to be told apart below `name`, and its path: a folder that holds nothing but one
    folder is no step of its own."""
    while not folder.files and len(folder.folders) == 1:
        ((below, folder),) = folder.folders.items()
        name = name + b"/" + below if name else below
    return name, folder


def merged(folders: Iterable[Folder]) -> Folder:
    """One folder that counts what is below all of these, without their names."""
    together = Folder()
    for folder in folders:
        together.counts.update(folder.counts)
    return together
