"""Random edits of a tree: renames, links, modes, submodules, folders that become files, odd names, malformed trees.

The oracle's own grants steer the choice, so that an honest edit is one that its lane may make and a wrong one is
mostly just beyond what it may. What is judged is still compared; a bad aim here only changes the mix.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.differential.ground import FOLDERS
from tests.differential.plumbing import Entry
from tests.differential.rules import Policy
from tests.differential.rules_zones import APPEND_ONLY, HIGH_RISK, OPEN, SHARED
from tests.differential.store import Files, RawEntry
from tests.differential.world import Edit, World

Edits = dict[bytes, Edit]

FOLDER_FILES = (
    b"a.py",
    b"b.py",
    b"c.md",
    b"d.bin",
    b"theme/dark.css",
    b"theme/deep/keep.py",
    b"vendor/v.js",
    b"secret/k",
)
OTHER_FILES = (b"README.md", b"Makefile", b"src/app.py", b"src/shared/s.py", b"src/x.rst", b"LICENSE")
NEW_NAMES = (
    b"new.py",
    b"x.md",
    b"theme/n.css",
    b"theme/deep/d.py",
    b"vendor/v2.js",
    b"secret/l",
    b"Makefile",
    b"n/e/s/t",
)
ODD_NAMES = (
    b'q"uote',
    b"sp ace",
    b"-dash",
    b"--all",
    b"\xff\xfe",
    "é".encode(),
    "e\u0301".encode(),
    b"back\\slash",
    b".gitignore",
    b".gitattributes",
    b".gitmodules",
    b"*",
    b"[a]",
    b"{lane}",
    b"a:b",
    b"nul",
    b"~x",
    b"digit",
)
BAD_NAMES = (
    b"tab\there",
    b"new\nline",
    b"\x7f",
    b".git",
    b".GIT/x",
    b"git~1",
    b".git. ",
    b".g\xe2\x80\x8cit",
    b"x\\.git\\config",
    b"A.py",
    b"a.py.",
    b"A.PY ",
    b"THEME/x",
    b"theme./x",
    b".git::$INDEX_ALLOCATION",
)
#: Names that one folder may not hold together.
TWINS = (
    (b"strasse", "straße".encode()),
    ("é".encode(), "e\u0301".encode()),
    (b"twin", b"TWIN"),
    (b"twin", b"twin. ."),
    ("\u01c5".encode(), "\u01c6".encode()),
    (b"\xff\xfe", b"\xff\xfe."),
)


def first_files(world: World) -> Files:
    """The project that every history starts from."""
    names = [f"{folder}/".encode() + name for folder in FOLDERS.values() for name in FOLDER_FILES]
    text = b"".join(b"line %d\n" % number for number in range(12))
    return {name: world.regular(b"\0\1" + text if name.endswith(b".bin") else text) for name in [*names, *OTHER_FILES]}


class Editor:
    """Random edits in one world, from one source of randomness."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self.rng = rng
        self._counter = 0
        #: Whether a lane has the lock on a path; whoever keeps locks sets it.
        self.holds: Callable[[str, bytes], bool] = lambda _lane, _path: True

    def text(self) -> bytes:
        self._counter += 1
        return b"text %d\n" % self._counter

    def content(self, path: bytes) -> bytes:
        """Content for a new file; of files that git itself reads, such as would change what naive readers see."""
        if path.endswith(b".gitattributes"):
            return b"* merge=ours -diff\n*.py merge=union\n* text eol=crlf\n" + b"# " + self.text()
        if path.endswith(b".gitmodules"):
            return b'[submodule "x"]\n\tpath = src/sub\n\turl = ../x\n\tignore = all\n# ' + self.text()
        return self.text()

    def honest(self, policy: Policy, lane: str, files: Files) -> Edits:
        """An edit that the lane may make; none when it holds nothing here."""
        rng = self.rng
        if not policy.zones:
            return self._granted(policy, lane, files)
        grants = self._grants(policy, lane, [*files])
        free = [path for path in files if grants[path] != "out" and policy.mode(path) in OPEN]
        if free and rng.random() < 0.25:
            path = rng.choice(free)
            edits = self._edit(path, [], files, grants)
        else:
            edits = self._granted(policy, lane, files)
        return self._heeded(policy, lane, files, edits)

    def _heeded(self, policy: Policy, lane: str, files: Files, edits: Edits) -> Edits:
        """The edits as zones mostly let them pass."""
        heeded: Edits = {}
        for path, edit in edits.items():
            mode = policy.mode(path) if not {b"", b".", b"..", b".git"} & set(path.split(b"/")) else None
            if self.rng.random() < 0.08 or mode in (None, SHARED):
                heeded[path] = edit
            elif mode == APPEND_ONLY:
                heeded[path] = self.appended(files.get(path))
            elif mode == HIGH_RISK and (self.holds(lane, path) or self.rng.random() < 0.15):
                heeded[path] = edit
        return heeded

    def appended(self, entry: Entry | None) -> Edit:
        """A file with a line more at its end."""
        if entry is None or entry.mode not in ("100644", "100755"):
            return self.text()
        return Entry(entry.mode, self.world.store.blob(self.world.git.object(entry.id)[1] + self.text()))

    def _granted(self, policy: Policy, lane: str, files: Files) -> Edits:
        """An edit that the grants of a lane let pass."""
        rng = self.rng
        news = self._new_paths(files, [*ODD_NAMES] if rng.random() < 0.15 else [*NEW_NAMES])
        grants = self._grants(policy, lane, [*files, *news])
        mine = [path for path in files if grants[path] == "PRIMARY" and not path.startswith(b"policy/")]
        shared = [path for path in files if grants[path] == "MODIFY" and files[path].mode in ("100644", "100755")]
        free = [path for path in news if grants[path] == "PRIMARY" and not _is_in_the_way(path, files)]
        if shared and (not mine or rng.random() < 0.25):
            path = rng.choice(shared)
            return {path: self._touched(files[path])}
        if free and (not mine or rng.random() < 0.3):
            path = rng.choice(free)
            return {path: self._thing(path, files, grants)}
        if not mine:
            return {}
        if rng.random() < 0.15:
            return self._moved_folder(policy, lane, rng.choice(mine), files)
        return self._edit(rng.choice(mine), free, files, grants)

    def _moved_folder(self, policy: Policy, lane: str, path: bytes, files: Files) -> Edits:
        """The folder of a path under another name beside or in it, when the lane holds all of both."""
        folder = path.rpartition(b"/")[0]
        new = folder + self.rng.choice([b"2", b"/sub", b"-moved"])
        moves = {one: new + one[len(folder) :] for one in files if folder and one.startswith(folder + b"/")}
        grants = self._grants(policy, lane, [*moves, *moves.values()])
        if set(grants.values()) != {"PRIMARY"}:
            return {path: None}
        return {**dict.fromkeys(moves, None), **{target: files[one] for one, target in moves.items()}}

    def wrong(self, policy: Policy, lane: str, files: Files) -> Edits:
        """An edit somewhere that the lane does not hold, or of a kind or name that it may not make."""
        rng = self.rng
        if rng.random() < 0.2:
            return self._bad_name(policy, lane, files)
        zoned = [path for path in files if policy.zones and policy.zone(path) is not None]
        if zoned and rng.random() < 0.3:
            return self._edit(rng.choice(zoned), [], files, self._grants(policy, lane, [*files]))
        news = self._new_paths(files, [*NEW_NAMES])
        grants = self._grants(policy, lane, [*files, *news])
        kinds = sorted({grants[path] for path in files} - {"PRIMARY"})
        kind = rng.choice([*kinds, "MODIFY"] if "MODIFY" in kinds else kinds or ["PRIMARY"])
        foreign = [path for path in files if grants[path] == kind]
        if rng.random() < 0.2 or not foreign:
            mine = [path for path in [*files, *news] if grants[path] == "PRIMARY"]
            return {rng.choice(mine or [b"stray"]): self.world.link(rng.choice(self._targets(list(files))))}
        if rng.random() < 0.2:
            return {rng.choice([path for path in news if grants[path] != "PRIMARY"] or [b"stray"]): self.text()}
        free = [path for path in news if grants[path] == "PRIMARY"]
        return self._edit(rng.choice(foreign), free, files, grants, rng.choice([None, "delete", "mode"]))

    def _edit(
        self, path: bytes, free: list[bytes], files: Files, grants: dict[bytes, str], kind: str | None = None
    ) -> Edits:
        rng, entry = self.rng, files[path]
        kind = kind or rng.choice(
            ["content"] * 5 + ["delete", "rename", "rename", "mode", "link", "submodule", "folder", "unfold"]
        )
        if kind == "delete":
            return {path: None}
        if kind == "rename" and free:
            return {path: None, rng.choice(free): entry}
        if kind == "mode" and entry.mode in ("100644", "100755"):
            return {path: Entry("100755" if entry.mode == "100644" else "100644", entry.id)}
        if kind == "link":
            return {path: self._thing(path, files, grants, link=True)}
        if kind == "submodule":
            return {path: self.world.submodule(rng.randint(0, 9))}
        if kind == "folder":
            return {path + b"/inside": self.text()}
        if kind == "unfold" and b"/" in path and rng.random() < 0.3:
            folder = path.rpartition(b"/")[0]
            return {**{one: None for one in files if one.startswith(folder + b"/")}, folder: self.text()}
        return {path: self._touched(entry)}

    def _touched(self, entry: Entry) -> Edit:
        """The same file with one of its lines changed, so that merges sometimes conflict and sometimes do not."""
        if entry.mode == "160000":
            return self.world.submodule(self.rng.randint(0, 9))
        lines = self.world.git.object(entry.id)[1].split(b"\n")
        lines[self.rng.randrange(len(lines))] = self.text().rstrip(b"\n")
        return Entry(entry.mode if entry.mode != "120000" else "100644", self.world.store.blob(b"\n".join(lines)))

    def _thing(self, path: bytes, files: Files, grants: dict[bytes, str], link: bool = False) -> Edit:
        rng = self.rng
        if link or rng.random() < 0.2:
            allowed = [path for path in files if grants[path] in ("PRIMARY", "MODIFY", "READ")]
            # Root files hold no folder to climb from, so a target is written for a link two folders down or less.
            return self.world.link(rng.choice(self._targets(allowed) if allowed else [b"a.py"]))
        if rng.random() < 0.1:
            return self.world.submodule(rng.randint(0, 9))
        return self.world.regular(self.content(path), rng.choice(["100644", "100644", "100755"]))

    def _targets(self, paths: list[bytes]) -> list[bytes]:
        path = self.rng.choice(paths)
        name = path.rpartition(b"/")[2]
        up = [b"../" + path, b"../../" + path, b"../../../" + path]
        odd = [
            b"/" + path,
            b"..",
            b".",
            b"",
            b"/etc/passwd",
            b"../.git/config",
            b"../../../../x",
            b"a//./b.py",
            b"x/../../..",
        ]
        return [*up, *up, name, b"./" + name, b"../" + name, *(odd if self.rng.random() < 0.3 else [])]

    def _bad_name(self, policy: Policy, lane: str, files: Files) -> Edits:
        folder = FOLDERS.get(lane, "src").encode()
        if self.rng.random() < 0.3:
            one, other = self.rng.choice(TWINS)
            return {folder + b"/" + one: b"x", folder + b"/" + other: b"y"}
        name = self.rng.choice([*BAD_NAMES, *ODD_NAMES])
        return {folder + b"/" + name: self.text()}

    def _new_paths(self, files: Files, names: list[bytes]) -> list[bytes]:
        paths = [f"{folder}/".encode() + name for folder in FOLDERS.values() for name in names]
        return [path for path in [*paths, *names, b"src/" + names[0], b"policy/other"] if path not in files]

    def _grants(self, policy: Policy, lane: str, paths: list[bytes]) -> dict[bytes, str]:
        sound = {path for path in paths if not {b"", b".", b"..", b".git"} & set(path.split(b"/"))}
        policy.prepare(sound)
        return {path: policy.grant(lane, path) if path in sound else "-" for path in paths}

    def malformed(self, files: Files, folder: bytes) -> Files:
        """The files with the raw tree of one folder spoilt."""
        below = {path: entry for path, entry in files.items() if path.startswith(folder + b"/")}
        if not below:
            return files
        inner = {path[len(folder) + 1 :]: entry for path, entry in below.items()}
        spoils: list[Callable[[list[RawEntry]], list[RawEntry]]] = [
            lambda entries: entries[::-1],
            lambda entries: [entries[0], *entries],
            lambda entries: [*entries, (b"100644", entries[-1][1], self.world.store.blob(self.text()))],
            lambda entries: [(b"100664", entries[0][1], entries[0][2]), *entries[1:]],
            lambda entries: [(b"0" + mode if mode == b"40000" else mode, name, id) for mode, name, id in entries],
            lambda entries: [(b"100644", b".", self.world.store.blob(b"x")), *entries],
            lambda entries: [(b"100644", b"..", self.world.store.blob(b"x")), *entries],
            lambda entries: [(b"100644", b"a/x", self.world.store.blob(b"x")), *entries],
            lambda entries: [*entries, (b"40000", b"~empty", self.world.store.raw_tree([]))],
        ]
        tree = self.world.store.tree(inner, self.rng.choice(spoils))
        return {**{path: entry for path, entry in files.items() if path not in below}, folder: Entry("40000", tree)}


def _is_in_the_way(path: bytes, files: Files) -> bool:
    parts = path.split(b"/")
    above = {b"/".join(parts[:number]) for number in range(1, len(parts))}
    return any(other in above or other.startswith(path + b"/") for other in files)
