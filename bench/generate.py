"""A history to measure on when no real one is at hand: same arguments, same commits.

Files have two halves, each with a version, so that two sides can change one file without a conflict. Every twentieth
commit or so is a merge of a short side branch; one merge in five has such a file, which git has to merge by content.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

AREAS = 40
FOLDERS = 12
FILES = 10
LINES = 20
START = 1_600_000_000

State = dict[str, tuple[int, int]]


def path_of(number: int) -> str:
    area, rest = divmod(number, FOLDERS * FILES)
    folder, file = divmod(rest, FILES)
    return f"src/area{area:02}/part{folder:02}/file{file}.py"


def content(path: str, halves: tuple[int, int]) -> bytes:
    """The file's text at a version of its upper and of its lower half."""
    lines = [f"{path} upper {line} version {halves[0]}\n" for line in range(LINES)]
    lines += [f"between {line}\n" for line in range(5)]  # changes side by side would be a conflict
    lines += [f"{path} lower {line} version {halves[1]}\n" for line in range(LINES)]
    return "".join(lines).encode()


class History:
    """Writes a `git fast-import` stream; remembers the state of the main line."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._mark = 0
        self.main: State = {}
        self.tip: int | None = None

    def commit(self, changed: State, parents: list[int], message: str) -> Iterator[bytes]:
        """A commit that puts files into the given state on top of its first parent."""
        self._mark += 1
        text = message.encode()
        yield b"commit refs/heads/main\nmark :%d\n" % self._mark
        yield b"committer Bench <bench@example.org> %d +0000\n" % (START + 60 * self._mark)
        yield b"data %d\n%s\n" % (len(text), text)
        for word, parent in zip([b"from", *[b"merge"] * len(parents)], parents, strict=False):
            yield b"%s :%d\n" % (word, parent)
        for path, halves in changed.items():
            data = content(path, halves)
            yield b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data)

    @property
    def last(self) -> int:
        return self._mark

    def edit(self, state: State, areas: range, half: int | None = None) -> State:
        """New versions for one to four files of these areas."""
        changed: State = {}
        for _ in range(self._random.randint(1, 4)):
            number = self._random.randrange(areas.start, areas.stop) * FOLDERS * FILES
            path = path_of(number + self._random.randrange(FOLDERS * FILES))
            upper, lower = state.get(path, (0, 0))
            which = self._random.randrange(2) if half is None else half
            changed[path] = (upper + 1, lower) if which == 0 else (upper, lower + 1)
        return changed

    def stream(self, commits: int) -> Iterator[bytes]:
        everything = {path_of(number): (0, 0) for number in range(AREAS * FOLDERS * FILES)}
        self.main = dict(everything)
        yield from self.commit(everything, [], "Begin")
        self.tip = self.last
        while self.last < commits:
            for _ in range(self._random.randint(10, 25)):
                yield from self._on_main(range(AREAS // 2))
            yield from self._side_branch(by_content=self._random.random() < 0.2)

    def _on_main(self, areas: range, half: int | None = None) -> Iterator[bytes]:
        assert self.tip is not None
        changed = self.edit(self.main, areas, half)
        self.main |= changed
        yield from self.commit(changed, [self.tip], f"Change {', '.join(changed)}\n\nLane: all")
        self.tip = self.last

    def _side_branch(self, *, by_content: bool) -> Iterator[bytes]:
        """Three commits beside main, one on main, and their merge. Areas differ, but for files merged by content."""
        assert self.tip is not None
        fork, side, brought = self.tip, dict(self.main), State()
        for _ in range(3):
            changed = self.edit(side, range(AREAS // 2, AREAS), half=1)
            side |= changed
            brought |= changed
            yield from self.commit(changed, [fork], f"Aside: {', '.join(changed)}\n\nLane: all")
            fork = self.last
        both = range(AREAS // 2, AREAS) if by_content else range(AREAS // 2)
        before = dict(self.main)
        yield from self._on_main(both, half=0)
        if by_content:
            path = next(iter(brought))
            changed = {path: (self.main[path][0] + 1, before[path][1])}
            self.main |= changed
            yield from self.commit(changed, [self.tip], f"Change {path}\n\nLane: all")
            self.tip = self.last
        merged = {path: (self.main[path][0], halves[1]) for path, halves in brought.items()}
        self.main |= merged
        yield from self.commit(merged, [self.tip, fork], "Merge a side branch")
        self.tip = self.last


def generate(where: Path, commits: int, seed: int = 1) -> Path:
    """Makes a bare repository with `main`, packed and with a commit-graph. Returns its path."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(where)], check=True)
    importer = subprocess.Popen(["git", "-C", str(where), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert importer.stdin is not None
    for piece in History(seed).stream(commits):
        importer.stdin.write(piece)
    importer.stdin.close()
    if importer.wait() != 0:
        raise SystemExit("git fast-import failed")
    subprocess.run(["git", "-C", str(where), "repack", "-adq", "--depth=20", "--window=5"], check=True)
    subprocess.run(["git", "-C", str(where), "commit-graph", "write", "--reachable"], check=True)
    return where
