"""Merges: what a merge commit changes by itself, and what it brings from both sides (THREATS: "Merges")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.attack_support import (
    BY_SSH,
    GITLINK,
    LANE,
    MAIN,
    PLAIN_POLICY,
    PUSHER_POLICY,
    SYMLINK,
    Arena,
    arena,
    as_pusher,
    blob,
    commit_tree,
    commit_with,
    tree_with,
)
from tests.support import FILES, POLICY_PATH, Ran

CORE = "refs/heads/lane/core"
#: Files long enough for git to see a rename or to merge two distant lines.
LINES = "".join(f"line {number}\n" for number in range(20))
MORE: Mapping[str, str] = {
    **FILES,
    "src/ui/long.py": LINES,
    "src/core/long.py": LINES,
    "src/app.py": LINES,
    "src/core/old/a.py": LINES + "a\n",
    "src/core/old/b.py": LINES + "b\n",
}
AS_UI, AS_CORE = "Merge\n\nLane: ui\n", "Merge\n\nLane: core\n"
AS_DOCS = "Merge\n\nLane: docs\nTask: T-12\n"
Side = Mapping[bytes, tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Fork:
    """main moved on to `landed` (lane core), lane ui to `mine`, both from the same commit."""

    at: Arena
    landed: str
    mine: str

    def merge(self, changed: Side | None = None, message: str = "Merge ui\n") -> str:
        """git's own merge of the lane into main, then `changed` on top, in one merge commit."""
        merged = self.at.clone.git("merge-tree", "--write-tree", self.landed, self.mine, check=False).out.split("\n")[0]
        made = commit_tree(self.at.clone, merged, self.landed, self.mine, message="x\n")
        tree = tree_with(self.at.clone, made, changed or {})
        return commit_tree(self.at.clone, tree, self.landed, self.mine, message=message)

    def blob(self, content: str = "x\n") -> tuple[str, str]:
        return "100644", blob(self.at.clone, content)


def fork(folder: Path, core: dict[bytes, str] | None = None, ui: dict[bytes, str] | None = None) -> Fork:
    """Two lanes that changed files of their own; both on the server, core landed on main. core, ui: what they wrote."""
    at = arena(folder, files=MORE)
    theirs = {path: ("100644", blob(at.clone, text)) for path, text in (core or {b"src/core/new.py": "new\n"}).items()}
    ours = {path: ("100644", blob(at.clone, text)) for path, text in (ui or {b"src/ui/new.py": "new\n"}).items()}
    landed = commit_with(at.clone, theirs, message="Core\n\nLane: core\n")
    mine = commit_with(at.clone, ours, message="Ui\n\nLane: ui\n")
    at.accepts(f"{landed}:{MAIN}", f"{mine}:{LANE}")
    return Fork(at, landed, mine)


def test_a_clean_merge_needs_no_lane(tmp_path: Path) -> None:
    two = fork(tmp_path)
    two.at.accepts(f"{two.merge()}:{MAIN}")


def test_a_real_git_merge_of_two_lanes(tmp_path: Path) -> None:
    two = fork(tmp_path)
    two.at.clone.git("fetch", "-q", "origin")
    two.at.clone.git("reset", "-q", "--hard", "origin/main")
    two.at.clone.git("merge", "-q", "--no-ff", "-m", "Merge lane ui", "origin/lane/ui")
    two.at.accepts("HEAD:main")


def test_a_lane_merges_main_into_itself(tmp_path: Path) -> None:
    two = fork(tmp_path)
    merged = two.at.clone.out("merge-tree", "--write-tree", two.mine, two.landed)
    two.at.accepts(f"{commit_tree(two.at.clone, merged, two.mine, two.landed, message='Catch up')}:{LANE}")


def test_an_evil_merge_changes_what_neither_side_did(tmp_path: Path) -> None:
    two = fork(tmp_path)
    evil = {b"src/core/index.py": two.blob("evil\n")}
    two.at.refuses(f"{two.merge(evil)}:{MAIN}", codes=["LG201"])
    two.at.refuses(f"{two.merge(evil, AS_UI)}:{MAIN}", codes=["LG101"])
    own = {b"src/ui/search.py": two.blob("mended\n")}
    two.at.refuses(f"{two.merge(own)}:{MAIN}", codes=["LG201"])
    two.at.accepts(f"{two.merge(own, AS_UI)}:{MAIN}")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({b"src/core/index.py": None}, "LG101"),
        ({b"src/core/evil.py": ("100644", "")}, "LG101"),
        ({b"src/core/index.py": ("100755", "")}, "LG101"),
        ({b"src/core/sub": (GITLINK, "1" * 40)}, "LG101"),
        ({b"src/app.py": None}, "LG102"),
        ({b"src/app.py": ("100644", "")}, None),
        ({b"policy/lanegate.toml": ("100644", "")}, "LG101"),
        ({b"src/ui/vendor/x": ("100644", "")}, "LG104"),
        ({b".gitattributes": ("100644", "")}, "LG103"),
        ({b"src/ui/link": (SYMLINK, "")}, "LG101"),
    ],
)
def test_what_a_merge_changes_by_itself_is_judged_as_an_edit(tmp_path: Path, changed: Side, code: str | None) -> None:
    two = fork(tmp_path)
    filled = {path: side and (side[0], side[1] or blob(two.at.clone, "/etc/passwd")) for path, side in changed.items()}
    commit = two.merge(filled, AS_UI)
    if code:
        two.at.refuses(f"{commit}:{LANE}", codes=[code])
    else:
        two.at.accepts(f"{commit}:{LANE}")


def test_a_merge_with_strategy_ours_silently_reverts_accepted_work(tmp_path: Path) -> None:
    """Its combined diff is empty, since its tree is one parent's; it takes back what core landed."""
    two = fork(tmp_path)
    two.at.clone.git("checkout", "-q", "-B", "work", two.mine)
    two.at.clone.git("merge", "-q", "-s", "ours", "-m", "Merge main", two.landed)
    assert two.at.clone.out("diff-tree", "-c", "--name-only", "-r", "HEAD") == two.at.clone.head()
    two.at.refuses(f"HEAD:{LANE}", codes=["LG201"])
    two.at.clone.git("commit", "-q", "--amend", "-m", "Merge main\n\nLane: ui")
    two.at.refuses(f"HEAD:{LANE}", codes=["LG101"])


def test_a_merge_that_keeps_only_the_old_main(tmp_path: Path) -> None:
    """`-s ours` the other way: the lane counts as merged, and its work is gone."""
    two = fork(tmp_path)
    tree = two.at.clone.out("rev-parse", f"{two.landed}^{{tree}}")
    for lane, code in (("", "LG201"), ("core", "LG101")):
        message = f"Merge ui\n\nLane: {lane}\n" if lane else "Merge ui\n"
        commit = commit_tree(two.at.clone, tree, two.landed, two.mine, message=message)
        two.at.refuses(f"{commit}:{MAIN}", codes=[code])
    dropped = commit_tree(two.at.clone, tree, two.landed, two.mine, message="Drop it\n\nLane: ui\n")
    two.at.accepts(f"{dropped}:{MAIN}")


def test_commits_that_a_merge_brings_are_judged_each(tmp_path: Path) -> None:
    two = fork(tmp_path)
    bad = commit_with(two.at.clone, {b"src/core/x.py": two.blob()}, two.mine)
    back = commit_with(two.at.clone, {b"src/core/x.py": None}, bad)
    hidden = Fork(two.at, two.landed, back)
    two.at.refuses(f"{hidden.merge()}:{MAIN}", codes=["LG101"])


def conflicting(folder: Path) -> Fork:
    """Both lanes changed the same line of src/app.py, which core owns and ui may modify."""
    return fork(folder, core={b"src/app.py": "core\n" + LINES}, ui={b"src/app.py": "ui\n" + LINES})


def test_a_conflict_resolved_within_the_grant(tmp_path: Path) -> None:
    two = conflicting(tmp_path)
    both = {b"src/app.py": two.blob("core\nui\n" + LINES)}
    two.at.refuses(f"{two.merge(both)}:{MAIN}", codes=["LG201"])
    two.at.accepts(f"{two.merge(both, AS_UI)}:{MAIN}")


def test_a_conflict_is_never_a_clean_merge(tmp_path: Path) -> None:
    """Committing what git wrote, markers and all, or one side as it is, is a decision that somebody answers for."""
    two = conflicting(tmp_path)
    two.at.refuses(f"{two.merge()}:{MAIN}", codes=["LG201"])
    for side in (two.landed, two.mine):
        kept = {b"src/app.py": ("100644", two.at.clone.out("rev-parse", f"{side}:src/app.py"))}
        two.at.refuses(f"{two.merge(kept)}:{MAIN}", codes=["LG201"])
        two.at.refuses(f"{two.merge(kept, AS_DOCS)}:{MAIN}", codes=["LG101"])
    two.at.refuses(f"{two.merge({b'src/app.py': None}, AS_UI)}:{MAIN}", codes=["LG102"])


def test_a_conflict_git_leaves_without_markers(tmp_path: Path) -> None:
    """Of binary files git keeps one side: taking it as it lies would revert the other without a word."""
    two = fork(tmp_path, core={b"src/app.py": "core\0"}, ui={b"src/app.py": "ui\0"})
    two.at.refuses(f"{two.merge()}:{MAIN}", codes=["LG201"])
    two.at.accepts(f"{two.merge({}, AS_CORE)}:{MAIN}")


def test_a_conflict_of_deletion_and_change(tmp_path: Path) -> None:
    at = arena(tmp_path, files=MORE)
    landed = commit_with(at.clone, {b"src/app.py": None}, message="Core\n\nLane: core\n")
    mine = commit_with(at.clone, {b"src/app.py": ("100644", blob(at.clone, "ui\n"))})
    at.accepts(f"{landed}:{MAIN}", f"{mine}:{LANE}")
    two = Fork(at, landed, mine)
    at.refuses(f"{two.merge()}:{MAIN}", codes=["LG201"])
    at.refuses(f"{two.merge({b'src/app.py': None}, AS_UI)}:{MAIN}", codes=["LG102"])
    at.accepts(f"{two.merge({b'src/app.py': None}, AS_CORE)}:{MAIN}")


def _push_conflict(two: Fork, pusher: str, commit: str, ref: str = MAIN) -> Ran:
    return two.at.clone.push(f"{commit}:{ref}", env=as_pusher(pusher))


def test_an_integrator_resolves_conflicts_and_nothing_else(tmp_path: Path) -> None:
    at = arena(tmp_path, PUSHER_POLICY, files=MORE, config=BY_SSH)
    landed = commit_with(
        at.clone, {b"src/app.py": ("100644", blob(at.clone, "core\n"))}, message="Core\n\nLane: core\n"
    )
    mine = commit_with(at.clone, {b"src/app.py": ("100644", blob(at.clone, "ui\n"))})
    at.accepts(f"{landed}:{MAIN}", env=as_pusher("ana"))
    at.accepts(f"{mine}:{LANE}", env=as_pusher("bob"))
    two = Fork(at, landed, mine)
    solved = {b"src/app.py": two.blob("both\n")}
    message = "Merge\n\nLane: core\n"
    more = two.merge({**solved, b"docs/guide.md": two.blob()}, message)
    at.refuses(f"{more}:{MAIN}", codes=["LG101"], env=as_pusher("ana"))
    at.refuses(f"{two.merge(solved, message)}:{MAIN}", codes=["LG202"], env=as_pusher("bob"))
    at.accepts(f"{two.merge(solved, message)}:{MAIN}", env=as_pusher("ana"))


def test_an_integrator_resolves_without_a_grant(tmp_path: Path) -> None:
    """bob owns ui only, and may land conflicts of core and docs once he is an integrator."""
    text = PUSHER_POLICY.replace('integrator = ["ana"]', 'integrator = ["bob"]').replace(
        'read_paths = ["/src/"]', 'modify_paths = ["/src/app.py"]'
    )
    at = arena(tmp_path, text, files=MORE, config=BY_SSH)
    landed = commit_with(at.clone, {b"src/app.py": ("100644", blob(at.clone, "a\n"))}, message="C\n\nLane: core\n")
    theirs = commit_with(
        at.clone, {b"src/app.py": ("100644", blob(at.clone, "b\n"))}, message="[W1] D\n\nLane: docs\nTask: T-12\n"
    )
    at.accepts(f"{landed}:{MAIN}", env=as_pusher("ana"))
    at.accepts(f"{theirs}:refs/heads/lane/docs", env=as_pusher("cy"))
    two = Fork(at, landed, theirs)
    solved = two.merge({b"src/app.py": two.blob("ab\n")}, AS_UI)
    elsewhere = two.merge({b"src/app.py": two.blob("ab\n"), b"docs/guide.md": two.blob()}, AS_UI)
    at.refuses(f"{elsewhere}:{MAIN}", codes=["LG101"], env=as_pusher("bob"))
    at.accepts(f"{solved}:{MAIN}", env=as_pusher("bob"))


def test_attributes_do_not_bend_the_mechanical_merge(tmp_path: Path) -> None:
    """`merge=ours` and `merge=union` in the tree, in the server's info or in its config count for nothing."""
    two = conflicting(tmp_path)
    info = two.at.server.path / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text("* merge=union\n")
    two.at.server.config("merge.renames", "false")
    two.at.server.config("merge.union.driver", "true")
    union = {b"src/app.py": two.blob("core\nui\n" + LINES)}
    two.at.refuses(f"{two.merge(union)}:{MAIN}", codes=["LG201"])
    two.at.accepts(f"{two.merge(union, AS_UI)}:{MAIN}")


def test_attributes_of_the_tree_do_not_either(tmp_path: Path) -> None:
    at = arena(tmp_path, files={**MORE, ".gitattributes": "* merge=union\n", "src/.gitattributes": "* merge=ours\n"})
    landed = commit_with(at.clone, {b"src/app.py": ("100644", blob(at.clone, "core\n" + LINES))}, message=AS_CORE)
    mine = commit_with(at.clone, {b"src/app.py": ("100644", blob(at.clone, "ui\n" + LINES))}, message=AS_UI)
    at.accepts(f"{landed}:{MAIN}", f"{mine}:{LANE}")
    two = Fork(at, landed, mine)
    for content in ("core\nui\n", "core\n", "ui\n"):
        at.refuses(f"{two.merge({b'src/app.py': two.blob(content + LINES)})}:{MAIN}", codes=["LG201"])
    at.accepts(f"{two.merge({b'src/app.py': two.blob(LINES)}, AS_UI)}:{MAIN}")


def moved_folder(folder: Path, theirs: dict[bytes, str], *, text: str = PLAIN_POLICY, lane: str = "core") -> Fork:
    """core moved src/core/old to src/core/new and landed; a lane wrote `theirs` beside, from the same start."""
    at = arena(folder, text, files=MORE)
    moved: dict[bytes, tuple[str, str] | None] = {}
    for name in (b"a.py", b"b.py"):
        oid = at.clone.out("rev-parse", f"HEAD:src/core/old/{name.decode()}")
        moved |= {b"src/core/old/" + name: None, b"src/core/new/" + name: ("100644", oid)}
    landed = commit_with(at.clone, moved, message="Move\n\nLane: core\n")
    written = {path: ("100644", blob(at.clone, text)) for path, text in theirs.items()}
    mine = commit_with(at.clone, written, message=f"Write\n\nLane: {lane}\n")
    at.accepts(f"{landed}:{MAIN}", f"{mine}:refs/heads/lane/{lane}")
    return Fork(at, landed, mine)


def test_a_merge_follows_renames_as_git_does(tmp_path: Path) -> None:
    """An edit of the old name arrives under the new one, and where the same lane owns both nobody answers for that."""
    two = moved_folder(tmp_path, {b"src/core/old/a.py": LINES + "a2\n"})
    merge = two.merge()
    assert two.at.clone.out("show", f"{merge}:src/core/new/a.py").endswith("a2")
    two.at.accepts(f"{merge}:{MAIN}")


def test_a_merge_that_takes_an_edit_to_another_lanes_file_is_a_decision(tmp_path: Path) -> None:
    """ui may change the old name, and not the new one: the merge says whose the change there is."""
    shared = PLAIN_POLICY.replace('modify_paths = ["/src/app.py"]', 'modify_paths = ["/src/app.py", "/src/core/old/"]')
    two = moved_folder(tmp_path, {b"src/core/old/a.py": LINES + "a2\n"}, text=shared, lane="ui")
    merge = two.merge()
    said = two.at.refuses(f"{merge}:{MAIN}", codes=["LG201"]).err
    assert "this merge decides about src/core/new/a.py: git reports a conflict there, or takes a change there" in said
    two.at.refuses(f"{two.merge({}, AS_UI)}:{MAIN}", codes=["LG101"])
    two.at.accepts(f"{two.merge({}, AS_CORE)}:{MAIN}")


@pytest.mark.parametrize(("target", "alone"), [("docs/guide.md", []), (POLICY_PATH, ["LG701"])])
def test_a_rename_that_never_was(tmp_path: Path, target: str, alone: list[str]) -> None:
    """A base of one's own making with a file like the target in it: deleted on a branch that has the target, changed on
    another one, so that git takes the change along to the target, by clean merges of commits that never touch it."""
    at = arena(tmp_path, files={**FILES, "docs/guide.md": LINES})
    main = at.clone.head()
    content = at.clone.out("show", f"HEAD:{target}") + "\n"
    at.clone.git("checkout", "-q", "--orphan", "own")
    at.clone.git("rm", "-q", "-r", "-f", ".")
    start = at.clone.change({"src/ui/y.py": content}, lane="ui")
    at.clone.git("merge", "-q", "--no-edit", "--allow-unrelated-histories", main)
    deleted = at.clone.change({"src/ui/y.py": None, "src/ui/new.py": "new\n"}, lane="ui")
    at.clone.git("checkout", "-q", "--detach", start)
    changed = at.clone.change({"src/ui/y.py": content + "# ui was here\n"}, lane="ui")
    at.clone.git("checkout", "-q", "--detach", main)
    at.clone.git("merge", "-q", "--no-ff", "--no-edit", deleted)
    honest = at.clone.head()
    at.clone.git("merge", "-q", "--no-ff", "--no-edit", changed)
    assert at.clone.out("show", f"HEAD:{target}").endswith("# ui was here")
    at.refuses(f"HEAD:{MAIN}", codes=["LG201", *alone])
    at.clone.git("commit", "-q", "--amend", "--no-verify", "-m", AS_UI)
    at.refuses(f"HEAD:{MAIN}", codes=["LG101", *alone])
    at.accepts(f"{honest}:{MAIN}")


def test_a_merge_that_follows_a_renamed_folder_is_a_decision(tmp_path: Path) -> None:
    """git only suggests where a file added to the old folder belongs, and calls it a conflict."""
    two = moved_folder(tmp_path, {b"src/core/old/c.py": "c\n"})
    two.at.refuses(f"{two.merge()}:{MAIN}", codes=["LG201"])
    two.at.refuses(f"{two.merge({}, AS_UI)}:{MAIN}", codes=["LG101"])
    two.at.accepts(f"{two.merge({}, AS_CORE)}:{MAIN}")


def test_a_criss_cross_history(tmp_path: Path) -> None:
    two = fork(tmp_path)
    at = two.at
    merged = at.clone.out("merge-tree", "--write-tree", two.landed, two.mine)
    left = commit_tree(at.clone, merged, two.landed, two.mine, message="Left\n")
    right = commit_tree(at.clone, merged, two.mine, two.landed, message="Right\n")
    left = commit_with(at.clone, {b"src/core/l.py": two.blob()}, left, message="L\n\nLane: core\n")
    right = commit_with(at.clone, {b"src/ui/r.py": two.blob()}, right, message="R\n\nLane: ui\n")
    at.accepts(f"{left}:{MAIN}", f"{right}:{LANE}")
    cross = Fork(at, left, right)
    assert len(at.clone.out("merge-base", "--all", left, right).split()) == 2
    at.refuses(f"{cross.merge({b'src/core/l.py': None})}:{MAIN}", codes=["LG201"])
    at.refuses(f"{cross.merge({b'src/core/l.py': None}, AS_UI)}:{MAIN}", codes=["LG101"])
    at.accepts(f"{cross.merge()}:{MAIN}")


def test_an_octopus(tmp_path: Path) -> None:
    two = fork(tmp_path)
    third = commit_with(two.at.clone, {b"src/ui/third.py": two.blob()})
    merged = two.at.clone.out("rev-parse", f"{two.merge()}^{{tree}}")
    octopus = commit_tree(two.at.clone, merged, two.landed, two.mine, third, message="Merge three\n\nLane: ui\n")
    two.at.refuses(f"{octopus}:{MAIN}", codes=["LG603"])


def test_unrelated_histories(tmp_path: Path) -> None:
    """Merged with an empty base: what the other root brings is judged in its own commits."""
    at = arena(tmp_path)
    only = tree_with(at.clone, "HEAD", dict.fromkeys(at.clone.out("ls-files").encode().splitlines()))
    at.clone.git("checkout", "-q", "--orphan", "other")
    foreign = commit_tree(at.clone, only, message="Root\n\nLane: ui\n")
    foreign = commit_with(at.clone, {b"src/ui/imported.py": ("100644", blob(at.clone))}, foreign)
    main = at.server.tip() or ""
    merged = tree_with(at.clone, main, {b"src/ui/imported.py": ("100644", blob(at.clone))})
    evil = tree_with(at.clone, main, {b"src/ui/imported.py": ("100644", blob(at.clone)), b"docs/guide.md": None})
    at.refuses(f"{commit_tree(at.clone, evil, main, foreign, message='Import')}:{MAIN}", codes=["LG201"])
    at.refuses(f"{commit_tree(at.clone, evil, main, foreign, message=AS_UI)}:{MAIN}", codes=["LG101"])
    at.accepts(f"{commit_tree(at.clone, merged, main, foreign, message='Import')}:{MAIN}")


def test_a_merge_with_an_ancestor(tmp_path: Path) -> None:
    """Both parents on one line: git's own merge is the younger one as it is."""
    two = fork(tmp_path)
    base = two.at.clone.out("rev-parse", f"{two.landed}^")
    younger = two.at.clone.out("rev-parse", f"{two.landed}^{{tree}}")
    older = two.at.clone.out("rev-parse", f"{base}^{{tree}}")
    evil = commit_tree(two.at.clone, older, two.landed, base, message="Merge\n")
    two.at.refuses(f"{evil}:{MAIN}", codes=["LG201"])
    clean = commit_tree(two.at.clone, younger, two.landed, base, message="Merge\n")
    two.at.accepts(f"{clean}:{MAIN}")


def test_a_merge_of_a_forked_policy_takes_nothing_back(tmp_path: Path) -> None:
    """A lane branched off before main's policy changed; its merge brings main's policy, not its own old one."""
    at = arena(tmp_path)
    old = at.clone.head()
    text = (at.clone.path / "policy/lanegate.toml").read_text()
    newer = text.replace('read_paths = ["/src/core/"]\n', "")
    at.clone.change({"policy/lanegate.toml": newer}, "Narrow", lane="core")
    at.accepts("HEAD:main")
    landed = at.clone.head()
    mine = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))}, old)
    two = Fork(at, landed, mine)
    back = {b"policy/lanegate.toml": ("100644", at.clone.out("rev-parse", f"{old}:policy/lanegate.toml"))}
    at.refuses(f"{two.merge(back)}:{MAIN}", codes=["LG201", "LG701"])
    at.refuses(f"{two.merge(back, AS_UI)}:{MAIN}", codes=["LG101", "LG701"])
    at.accepts(f"{two.merge()}:{MAIN}")
    assert at.server.out("show", f"{MAIN}:policy/lanegate.toml") == newer.removesuffix("\n")
