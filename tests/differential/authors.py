"""Random commits: honest ones, ones with a single thing wrong, and merges of every kind.

An author knows one world and the policy that now judges. Every method answers with the id of a commit; whether it may
land is for the oracle and for lanegate to say.
"""

from __future__ import annotations

import random

from tests.differential import messages
from tests.differential.edits import Editor, first_files
from tests.differential.ground import FOLDERS
from tests.differential.plumbing import Entry, run
from tests.differential.rules import Policy
from tests.differential.rules_zones import APPEND_ONLY
from tests.differential.store import WHO, Files
from tests.differential.world import World

SIGNATURE = b"gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----\n"
LAWFUL_HEADERS = (SIGNATURE, b"change-id abcdef\n", b"HG:rename a:b\n", b"mergetag object 12\n type commit\n \n text\n")
UNLAWFUL_HEADERS = (
    SIGNATURE + SIGNATURE,
    b"encoding ISO-8859-1\n",
    b"author " + WHO + b"\n",
    b"committer " + WHO + b"\n",
)


class Author:
    """Makes commits; `policy` is set again whenever the trusted ref moves."""

    def __init__(self, world: World, rng: random.Random, policy: Policy) -> None:
        self.world = world
        self.rng = rng
        self.policy = policy
        self.editor = Editor(world, rng)

    def active(self) -> list[str]:
        return [id for id in self.policy.lanes if self.policy.is_active(id)]

    def message(self, lane: str) -> bytes:
        return messages.honest(self.rng, lane, self.policy.lanes[lane])

    def honest(self, lane: str, parent: str) -> str:
        """A commit that the lane may make."""
        files = self.world.files(parent)
        for _ in range(self.rng.choice([0, 1, 1, 1, 2, 3])):
            files = self.world.edit(files, self.editor.honest(self.policy, lane, files))
        headers = self.rng.choice(LAWFUL_HEADERS) if self.rng.random() < 0.15 else b""
        return self.commit(files, [parent], self.message(lane), headers)

    def wrong(self, lane: str, parent: str) -> str:
        """A commit, or two, with one thing that is probably not allowed."""
        rng = self.rng
        files = self.world.files(parent)
        kind = rng.choice(
            ["edit"] * 4 + ["message"] * 3 + ["object", "tree", "revert", "lane", "inactive", "octopus", "twice"]
        )
        if kind == "message":
            text = messages.wrong(rng, lane, self.policy.lanes[lane], list(self.policy.lanes))
            return self.commit(self.world.edit(files, self.editor.honest(self.policy, lane, files)), [parent], text)
        if kind == "object":
            return self._bad_object(files, parent, self.message(lane))
        if kind == "tree":
            folder = rng.choice([FOLDERS.get(lane, "src"), "src", "docs"]).encode()
            tree = self.world.store.tree(self.editor.malformed(files, folder))
            return self.world.store.commit(tree, [parent], self.message(lane))
        if kind == "lane":
            other = rng.choice(list(self.policy.lanes))
            return self.commit(
                self.world.edit(files, self.editor.honest(self.policy, lane, files)), [parent], self.message(other)
            )
        if kind == "inactive":
            lane = rng.choice([id for id in self.policy.lanes if not self.policy.is_active(id)] or [lane])
            return self.honest(lane, parent)
        if kind in ("octopus", "twice"):
            parents = [parent, parent] if kind == "twice" else [parent, *self._other_parents(parent)]
            return self.commit(files, parents, self.message(lane))
        edited = self.world.edit(files, self.editor.wrong(self.policy, lane, files))
        commit = self.commit(edited, [parent], self.message(lane))
        return self.commit(files, [commit], self.message(lane)) if kind == "revert" else commit

    def _other_parents(self, parent: str) -> list[str]:
        root = self.world.commit({b"elsewhere": b"x"}, b"Root\n")
        return [root, self.world.git.first_parent_chain(parent)[-1]]

    def _bad_object(self, files: Files, parent: str, message: bytes) -> str:
        rng, store = self.rng, self.world.store
        tree = store.tree(files)
        head = b"tree %s\nparent %s\n" % (tree.encode(), parent.encode())
        people = b"author " + WHO + b"\ncommitter " + WHO + b"\n"
        match rng.randint(0, 5):
            case 0:
                return store.commit(
                    tree, [parent], message, head=head + b"committer " + WHO + b"\nauthor " + WHO + b"\n"
                )
            case 1:
                return store.commit(tree, [parent], message + b"\0Lane: x\n")
            case 2:
                return store.commit(tree, [parent], message, head=head + b"note x\n" + people)
            case 3:
                return store.commit(tree, [parent], message, head=head + people + head)
            case _:
                return store.commit(tree, [parent], message, headers=rng.choice(UNLAWFUL_HEADERS))

    def commit(self, files: Files, parents: list[str], message: bytes, headers: bytes = b"") -> str:
        """A commit of exactly these files."""
        return self.world.store.commit(self.world.store.tree(files), parents, message, headers=headers)

    def root(self, lane: str) -> str:
        """A history of its own, mostly of files that the lane may add."""
        files = self.editor.honest(self.policy, lane, {}) or {b"src/shared/root": self.editor.text()}
        return self.commit(self.world.edit({}, files), [], self.message(lane))

    def merge(self, lane: str, ours: str, theirs: str, wrong: bool = False) -> str:
        """A merge as git makes it, conflicts resolved for the lane; wrong: with something of its own in it."""
        rng = self.rng
        merged = self.world.git.merge(ours, theirs)
        files = self.world.files(merged.tree)
        for path in sorted(merged.conflicts):
            if path in files and rng.random() < 0.9:
                files[path] = Entry("100644", self.world.store.blob(self._resolved(ours, theirs, path)))
        if not wrong:
            text = (
                self.message(lane)
                if self.world.git.decided(ours, theirs) or rng.random() < 0.3
                else b"Merge branch 'x'\n"
            )
            return self.commit(files, [ours, theirs], text)
        kind = rng.choice(["ours", "theirs", "edit", "edit", "honest", "markers", "turned", "spoilt"])
        text = rng.choice([self.message(lane), self.message(lane), b"Merge branch 'x'\n"])
        if kind in ("ours", "theirs"):
            files = self.world.files(ours if kind == "ours" else theirs)
        elif kind in ("edit", "honest"):
            make = self.editor.wrong if kind == "edit" else self.editor.honest
            files = self.world.edit(files, make(self.policy, lane, files))
        elif kind == "markers":
            files = self.world.files(merged.tree)
        elif kind == "spoilt":
            files = self.editor.malformed(files, rng.choice([b"src", b"docs"]))
        parents = [theirs, ours] if kind == "turned" else [ours, theirs]
        return self.commit(files, parents, text)

    def _resolved(self, ours: str, theirs: str, path: bytes) -> bytes:
        """New text; in an append-only zone mostly what was there, then what both sides added."""
        base = run(self.world.folder, "merge-base", ours, theirs, good=(0, 1))[1].decode().strip()
        sides = [self.world.files(side).get(path) for side in (base or None, ours, theirs)]
        if self.policy.mode(path) != APPEND_ONLY or self.rng.random() < 0.1:
            return self.editor.text()
        start, *tails = (self.world.git.object(side.id)[1] if side is not None else b"" for side in sides)
        tails = self.rng.sample([tail[len(start) :] for tail in tails], 2)
        return start + b"".join(tails) + (self.editor.text() if self.rng.random() < 0.15 else b"")

    def conflict(self, lane: str, base: str) -> tuple[str, str]:
        """Two commits of the lane on one base that change the same line of the same file, where the lane holds one."""
        files = self.world.files(base)
        own = self.editor.honest(self.policy, lane, files)
        path = next((path for path, edit in own.items() if edit is not None), b"src/app.py")
        adds = [path for path in files if self.policy.zones and self.policy.mode(path) == APPEND_ONLY]
        if adds and self.rng.random() < 0.5:
            path = self.rng.choice(adds)
        is_added_to = path in files and self.policy.mode(path) == APPEND_ONLY and self.rng.random() < 0.9
        texts = [self.editor.appended(files[path]) if is_added_to else self.editor.text() for _ in range(2)]
        sides = [self.world.edit(files, {path: text}) for text in texts]
        one, other = (self.commit(side, [base], self.message(lane)) for side in sides)
        return one, other


def start(world: World, rng: random.Random, policy: str, policy_path: bytes) -> str:
    """The tip of a project's history before lanegate: a few commits that obey nothing, then the policy."""
    commit = world.store.commit(world.store.tree(first_files(world)), [], b"Start\n")
    for number in range(rng.randint(1, 3)):
        commit = world.commit(
            {rng.choice([b"docs/a.py", b"src/old.py", b"LICENSE"]): b"%d\n" % number}, b"Old\n", commit
        )
    return world.commit({policy_path: policy.encode()}, b"Policy\n", commit)
