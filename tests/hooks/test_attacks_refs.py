"""Refs: side doors, rewinds, tags, look-alikes, and several lines in one push (docs/judgement.md, "A ref update")."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack_support import LANE, MAIN, Arena, arena, blob, commit_tree, commit_with, hash_object
from tests.support import LANES, policy, run

REFS = """
[[refs]]
name = "refs/heads/main"
[[refs]]
name = "refs/heads/lane/{lane}"
force = true
delete = true
[[refs]]
name = "refs/heads/strict/*"
[[refs]]
name = "refs/heads/loose/**"
force = true
delete = true
[[refs]]
name = "refs/tags/moving/*"
force = true
delete = true
[[refs]]
name = "refs/tags/*"
[[refs]]
name = "refs/for/**"
"""
TEXT = policy(people="", refs=REFS)
LANE_RULE = '[[refs]]\nname = "refs/heads/lane/{lane}"\n'
WIDE = policy(people="", refs=LANE_RULE + '[[refs]]\nname = "refs/**"\nforce = true\ndelete = true\n')


def honest_commit(at: Arena, *parents: str) -> str:
    return commit_with(at.clone, {b"src/ui/x": ("100644", blob(at.clone))}, *parents)


#: (name of a ref to create with an honest commit, code or None).
CREATIONS = [
    (LANE, None),
    ("refs/heads/strict/a", None),
    ("refs/heads/loose/a/b/c", None),
    ("refs/heads/loose/-x", None),
    ("refs/heads/loose/--upload-pack=x", None),
    ("refs/heads/loose/ünï", None),
    ("refs/heads/loose/$(id);x&'\"", None),
    ("refs/heads/loose/\udcff", None),
    ("refs/for/main", None),
    ("refs/heads/strict/a/b", "LG601"),
    ("refs/heads/unnamed", "LG601"),
    ("refs/heads/lane/nobody", "LG601"),
    ("refs/heads/lane/UI", "LG601"),
    ("refs/heads/lane/ui/x", "LG601"),
    ("refs/heads/Main", "LG601"),
    ("refs/heads/MAIN", "LG601"),
    ("refs/notes/commits", "LG601"),
    ("refs/replace/" + "1" * 40, "LG601"),
    ("refs/lanegate/ledger", "LG305"),
    ("refs/lanegate/Ledger", "LG601"),
    ("refs/lanegate/locks", "LG407"),
    ("refs/lanegate/Locks", "LG601"),
    ("refs/pull/1/head", "LG601"),
    ("refs/remotes/origin/main", "LG601"),
    ("refs/stash", "LG601"),
    ("refs/bisect/bad", "LG601"),
    ("refs/x", "LG601"),
]


@pytest.mark.parametrize(
    ("ref", "code"), CREATIONS, ids=[ref.encode("ascii", "replace").decode() for ref, _ in CREATIONS]
)
def test_creation(tmp_path: Path, ref: str, code: str | None) -> None:
    at = arena(tmp_path, TEXT)
    commit = honest_commit(at)
    if code:
        at.refuses(f"{commit}:{ref}", codes=[code])
    else:
        at.accepts(f"{commit}:{ref}")
        assert at.server.tip(ref) == commit


@pytest.mark.parametrize(
    "ref", ["refs/replace/" + "1" * 40, "refs/lanegate/ledger/x", "refs/heads/MAIN", "refs/Replace/x"]
)
def test_a_rule_for_everything_opens_no_side_door(tmp_path: Path, ref: str) -> None:
    at = arena(tmp_path, WIDE)
    commit = honest_commit(at)
    at.refuses(f"{commit}:{ref}", codes=["LG601"])
    at.accepts(f"{commit}:refs/notes/commits")


def test_a_rule_for_everything_lets_nobody_rewind_the_trusted_ref(tmp_path: Path) -> None:
    at = arena(tmp_path, WIDE)
    commit = honest_commit(at)
    at.accepts(f"{commit}:{MAIN}")
    at.refuses(f"+{commit}^:{MAIN}", codes=["LG602"])
    at.refuses(f":{MAIN}", codes=["LG602"])
    at.accepts(f"{commit}:refs/heads/x")
    at.accepts(f"+{commit}^:refs/heads/x")
    at.accepts(":refs/heads/x")


def test_rewind_and_deletion_where_no_rule_allows_them(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    first = honest_commit(at)
    second = honest_commit(at, first)
    at.accepts(f"{second}:refs/heads/strict/a", f"{second}:refs/heads/loose/a")
    at.refuses(f"+{first}:refs/heads/strict/a", codes=["LG602"])
    at.refuses(":refs/heads/strict/a", codes=["LG602"])
    at.refuses(f"+{honest_commit(at, 'HEAD')}:refs/heads/strict/a", f"+{first}:refs/heads/loose/a", codes=["LG602"])
    at.accepts(f"+{first}:refs/heads/loose/a")
    at.accepts(":refs/heads/loose/a")


def test_a_forced_push_that_only_moves_forward_is_honest(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    at.accepts(f"+{honest_commit(at)}:{MAIN}", options=("--force",))


def test_rewound_and_replaced_in_one_step(tmp_path: Path) -> None:
    """A sibling of the tip: the tip's own commit would be gone."""
    at = arena(tmp_path, TEXT)
    at.accepts(f"{honest_commit(at)}:{MAIN}")
    sibling = commit_with(at.clone, {b"src/ui/y": ("100644", blob(at.clone))})
    at.refuses(f"+{sibling}:{MAIN}", codes=["LG602"])


def test_a_deletion_brings_no_permission_for_the_rest(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    at.accepts(f"{honest_commit(at)}:{LANE}")
    at.refuses(f":{LANE}", f":{MAIN}", codes=["LG602"])
    at.accepts(f":{LANE}")


def test_a_lane_that_is_done_may_be_deleted_but_not_moved(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    at.plant("HEAD:refs/heads/lane/old")
    at.refuses(f"{honest_commit(at)}:refs/heads/lane/old", codes=["LG601", "LG201"])
    at.accepts(":refs/heads/lane/old")


def test_a_commit_of_one_lane_on_the_ref_of_another(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    commit = honest_commit(at)
    at.refuses(f"{commit}:refs/heads/lane/core", codes=["LG201"])
    at.accepts(f"{commit}:{LANE}")
    at.accepts(f"{commit}:refs/heads/lane/core")


def test_look_alikes_of_a_rule(tmp_path: Path) -> None:
    """`*` is one segment and no rule reaches beyond its own name."""
    rules = '[[refs]]\nname = "refs/heads/main"\n[[refs]]\nname = "refs/heads/w*x"\n'
    at = arena(tmp_path, policy(people="", refs=LANE_RULE + rules))
    commit = honest_commit(at)
    for ref in ("refs/heads/main2", "refs/heads/xmain", "refs/heads/w/x", "refs/tags/main", "refs/heads/heads/main"):
        at.refuses(f"{commit}:{ref}", codes=["LG601"])
    at.accepts(f"{commit}:refs/heads/wax")


def test_a_branch_that_holds_no_commit(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    content, folder = blob(at.clone, "x"), at.clone.out("rev-parse", "HEAD^{tree}")
    at.clone.git("tag", "-a", "-m", "v1", "v1")
    for ref in (LANE, "refs/for/x", MAIN):
        for thing in (content, folder, "refs/tags/v1"):
            at.refuses(f"+{thing}:{ref}", codes=["LG604"])


def test_tags_name_only_what_a_branch_holds(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    commit = honest_commit(at)
    bad = commit_with(at.clone, {b"src/core/x": ("100644", blob(at.clone))})
    at.refuses(f"{commit}:refs/tags/v1", codes=["LG601"])
    at.refuses(f"{bad}:refs/tags/v1", codes=["LG601"])
    at.refuses(f"{bad}:refs/tags/v1", f"{bad}:{LANE}", codes=["LG101"])
    at.accepts(f"{commit}:refs/tags/v1", f"{commit}:{LANE}")
    at.accepts("HEAD:refs/tags/v2")


def test_a_tag_does_not_outlive_the_branch_that_the_same_push_deletes(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    commit = honest_commit(at)
    at.accepts(f"{commit}:{LANE}")
    at.refuses(f"{commit}:refs/tags/v1", f":{LANE}", codes=["LG601"])
    at.accepts(f"{commit}:refs/tags/v1")


def test_annotated_tags_are_peeled(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    bad = commit_with(at.clone, {b"src/core/x": ("100644", blob(at.clone))})
    for name, target in (("bad", bad), ("good", "HEAD"), ("tree", "HEAD^{tree}"), ("nested", "refs/tags/bad")):
        at.clone.git("tag", "-a", "-m", name, name, target)
    at.refuses("refs/tags/bad", codes=["LG601"])
    at.refuses("refs/tags/nested", codes=["LG601"])
    at.refuses("refs/tags/tree", codes=["LG604"])
    at.accepts("refs/tags/good")


def test_a_tag_as_a_side_door(tmp_path: Path) -> None:
    """First the tag, then the branch that "only" moves to what the server has already."""
    at = arena(tmp_path, TEXT)
    bad = commit_with(at.clone, {b"src/core/x": ("100644", blob(at.clone))})
    at.plant(f"{bad}:refs/tags/v1")
    at.refuses(f"{bad}:{LANE}", codes=["LG101"])
    at.refuses(f"{bad}:{MAIN}", codes=["LG101"])


def test_a_tag_moves_only_by_force_of_its_rule(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    commit = honest_commit(at)
    at.accepts("HEAD:refs/tags/v1", "HEAD:refs/tags/moving/latest", f"{commit}:{LANE}")
    at.refuses(f"+{commit}:refs/tags/v1", codes=["LG602"])
    at.refuses(":refs/tags/v1", codes=["LG602"])
    at.accepts(f"+{commit}:refs/tags/moving/latest")
    at.accepts(":refs/tags/moving/latest")


def test_a_malformed_tag_object(tmp_path: Path) -> None:
    """git itself refuses what it cannot follow; whoever refuses, the ref must not appear."""
    at = arena(tmp_path, TEXT, config={"receive.fsckObjects": "false"})
    head = at.clone.head()
    for start in (f"object {head}\ntype tree\n", "object HEAD\ntype commit\n", f"type commit\nobject {head}\n"):
        made = hash_object(at.clone, "tag", f"{start}tag v9\ntagger A <a@x> 1 +0000\n\nm\n".encode())
        before = at.refs()
        ran = at.clone.push(f"{made}:refs/tags/v9")
        assert ran.code == 1, ran.both
        assert at.refs() == before
        assert "Traceback" not in ran.both


def test_a_symbolic_ref_of_the_server_is_no_second_name(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    at.server.git("symbolic-ref", "refs/heads/loose/alias", MAIN)
    at.refuses(f"{honest_commit(at)}:refs/heads/loose/alias", codes=["LG601"])
    bad = commit_with(at.clone, {b"src/core/x": ("100644", blob(at.clone))})
    at.refuses(f"+{bad}:refs/heads/loose/alias", codes=["LG601"])
    at.refuses(":refs/heads/loose/alias", codes=["LG601"])
    at.accepts(f"{honest_commit(at)}:{MAIN}")


def test_a_symbolic_ref_to_nothing_is_none_either(tmp_path: Path) -> None:
    """git does not list it among its refs, and writes to the other name, whose rules nobody asked."""
    at = arena(tmp_path, TEXT)
    for ref in (LANE, "refs/heads/loose/alias"):
        at.server.git("symbolic-ref", ref, "refs/heads/nowhere")
        ran = at.clone.push(f"{honest_commit(at)}:{ref}")
        assert (ran.code, at.server.tip("refs/heads/nowhere")) == (1, None)
        assert "it stands for refs/heads/nowhere" in ran.err
        at.server.git("symbolic-ref", "--delete", ref)
    at.accepts(f"{honest_commit(at)}:{LANE}")


def test_a_trusted_ref_that_stands_for_another(tmp_path: Path) -> None:
    """Under the other name the rules of the trusted ref would not apply to what the policy is read from."""
    at = arena(tmp_path, TEXT)
    at.plant("HEAD:refs/heads/loose/trunk")
    at.server.git("symbolic-ref", MAIN, "refs/heads/loose/trunk")
    greedy = TEXT.replace('"/src/ui/", ', '"/src/ui/", "/docs/x/", ')
    laxer = {b"policy/lanegate.toml": ("100644", blob(at.clone, greedy)), b"src/core/x": ("100644", blob(at.clone))}
    commit = commit_with(at.clone, laxer, message="X\n\nLane: core\n")
    commit = commit_with(at.clone, {b"src/core/y": ("100644", blob(at.clone))}, commit, message="X\n\nLane: core\n")
    for ref in ("refs/heads/loose/trunk", MAIN):
        before = at.refs()
        assert not at.clone.push(f"{commit}:{ref}").ok
        assert at.refs() == before


def test_a_foxtrot_merge_takes_the_old_tip_off_the_first_parent_chain(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    mine = honest_commit(at)
    landed = commit_with(at.clone, {b"src/core/x": ("100644", blob(at.clone))}, message="X\n\nLane: core\n")
    at.accepts(f"{landed}:{MAIN}")
    merged = at.clone.out("merge-tree", "--write-tree", mine, landed)
    foxtrot = commit_tree(at.clone, merged, mine, landed, message="Merge main\n")
    at.refuses(f"{foxtrot}:{MAIN}", codes=["LG603"])
    honest = commit_tree(at.clone, merged, landed, mine, message="Merge ui\n")
    at.accepts(f"{foxtrot}:{LANE}")
    at.accepts(f"{honest}:{MAIN}")


def test_a_lane_fast_forwards_main_through_a_foxtrot_below(tmp_path: Path) -> None:
    """The merge in the wrong order may lie anywhere on the chain, not only at the tip."""
    at = arena(tmp_path, TEXT)
    mine = honest_commit(at)
    landed = commit_with(at.clone, {b"src/core/x": ("100644", blob(at.clone))}, message="X\n\nLane: core\n")
    at.accepts(f"{landed}:{MAIN}")
    merged = at.clone.out("merge-tree", "--write-tree", mine, landed)
    foxtrot = commit_tree(at.clone, merged, mine, landed, message="Merge main\n")
    at.refuses(f"{honest_commit(at, foxtrot)}:{MAIN}", codes=["LG603"])


def test_commits_with_false_dates_are_known_all_the_same(tmp_path: Path) -> None:
    """git's own walks stop early where commit dates lie; nobody is refused for that, and nobody slips through."""
    at = arena(tmp_path, TEXT)
    old = {"GIT_AUTHOR_DATE": "1970-01-02T00:00:00Z", "GIT_COMMITTER_DATE": "1970-01-02T00:00:00Z"}
    base = at.clone.head()
    tip = base
    for _ in range(12):
        tree = at.clone.out("rev-parse", f"{tip}^{{tree}}")
        argv = ["git", "commit-tree", tree, "-p", tip]
        tip = run(argv, cwd=at.clone.path, env=old, data="Old\n\nLane: ui\n", check=True).out.strip()
    at.accepts(f"{tip}:{MAIN}", f"{tip}:refs/heads/strict/a")
    at.accepts(f"{honest_commit(at, base)}:{LANE}")
    at.accepts(f"{honest_commit(at, tip)}:refs/heads/strict/a")
    bad = commit_with(at.clone, {b"src/core/x": ("100644", blob(at.clone))}, base)
    at.refuses(f"+{bad}:{LANE}", codes=["LG101"])


def test_the_trusted_ref_anew_after_it_was_lost(tmp_path: Path) -> None:
    """Without the trusted ref there is no policy, and without a policy nothing goes in."""
    at = arena(tmp_path, TEXT)
    at.server.git("update-ref", "-d", MAIN)
    at.refuses(f"HEAD:{MAIN}", codes=["LG901"])
    at.refuses(f"HEAD:{LANE}", codes=["LG901"])


def test_lanes_that_no_longer_exist_police_nothing(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    at.plant("HEAD:refs/heads/lane/gone")
    bad = commit_with(at.clone, {b"src/core/x": ("100644", blob(at.clone))})
    at.plant(f"+{bad}:refs/heads/lane/gone")
    at.refuses(f"{bad}:{LANE}", codes=["LG101"])
    at.refuses(":refs/heads/lane/gone", codes=["LG601"])


def test_pushing_everything_at_once(tmp_path: Path) -> None:
    at = arena(tmp_path, TEXT)
    at.clone.git("branch", "lane/ui", honest_commit(at))
    at.clone.git("branch", "unnamed")
    at.clone.git("tag", "v1")
    before = at.refs()
    for options in (("--all",), ("--mirror",), ("--all", "--force")):
        ran = run(["git", "push", *options, "origin"], cwd=at.clone.path)
        assert ran.code == 1
        assert "LG601" in ran.err
        assert at.refs() == before
    at.clone.git("branch", "-D", "unnamed")
    ran = run(["git", "push", "--all", "origin"], cwd=at.clone.path)
    assert ran.ok, ran.both


def test_lanes_named_like_options_and_numbers(tmp_path: Path) -> None:
    lanes = LANES.replace("[lanes.ui]", '[lanes."0.x-1_y"]').replace("lane/ui", "lane/0.x-1_y")
    at = arena(tmp_path, policy(people="", lanes=lanes))
    commit = commit_with(at.clone, {b"src/ui/x": ("100644", blob(at.clone))}, message="X\n\nLane: 0.x-1_y\n")
    at.accepts(f"{commit}:refs/heads/lane/0.x-1_y")
    at.refuses(f"{commit}:refs/heads/lane/0.x-1", codes=["LG601"])
