"""The policy that judges, and the pushes that want to change it (THREATS, "Deciding"; judgement, "The policy file")."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack_signatures import key_line
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
)
from tests.support import POLICY_PATH

PATH = POLICY_PATH.encode()
CORE, UI, MERGE = "Policy\n\nLane: core\n", "Mine\n\nLane: ui\n", "Merge old work\n"
GREEDY = PLAIN_POLICY.replace('["/src/ui/", "!/src/ui/theme/"]', '["/src/ui/", "!/src/ui/theme/", "/src/core/"]')
GREEDY = GREEDY.replace('owned_paths = ["/src/core/", ', "owned_paths = [").replace('read_paths = ["/src/core/"]\n', "")


def change(at: Arena, text: str, *parents: str, message: str = CORE, **also: str) -> str:
    """A commit that makes the policy `text`, and other files (path with __ for /) too."""
    files = {name.replace("__", "/").encode(): ("100644", blob(at.clone, content)) for name, content in also.items()}
    return commit_with(at.clone, {PATH: ("100644", blob(at.clone, text)), **files}, *parents, message=message)


def test_an_owner_changes_the_policy_alone(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.accepts(f"{change(at, GREEDY)}:{MAIN}")
    stolen = commit_with(at.clone, {b"src/core/index.py": ("100644", blob(at.clone))}, at.server.tip() or "")
    at.accepts(f"{stolen}:{MAIN}")


def test_a_policy_does_not_judge_the_push_that_brings_it(tmp_path: Path) -> None:
    at = arena(tmp_path)
    first = change(at, GREEDY)
    stolen = commit_with(at.clone, {b"src/core/index.py": ("100644", blob(at.clone))}, first)
    at.refuses(f"{stolen}:{MAIN}", codes=["LG101", "LG701"])
    at.refuses(f"{stolen}:{LANE}", codes=["LG101", "LG201"])
    at.refuses(f"{change(at, GREEDY, message=UI)}:{MAIN}", codes=["LG101"])
    both = change(at, GREEDY, src__core__index="x\n", message=UI)
    at.refuses(f"{both}:{MAIN}", codes=["LG101"])


def test_a_policy_on_a_lane_ref_has_no_effect(tmp_path: Path) -> None:
    """There it is a path like others: its owner may push it, and nobody is judged by it."""
    at = arena(tmp_path)
    granting = change(at, GREEDY)
    at.accepts(f"{granting}:refs/heads/lane/core")
    stolen = commit_with(at.clone, {b"src/core/index.py": ("100644", blob(at.clone))}, granting)
    at.refuses(f"{stolen}:{LANE}", codes=["LG101"])
    at.refuses(f"{stolen}:{MAIN}", codes=["LG101", "LG701"])


def test_an_old_branch_point_brings_no_older_policy_back(tmp_path: Path) -> None:
    """The commit was fine by the policy it was made under; what stands on main when it arrives decides."""
    at = arena(tmp_path, GREEDY)
    stolen = commit_with(at.clone, {b"src/core/index.py": ("100644", blob(at.clone))})
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    at.accepts(f"{change(at, PLAIN_POLICY, message=CORE)}:{MAIN}")
    at.refuses(f"{stolen}:{LANE}", codes=["LG101"])
    at.accepts(f"{honest}:{LANE}")


@pytest.mark.parametrize("with_commit", [False, True])
def test_the_policy_comes_alone(tmp_path: Path, with_commit: bool) -> None:
    at = arena(tmp_path)
    narrower = PLAIN_POLICY.replace('read_paths = ["/src/core/"]\n', "")
    tip = change(at, narrower)
    if with_commit:
        tip = commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))}, tip, message=CORE)
        at.refuses(f"{tip}:{MAIN}", codes=["LG701"])
    else:
        at.accepts(f"{tip}:{MAIN}")


def test_two_policy_changes_in_one_push(tmp_path: Path) -> None:
    """Also when the second takes the first back."""
    at = arena(tmp_path)
    back = change(at, PLAIN_POLICY, change(at, GREEDY))
    at.refuses(f"{back}:{MAIN}", codes=["LG701"])


def test_a_policy_change_through_a_merged_branch(tmp_path: Path) -> None:
    at = arena(tmp_path)
    side = change(at, PLAIN_POLICY.replace("max_active_lanes = 8", "max_active_lanes = 7"))
    other = commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))}, message=CORE)
    merged = at.clone.out("merge-tree", "--write-tree", other, side)
    both = commit_tree(at.clone, merged, other, side, message="Merge\n")
    at.refuses(f"{both}:{MAIN}", codes=["LG701"])
    at.accepts(f"{other}:{MAIN}")
    at.accepts(f"{both}:{MAIN}")


#: (name, what stands at the policy's path instead: mode and content, None for nothing).
NO_POLICY: list[tuple[str, tuple[str, str] | None]] = [
    ("deleted", None),
    ("link", (SYMLINK, "other.toml")),
    ("submodule", (GITLINK, "1" * 40)),
]


@pytest.mark.parametrize("side", [side for _, side in NO_POLICY], ids=[name for name, _ in NO_POLICY])
def test_main_is_never_left_without_a_policy(tmp_path: Path, side: tuple[str, str] | None) -> None:
    at = arena(tmp_path)
    text = at.clone.path.joinpath(POLICY_PATH).read_text()
    entry = side and (side[0], side[1] if side[0] == GITLINK else blob(at.clone, side[1]))
    changed = {PATH: entry, b"policy/other.toml": ("100644", blob(at.clone, text))}
    at.refuses(f"{commit_with(at.clone, changed, message=CORE)}:{MAIN}", codes=["LG702"])
    at.accepts(f"{commit_with(at.clone, changed, message=CORE)}:refs/heads/lane/core")


def test_a_folder_at_the_path_of_the_policy(tmp_path: Path) -> None:
    at = arena(tmp_path)
    changed = {PATH: None, PATH + b"/lanegate.toml": ("100644", blob(at.clone, PLAIN_POLICY))}
    at.refuses(f"{commit_with(at.clone, changed, message=CORE)}:{MAIN}", codes=["LG702"])
    moved = {PATH: None, b"policy": ("100644", blob(at.clone, PLAIN_POLICY))}
    at.refuses(f"{commit_with(at.clone, moved, message=CORE)}:{MAIN}", codes=["LG702"])


def test_a_policy_renamed_away_and_an_executable_one(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.clone.git("mv", POLICY_PATH, "policy/old.toml")
    at.clone.commit("Rename", lane="core")
    at.refuses("HEAD:main", codes=["LG702"])
    executable = commit_with(at.clone, {PATH: ("100755", blob(at.clone, PLAIN_POLICY))}, "origin/main", message=CORE)
    at.accepts(f"{executable}:{MAIN}")


def lanes(*patterns: str) -> str:
    return PLAIN_POLICY.replace('owned_paths = ["/old/"]', f"owned_paths = [{', '.join(patterns)}]")


WITH_GATES = ('name = "refs/heads/main"\n', 'name = "refs/heads/main"\ngates = ["full"]\n')
ASKING = ('name = "refs/heads/main"\n', 'name = "refs/heads/main"\naccepted = true\n')
WAITING = PLAIN_POLICY.replace(*ASKING)
WAITING = WAITING.replace("[lanes.ui]\n", '[lanes.ui]\ndepends_on = { core = "hard" }\n')
WAITING = WAITING.replace("[lanes.core]\n", '[lanes.core]\ndepends_on = { ui = "soft" }\n')

#: (name, policy text, code).
INVALID: list[tuple[str, str, str]] = [
    ("empty", "", "LG702"),
    ("no_toml", "lanes = [", "LG702"),
    ("not_utf8", "\udcff", "LG702"),
    ("unknown_key", PLAIN_POLICY + "\n[surprise]\n", "LG702"),
    ("zone_of_no_known_mode", PLAIN_POLICY + '\n[[zones]]\npaths = ["/x/"]\nmode = "closed"\n', "LG702"),
    ("another_version", PLAIN_POLICY.replace("version = 1", "version = 2"), "LG702"),
    ("duplicate_key", PLAIN_POLICY + '\n[lanes.ui]\nstate = "active"\n', "LG702"),
    ("string_for_a_list", PLAIN_POLICY.replace('owned_paths = ["/old/"]', 'owned_paths = "/old/"'), "LG702"),
    ("number_in_a_list", lanes("1"), "LG702"),
    ("bare_name", lanes('"tests"'), "LG702"),
    ("bare_glob", lanes('"*.toml"'), "LG702"),
    ("backslash", lanes('"/a\\\\*"'), "LG702"),
    ("negated_class", lanes('"/[!a]"'), "LG702"),
    ("posix_class", lanes('"/[[:alpha:]]"'), "LG702"),
    ("dot_dot", lanes('"/../x"'), "LG702"),
    ("only_a_slash", lanes('"/"'), "LG702"),
    ("many_stars", lanes('"/' + "*a" * 60 + '"'), "LG702"),
    ("many_double_stars", lanes('"' + "**/a/" * 60 + 'b"'), "LG702"),
    ("trailing_space", lanes('"/old/ "'), "LG702"),
    ("control_character", lanes('"/old/\\u0001"'), "LG702"),
    ("rules_that_name_people_without_identity", PLAIN_POLICY + '\n[people.ana]\npushers = ["ana"]\n', "LG702"),
    ("no_rule_for_main", PLAIN_POLICY.replace("refs/heads/main", "refs/heads/other"), "LG702"),
    ("too_many_active_lanes", PLAIN_POLICY.replace("max_active_lanes = 8", "max_active_lanes = 2"), "LG504"),
    (
        "two_active_lanes_on_a_path",
        PLAIN_POLICY.replace('"/docs/", "/README.md"', '"/docs/", "/src/**/README.md"'),
        "LG703",
    ),
    ("gates_that_nobody_asks_for", PLAIN_POLICY.replace(*WITH_GATES), "LG702"),
    ("bots_that_nobody_accepts", PLAIN_POLICY.replace("[lanes.ui]\n", "[lanes.ui]\nbots = true\n"), "LG702"),
    ("lanes_that_wait_for_each_other", WAITING, "LG702"),
    ("deep_nesting", "x = " + "[" * 5000 + "]" * 5000 + "\n" + PLAIN_POLICY, "LG702"),
    ("deep_inline_tables", "x = " + "{a=" * 3000 + "1" + "}" * 3000 + "\n" + PLAIN_POLICY, "LG702"),
    ("long_dotted_key", ".".join(["a"] * 20_000) + " = 1\n" + PLAIN_POLICY, "LG702"),
    ("many_dotted_keys", "\n".join(f"a.b{n}.c = 1" for n in range(20_000)) + "\n" + PLAIN_POLICY, "LG702"),
    ("too_large", "# " + "x" * 8_000_000 + "\n" + PLAIN_POLICY, "LG702"),
]


@pytest.mark.parametrize(("text", "code"), [pytest.param(text, code, id=name) for name, text, code in INVALID])
def test_an_invalid_policy_never_arrives(tmp_path: Path, text: str, code: str) -> None:
    at = arena(tmp_path)
    raw = text.encode("utf-8", "surrogateescape")
    commit = commit_with(at.clone, {PATH: ("100644", blob(at.clone, raw))}, message=CORE)
    ran = at.refuses(f"{commit}:{MAIN}", codes=[code])
    assert len(ran.err) < 20_000
    at.accepts(f"{change(at, GREEDY)}:{MAIN}")


def test_a_policy_that_would_lock_everybody_out(tmp_path: Path) -> None:
    at = arena(tmp_path, PUSHER_POLICY, config=BY_SSH)
    nobody = PUSHER_POLICY.replace('maintainer = ["ana"]\n', "")
    unreachable = PUSHER_POLICY.replace('pushers = ["maintainer", "bob"]', 'pushers = ["bob"]')
    for text in (nobody, unreachable):
        at.refuses(f"{change(at, text)}:{MAIN}", codes=["LG702"], env=as_pusher("ana"))
    wider = PUSHER_POLICY.replace('pushers = ["maintainer", "bob"]', 'pushers = ["maintainer"]')
    at.accepts(f"{change(at, wider)}:{MAIN}", env=as_pusher("ana"))


def test_a_policy_whose_own_change_nobody_could_accept(tmp_path: Path) -> None:
    """ana owns the lane of the policy file: an acceptor who is only she would leave it as it is for ever."""
    at = arena(tmp_path, PUSHER_POLICY, config=BY_SSH)
    asking = PUSHER_POLICY.replace(*ASKING)
    for person in ("ana", "cy"):
        asking = asking.replace(f'pushers = ["{person}"]\n', f'pushers = ["{person}"]\nkeys = ["{key_line(person)}"]\n')
    alone = asking.replace("[roles]\n", '[roles]\nacceptor = ["ana"]\n')
    without_key = asking.replace("[roles]\n", '[roles]\nacceptor = ["bob"]\n')
    nowhere = asking.replace("[roles]\n", '[roles]\nacceptor = ["cy"]\n').replace(', "/policy/"]', "]")
    for text in (alone, without_key, nowhere):
        at.refuses(f"{change(at, text)}:{MAIN}", codes=["LG702"], env=as_pusher("ana"))
    both = asking.replace("[roles]\n", '[roles]\nacceptor = ["ana", "cy"]\n')
    at.accepts(f"{change(at, both)}:{MAIN}", env=as_pusher("ana"))


def test_only_a_maintainer_changes_the_policy(tmp_path: Path) -> None:
    text = PUSHER_POLICY.replace('owners = ["ana"]', 'owners = ["ana", "bob"]')
    at = arena(tmp_path, text, config=BY_SSH)
    commit = change(at, text.replace("max_active_lanes = 8", "max_active_lanes = 7"))
    at.refuses(f"{commit}:{MAIN}", codes=["LG701"], env=as_pusher("bob"))
    at.accepts(f"{commit}:refs/heads/lane/core", env=as_pusher("bob"))
    at.refuses(f"{commit}:{MAIN}", codes=["LG701"], env=as_pusher("bob"))
    at.accepts(f"{commit}:{MAIN}", env=as_pusher("ana"))


def test_a_server_whose_policy_broke_lets_nothing_in(tmp_path: Path) -> None:
    """By hand, or by a newer version's key: no policy never means no rules."""
    for number, broken in enumerate(("version = 1\nsurprise = 1\n", None)):
        folder = tmp_path / str(number)
        folder.mkdir()
        at = arena(folder, broken)
        honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
        for spec in (f"{honest}:{MAIN}", f"{honest}:{LANE}", f"{change(at, GREEDY)}:{MAIN}"):
            at.refuses(spec, codes=["LG901"])


def test_links_and_folders_on_the_server_are_no_policy(tmp_path: Path) -> None:
    at = arena(tmp_path)
    text = blob(at.clone, PLAIN_POLICY)
    places: list[dict[bytes, tuple[str, str] | None]] = [
        {PATH: (SYMLINK, blob(at.clone, "real.toml")), b"policy/real.toml": ("100644", text)},
        {PATH: None, PATH + b"/lanegate.toml": ("100644", text)},
        {PATH: (GITLINK, "1" * 40)},
        {PATH: None, b"Policy/lanegate.toml": ("100644", text)},
        {PATH: None, b"policy/lanegate.toml.bak": ("100644", text)},
    ]
    start = at.clone.head()
    for changed in places:
        at.begin_at(commit_with(at.clone, changed, start))
        honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
        at.refuses(f"{honest}:{MAIN}", codes=["LG901"])
    at.begin_at(start)
    at.accepts(f"{commit_with(at.clone, {b'src/ui/x.py': ('100644', blob(at.clone))})}:{MAIN}")


BOOTSTRAP = {**BY_SSH, "lanegate.bootstrapPusher": "root"}


def test_the_first_policy_comes_from_the_bootstrap_pusher_alone(tmp_path: Path) -> None:
    at = arena(tmp_path, None, config=BOOTSTRAP)
    first, broken = change(at, PUSHER_POLICY, message="First\n"), change(at, "version = 9\n", message="First\n")
    other = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    at.refuses(f"{first}:{MAIN}", codes=["LG901"], env=as_pusher("bob"))
    at.refuses(f"{first}:{MAIN}", codes=["LG907"])
    at.refuses(f"{first}:{MAIN}", codes=["LG907"], env={"LANEGATE_PUSHER": "root"})
    at.refuses(f"{other}:{MAIN}", codes=["LG702"], env=as_pusher("root"))
    at.refuses(f"{broken}:{MAIN}", codes=["LG702"], env=as_pusher("root"))
    at.refuses(f"{first}:{LANE}", codes=["LG901"], env=as_pusher("root"))
    at.refuses(f"{first}:{MAIN}", f"{first}:{LANE}", codes=["LG901"], env=as_pusher("root"))
    at.refuses(f":{MAIN}", codes=["LG901"], env=as_pusher("root"))
    at.accepts(f"{first}:{MAIN}", env=as_pusher("root"))


def test_the_first_policy_keeps_what_stands_there(tmp_path: Path) -> None:
    at = arena(tmp_path, None, config=BOOTSTRAP)
    tree = at.clone.out("rev-parse", f"{change(at, PUSHER_POLICY)}^{{tree}}")
    rewritten = commit_tree(at.clone, tree, message="First\n")
    before = at.refs()
    assert not at.clone.push(f"+{rewritten}:{MAIN}", env=as_pusher("root")).ok
    assert at.refs() == before


def test_the_bootstrap_pusher_mends_the_policy_and_nothing_else(tmp_path: Path) -> None:
    at = arena(tmp_path, PUSHER_POLICY, config=BOOTSTRAP)
    lone = change(at, PUSHER_POLICY.replace("max_active_lanes = 8", "max_active_lanes = 7"), message="Mend\n")
    more = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))}, lone, message="More\n")
    at.refuses(f"{more}:{MAIN}", codes=["LG201", "LG701", "LG601"], env=as_pusher("root"))
    at.refuses(f"{lone}:{MAIN}", codes=["LG601", "LG701", "LG201"], env=as_pusher("cy"))
    at.accepts(f"{lone}:{MAIN}", env=as_pusher("root"))
    other = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))}, lone)
    at.refuses(f"{other}:{MAIN}", codes=["LG601", "LG202"], env=as_pusher("root"))


def test_the_bootstrap_pusher_is_known_where_no_rule_names_people(tmp_path: Path) -> None:
    at = arena(tmp_path, PLAIN_POLICY, config=BOOTSTRAP)
    lone = change(at, PLAIN_POLICY.replace("max_active_lanes = 8", "max_active_lanes = 7"), message="Mend\n")
    at.refuses(f"{lone}:{MAIN}", codes=["LG201"], env=as_pusher("bob"))
    at.refuses(f"{lone}:{MAIN}", codes=["LG201"], env={"LANEGATE_PUSHER": "root"})  # which did not come through ssh
    at.accepts(f"{lone}:{MAIN}", env=as_pusher("root"))


def test_commits_below_a_baseline_are_not_judged(tmp_path: Path) -> None:
    """Adoption: an old branch without lanes may still be merged, and what comes on top is judged."""
    at = arena(tmp_path)
    old = commit_with(at.clone, {b"legacy.txt": ("100644", blob(at.clone))}, message="Before lanes\n")
    at.refuses(f"{old}:{LANE}", codes=["LG201"])
    at.plant(f"{old}:refs/keep/baseline")
    at.server.config("lanegate.baseline", old)
    merged = at.clone.out("merge-tree", "--write-tree", "HEAD", old)
    bad = commit_with(at.clone, {b"legacy.txt": ("100644", blob(at.clone, "y\n"))}, old, message="After\n")
    at.refuses(f"{bad}:{LANE}", codes=["LG201"])
    at.accepts(f"{commit_tree(at.clone, merged, 'HEAD', old, message=MERGE)}:{MAIN}")


def test_a_baseline_branch_does_not_carry_an_old_policy_in(tmp_path: Path) -> None:
    at = arena(tmp_path)
    old = change(at, GREEDY, message="Before lanes\n")
    at.plant(f"{old}:refs/keep/baseline")
    at.server.config("lanegate.baseline", old)
    merged = at.clone.out("merge-tree", "--write-tree", "HEAD", old)
    at.refuses(f"{commit_tree(at.clone, merged, 'HEAD', old, message=MERGE)}:{MAIN}", codes=["LG701"])


#: (key, value): settings of the server that lanegate cannot follow; each stops every push.
SETTINGS = [
    ("lanegate.managed", "perhaps"),
    ("lanegate.trustedRef", "main"),
    ("lanegate.trustedRef", "refs/tags/v1"),
    ("lanegate.policyPath", "/etc/passwd"),
    ("lanegate.policyPath", "../policy.toml"),
    ("lanegate.policyPath", "policy//lanegate.toml"),
    ("lanegate.mode", "lax"),
    ("lanegate.platform", "gerrit"),
    ("lanegate.deadline", "soon"),
    ("lanegate.deadline", "-1"),
    ("lanegate.deadline", "nan"),
    ("lanegate.baseline", "main"),
    ("lanegate.bootstrapKey", "ssh-ed25519 AAAA"),
    ("lanegate.surprise", "1"),
]


@pytest.mark.parametrize(("key", "value"), SETTINGS)
def test_a_setting_that_cannot_be_followed(tmp_path: Path, key: str, value: str) -> None:
    at = arena(tmp_path, config={key: value})
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    at.refuses(f"{honest}:{LANE}", codes=["LG902"])


def test_a_setting_given_twice(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.server.git("config", "--add", "lanegate.trustedRef", "refs/heads/lane/ui")
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    at.refuses(f"{honest}:{LANE}", codes=["LG902"])


def test_audit_says_so_and_lets_it_through(tmp_path: Path) -> None:
    at = arena(tmp_path, config={"lanegate.mode": "audit"})
    bad = commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))})
    ran = at.clone.push(f"{bad}:{LANE}")
    assert ran.ok
    assert "LG101" in ran.err
    assert "audit" in ran.err


def test_a_repository_that_is_not_managed_is_left_in_peace(tmp_path: Path) -> None:
    at = arena(tmp_path, config={"lanegate.managed": "false"})
    ran = at.clone.push(f"{commit_with(at.clone, {b'x': ('100644', blob(at.clone))})}:refs/heads/any")
    assert ran.ok
    assert "lanegate" not in ran.err
