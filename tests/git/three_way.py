"""Random three-way merges, small and nasty: sides that rename, move folders, swap files and folders, agree and clash.

Names and contents come from small pools, so that sides meet often; contents of one family are similar enough for git's
rename detection. A share of the edits is done by both sides. Everything follows from the seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from tests.differential.plumbing import Entry
from tests.differential.store import Files, Store

LINES = 14
FOLDERS = (b"", b"", b"a/", b"b/", b"c/", b"a/d/", b"b/d/", b"a/d/e/", b"s/")
NAMES = (b"x", b"y", b"z", b"d", b"a", b"x.y", b"a-", b"s")


class Case(NamedTuple):
    """Files of the merge base, of the two sides, and of the merge that anybody would expect without renames."""

    base: Files
    first: Files
    second: Files
    expected: Files


class Generator:
    """Makes cases; blobs go to `store`."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.random = random.Random(seed)
        self.made: dict[str, tuple[int, dict[int, int]]] = {}
        self.edits: list[Callable[[random.Random, Files], None]] = [
            *[self.modify] * 5,
            *[self.add] * 4,
            *[self.rename] * 3,
            *[self.rename_folder] * 3,
            *[self.delete] * 2,
            self.delete_folder,
            self.rename_and_modify,
            self.change_type,
            self.file_to_folder,
            self.folder_to_file,
            self.root_into_folder,
            self.copy,
        ]

    def case(self) -> Case:
        base: Files = {}
        for _ in range(self.random.randint(3, 12)):
            self.add(self.random, base)
        first, second = dict(base), dict(base)
        for _ in range(self.random.choice((0, 0, 0, 1, 2))):
            edit, seed = self.random.choice(self.edits), self.random.random()
            edit(random.Random(seed), first)
            edit(random.Random(seed), second)
        for side in (first, second):
            for _ in range(self.random.choice((1, 1, 2, 3, 5))):
                self.random.choice(self.edits)(self.random, side)
        if self.random.random() < 0.3 and (path := self.any_file(self.random, base)):
            for side in (first, second):
                if path in side:
                    side[path] = Entry(side[path].mode, self.edited(self.random, side[path]))
        return Case(base, first, second, expected(base, first, second))

    # --- edits: each changes `files` in place, or does nothing where it cannot

    def add(self, choice: random.Random, files: Files) -> None:
        self.put(files, self.path(choice), self.entry(choice))

    def modify(self, choice: random.Random, files: Files) -> None:
        if path := self.any_file(choice, files):
            files[path] = Entry(files[path].mode, self.edited(choice, files[path]))

    def delete(self, choice: random.Random, files: Files) -> None:
        if path := self.any_file(choice, files):
            del files[path]

    def rename(self, choice: random.Random, files: Files) -> None:
        if path := self.any_file(choice, files):
            entry = files.pop(path)
            self.put(files, self.path(choice), entry)

    def rename_and_modify(self, choice: random.Random, files: Files) -> None:
        if path := self.any_file(choice, files):
            entry = files.pop(path)
            self.put(files, self.path(choice), Entry(entry.mode, self.edited(choice, entry)))

    def copy(self, choice: random.Random, files: Files) -> None:
        if path := self.any_file(choice, files):
            self.put(files, self.path(choice), files[path])

    def rename_folder(self, choice: random.Random, files: Files) -> None:
        if folder := self.any_folder(choice, files):
            self.move(files, folder, choice.choice((*FOLDERS, b"new/", b"a/new/", b"t/d/")))

    def root_into_folder(self, choice: random.Random, files: Files) -> None:
        self.move(files, b"", choice.choice((b"s/", b"a/", b"new/")))

    def delete_folder(self, choice: random.Random, files: Files) -> None:
        if folder := self.any_folder(choice, files):
            for path in [path for path in files if path.startswith(folder)]:
                del files[path]

    def change_type(self, choice: random.Random, files: Files) -> None:
        if path := self.any_file(choice, files):
            blob = files[path].id
            submodule = Entry("160000", f"{choice.randrange(3):040x}"[::-1].replace("0", "5"))
            others = [Entry("100644", blob), Entry("100755", blob), Entry("120000", blob), submodule]
            if files[path].mode == "160000":
                others = [submodule, self.entry(choice)]
            files[path] = choice.choice(others)

    def file_to_folder(self, choice: random.Random, files: Files) -> None:
        if path := self.any_file(choice, files):
            entry = files.pop(path)
            self.put(files, path + b"/" + choice.choice(NAMES), choice.choice((entry, self.entry(choice))))

    def folder_to_file(self, choice: random.Random, files: Files) -> None:
        if folder := self.any_folder(choice, files):
            inside = [path for path in files if path.startswith(folder)]
            entry = files[choice.choice(inside)]
            for path in inside:
                del files[path]
            self.put(files, folder[:-1], choice.choice((entry, self.entry(choice))))

    # --- helpers

    def path(self, choice: random.Random) -> bytes:
        return choice.choice(FOLDERS) + choice.choice(NAMES)

    def any_file(self, choice: random.Random, files: Files) -> bytes | None:
        return choice.choice(sorted(files)) if files else None

    def any_folder(self, choice: random.Random, files: Files) -> bytes | None:
        folders = {path[: end + 1] for path in files for end in range(len(path)) if path[end : end + 1] == b"/"}
        return choice.choice(sorted(folders)) if folders else None

    def put(self, files: Files, path: bytes, entry: Entry) -> None:
        """Put a file unless a file or folder is in the way."""
        parts = path.split(b"/")
        above = {b"/".join(parts[:end]) for end in range(1, len(parts))}
        if path not in files and above.isdisjoint(files) and not any(p.startswith(path + b"/") for p in files):
            files[path] = entry

    def move(self, files: Files, old: bytes, new: bytes) -> None:
        moved = {path: files.pop(path) for path in sorted(files) if path.startswith(old)}
        for path, entry in moved.items():
            self.put(files, new + path.removeprefix(old), entry)

    def entry(self, choice: random.Random) -> Entry:
        mode = choice.choice(("100644",) * 6 + ("100755", "120000"))
        return Entry(mode, self.text(choice.randrange(6), {}))

    def text(self, family: int, edits: dict[int, int]) -> str:
        """A blob of a family; edits: line number to variant."""
        lines = [f"family {family} line {number} variant {edits.get(number, 0)}\n" for number in range(LINES)]
        blob = self.store.blob("".join(lines).encode())
        self.made[blob] = (family, edits)
        return blob

    def edited(self, choice: random.Random, entry: Entry) -> str:
        if entry.mode == "160000":
            return f"{choice.randrange(1, 9)}" * 40
        family, edits = self.made[entry.id]
        return self.text(family, edits | {choice.randrange(LINES): choice.randrange(4) for _ in range(2)})


def expected(base: Files, first: Files, second: Files) -> Files:
    """Path by path: the side that changed it; where both did, the first, unless it deleted the path."""
    merged: Files = {}
    for path in sorted(base.keys() | first.keys() | second.keys()):
        old, one, two = base.get(path), first.get(path), second.get(path)
        entry = two if one == old else one if two == old else one or two
        if entry is not None:
            merged[path] = entry
    return merged


def is_possible(files: Files) -> bool:
    """Whether no path is a file and a folder at once."""
    return not any(path[:end] in files for path in files for end in range(len(path)) if path[end : end + 1] == b"/")
