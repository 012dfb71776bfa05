"""Who may sign what: keys that come and go, merges, the policy itself, identity `either`, and `verify` of it all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attack_signatures import KEYS, by, key_line, people, raw_of, signed_policy
from tests.attack_ssh import SshServer, ssh_server
from tests.attack_support import BY_SSH, LANE, MAIN, Arena, arena, as_pusher, codes_in
from tests.support import POLICY_PATH, REFS, Clone, lanegate

CORE = "refs/heads/lane/core"
#: main is for the people named here, who are recognised by whom the server authenticates.
GUARDED = REFS.replace('main"\n', 'main"\npushers = ["maintainer", "bob"]\n', 1)


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    """Nobody is authenticated here: the keys alone say whose a commit is."""
    return arena(tmp_path, signed_policy())


def mine(clone: Clone, content: str = "x\n", start: str = "HEAD") -> str:
    """A commit of lane ui on `start`, signed or not as the clone has it; HEAD stays."""
    back = clone.head()
    clone.git("checkout", "-q", "--detach", start)
    commit = clone.change({"src/ui/x.py": content}, lane="ui")
    clone.git("checkout", "-q", "--detach", back)
    return commit


def lay(at: Arena, clone: Clone, text: str) -> str:
    """A commit on the server's main that makes the policy `text`, signed or not as the clone has it."""
    at.clone.git("fetch", "-q", str(at.server.path), MAIN)
    at.clone.git("checkout", "-q", "--detach", "FETCH_HEAD")
    return clone.change({POLICY_PATH: text}, "Policy", lane="core")


def with_keys(**keys: tuple[str, ...]) -> str:
    """The policy with other keys for some people."""
    return signed_policy().replace(people(), people(keys={**KEYS, **keys}))


def judged(at: Arena, base: str, tip: str = "HEAD") -> set[str]:
    """The codes that `lanegate verify` gives for a range; none means allowed."""
    ran = lanegate("verify", f"{base}..{tip}", cwd=at.clone.path)
    found = codes_in(ran)
    assert ran.code == (1 if found else 0), ran.both
    return found


def test_a_key_that_comes_with_the_commit_it_signed(at: Arena) -> None:
    """What stands on the server before the push names the keys."""
    start = at.clone.head()
    wider = with_keys(bob=("bob", "mallory"))
    brought = lay(at, by("ana", at.clone), wider)
    signed = mine(by("mallory", at.clone), start=brought)
    at.refuses(f"{signed}:{MAIN}", codes=["LG203", "LG701"])
    at.refuses(f"{brought}:{MAIN}", f"{signed}:{LANE}", codes=["LG201", "LG203"])
    at.refuses(f"{brought}:{MAIN}", f"{mine(by('mallory', at.clone), start=start)}:{LANE}", codes=["LG203"])
    at.accepts(f"{brought}:{MAIN}")
    at.accepts(f"{signed}:{MAIN}")
    assert judged(at, start, signed) == set()


def test_a_key_that_its_owner_lost(at: Arena) -> None:
    """It signs nothing any more, whatever date the commit bears; what landed before stays good."""
    start = at.clone.head()
    before = mine(by("bob-laptop", at.clone))
    at.accepts(f"{before}:{MAIN}")
    without = with_keys(bob=("bob",))
    brought = lay(at, by("ana", at.clone), without)
    at.accepts(f"{brought}:{MAIN}")
    past = {"GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2001-01-01T00:00:00Z"}
    thief = by("bob-laptop", Clone(at.clone.path, past))
    for point in (start, before, brought):
        at.refuses(f"{mine(thief, 'evil', point)}:{LANE}", codes=["LG203"])
    after = mine(by("bob", at.clone), "y", brought)
    at.accepts(f"{after}:{MAIN}")
    assert judged(at, start, after) == set()
    assert judged(at, start, mine(thief, "evil", after)) == {"LG203"}
    pinned = lanegate("verify", f"{start}..{after}", "--policy", POLICY_PATH, cwd=at.clone.path)
    assert codes_in(pinned) == {"LG203"}  # the policy of today, for all


def test_a_key_given_to_somebody_else(at: Arena) -> None:
    start = at.clone.head()
    at.accepts(f"{lay(at, by('ana', at.clone), with_keys(bob=('bob',), cy=('cy', 'bob-laptop')))}:{MAIN}")
    at.refuses(f"{mine(by('bob-laptop', at.clone))}:{LANE}", codes=["LG202"])
    at.accepts(f"{mine(by('bob', at.clone), start=start)}:{LANE}")


def conflict(at: Arena) -> tuple[str, str]:
    """main and lane ui both change the same file of ui, each signed by bob; both are on the server."""
    landed = mine(by("bob", at.clone), "one\n")
    other = mine(by("bob", at.clone), "two\n")
    at.accepts(f"{landed}:{MAIN}")
    at.accepts(f"{other}:{LANE}")
    return landed, other


def merged(clone: Clone, landed: str, other: str, files: dict[str, str], lane: str | None) -> str:
    """`git merge` of `other` into `landed`, the files written, committed by git as the clone has it."""
    clone.git("checkout", "-q", "--detach", landed)
    clone.git("merge", "-q", "--no-ff", "--no-commit", other, check=False)
    return clone.change(dict(files), "Merge", lane=lane)


def test_a_conflict_that_an_integrator_resolves(at: Arena) -> None:
    """ana owns core and is integrator: her signature stands for the resolution, in the conflicted path only."""
    landed, other = conflict(at)
    for name, files, codes in (
        ("ana", {"src/ui/x.py": "both\n", "src/ui/y.py": "more\n"}, ["LG101"]),
        ("cy", {"src/ui/x.py": "both\n"}, ["LG101", "LG202"]),
        ("bob", {"src/ui/x.py": "both\n"}, ["LG101", "LG202"]),
        ("mallory", {"src/ui/x.py": "both\n"}, ["LG101", "LG203"]),
    ):
        made = merged(by(name, at.clone), landed, other, files, "core")
        at.refuses(f"{made}:{MAIN}", codes=codes)
    at.refuses(f"{merged(at.clone, landed, other, {'src/ui/x.py': 'both'}, 'core')}:{MAIN}", codes=["LG101", "LG203"])
    at.accepts(f"{merged(by('ana', at.clone), landed, other, {'src/ui/x.py': 'both'}, 'core')}:{MAIN}")


def test_a_conflict_that_the_owner_resolves(at: Arena) -> None:
    landed, other = conflict(at)
    at.refuses(f"{merged(at.clone, landed, other, {'src/ui/x.py': 'both'}, 'ui')}:{MAIN}", codes=["LG203"])
    at.accepts(f"{merged(by('bob', at.clone), landed, other, {'src/ui/x.py': 'both'}, 'ui')}:{MAIN}")


def test_a_clean_merge_is_anybodys(at: Arena) -> None:
    """It adds nothing, so it needs no signature; one that slips something in is a commit like others."""
    start = at.clone.head()
    signed = mine(by("bob", at.clone))
    at.accepts(f"{signed}:{LANE}")
    core = by("ana", at.clone).change({"src/core/x.py": "x\n"}, lane="core")
    at.accepts(f"{core}:{MAIN}")
    slipped = merged(at.clone, core, signed, {"src/ui/more.py": "x"}, "ui")
    at.refuses(f"{slipped}:{MAIN}", codes=["LG203"])
    stranger = merged(at.clone, core, mine(at.clone, "unsigned", start), {}, None)
    at.refuses(f"{stranger}:{MAIN}", codes=["LG203"])
    for name in ("mallory", None):
        clean = merged(by(name, at.clone) if name else at.clone, core, signed, {}, None)
        if name:
            assert b"\ngpgsig " in raw_of(at.clone, clean)
        at.accepts(f"{clean}:{LANE}" if name else f"{clean}:{MAIN}")


def test_only_a_maintainer_signs_a_policy_change(tmp_path: Path) -> None:
    """bob owns the lane of the policy too, and that is not enough."""
    text = signed_policy().replace('owners = ["ana"]', 'owners = ["ana", "bob"]')
    at = arena(tmp_path, text)
    start = at.clone.head()
    fewer = text.replace("max_active_lanes = 8", "max_active_lanes = 7")
    ran = at.refuses(f"{lay(at, by('bob', at.clone), fewer)}:{MAIN}", codes=["LG701"])
    assert "signed by bob, who is no maintainer" in ran.err
    at.refuses(f"{lay(at, at.clone, fewer)}:{MAIN}", codes=["LG203", "LG701"])
    at.refuses(f"{lay(at, by('mallory', at.clone), fewer)}:{MAIN}", codes=["LG203", "LG701"])
    at.accepts(f"{lay(at, by('bob', at.clone), fewer)}:{CORE}")
    assert judged(at, start, at.server.tip(CORE) or "") == {"LG701"}
    at.refuses(f"{at.server.tip(CORE)}:{MAIN}", codes=["LG701"])
    at.accepts(f"{lay(at, by('ana', at.clone), fewer)}:{MAIN}")
    assert judged(at, start, at.server.tip() or "") == set()


def test_a_policy_without_the_maintainers_key_never_arrives(at: Arena) -> None:
    """Nobody could change it again."""
    for keys in ({"ana": ()}, {"ana": ("mallory",)}):
        text = with_keys(**keys)
        codes = [] if keys["ana"] else ["LG702"]
        commit = lay(at, by("ana", at.clone), text)
        if codes:
            at.refuses(f"{commit}:{MAIN}", codes=codes)
        else:
            at.accepts(f"{commit}:{MAIN}")
    at.refuses(f"{lay(at, by('ana', at.clone), signed_policy())}:{MAIN}", codes=["LG203", "LG701"])
    at.accepts(f"{lay(at, by('mallory', at.clone), signed_policy())}:{MAIN}")


def test_a_policy_with_bad_keys_never_arrives(at: Arena) -> None:
    line = key_line("bob")
    kind, blob, name = line.split()
    for bad in (
        f"{kind} {blob[:-4]}",
        f"ssh-rsa {blob}",
        f"restrict {line}",
        key_line("ana"),
        f"ssh-ed25519 {'A' * 68}",
    ):
        text = signed_policy().replace(line, bad)
        at.refuses(f"{lay(at, by('ana', at.clone), text)}:{MAIN}", codes=["LG702"])
    at.accepts(f"{lay(at, by('ana', at.clone), signed_policy().replace(name + chr(34), chr(34), 1))}:{MAIN}")


def test_rules_on_pushers_need_a_server_that_knows_them(tmp_path: Path) -> None:
    """Signatures do without; `pushers` on a ref do not."""
    at = arena(tmp_path, signed_policy(pushers=True, refs=GUARDED))
    signed = mine(by("bob", at.clone))
    at.accepts(f"{signed}:{LANE}")
    at.refuses(f"{signed}:{MAIN}", codes=["LG907"])
    at.refuses(f"{signed}:{MAIN}", f"{signed}:refs/heads/lane/core", codes=["LG907"], env=as_pusher("bob"))
    lanegate("install", "--server", str(at.server.path), "--platform", "ssh", cwd=tmp_path)
    at.refuses(f"{signed}:{MAIN}", codes=["LG907"])
    at.refuses(f"{signed}:{MAIN}", codes=["LG601"], env=as_pusher("cy"))
    at.refuses(f"{mine(at.clone)}:{MAIN}", codes=["LG203"], env=as_pusher("bob"))
    at.accepts(f"{signed}:{MAIN}", env=as_pusher("ana"))


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[SshServer]:
    folder = tmp_path / "ssh"
    folder.mkdir()
    with ssh_server(folder, ("ana", "bob", "cy")) as server:
        yield server


@pytest.fixture
def over_ssh(tmp_path: Path, ssh: SshServer) -> Arena:
    made = arena(tmp_path, signed_policy("either"), config=BY_SSH)
    made.clone.git("remote", "set-url", "origin", f"{ssh.address}{made.server.path}")
    return made


@pytest.mark.parametrize("ref", [LANE, MAIN])
def test_either_pushed_or_signed(over_ssh: Arena, ssh: SshServer, ref: str) -> None:
    at = over_ssh
    for name in (None, "cy", "mallory"):
        commit = mine(by(name, at.clone) if name else at.clone)
        ran = at.refuses(f"{commit}:{ref}", codes=["LG202"], env=ssh.environment("ana"))
        assert "ana does not own lane ui; " in ran.err
    at.accepts(f"{mine(at.clone)}:{ref}", env=ssh.environment("bob"))
    at.accepts(f"{mine(by('bob', at.clone), 'y', at.server.tip(ref) or '')}:{ref}", env=ssh.environment("cy"))
    at.accepts(f"{mine(by('cy', at.clone), 'z', at.server.tip(ref) or '')}:{ref}", env=ssh.environment("bob"))


def test_either_lands_what_the_lanes_own_ref_held(over_ssh: Arena, ssh: SshServer) -> None:
    at = over_ssh
    commit = mine(at.clone)
    at.refuses(f"{commit}:{MAIN}", codes=["LG202"], env=ssh.environment("ana"))
    at.accepts(f"{commit}:{LANE}", env=ssh.environment("bob"))
    at.accepts(f"{commit}:{MAIN}", env=ssh.environment("ana"))


def test_either_leaves_a_lanes_ref_to_its_owners(over_ssh: Arena, ssh: SshServer) -> None:
    """Of what is dropped no signature tells."""
    at = over_ssh
    first, other = mine(by("bob", at.clone)), mine(by("bob", at.clone), "other")
    at.accepts(f"{first}:{LANE}", env=ssh.environment("ana"))
    at.refuses(f":{LANE}", codes=["LG202"], env=ssh.environment("ana"))
    at.refuses(f"+{other}:{LANE}", codes=["LG202"], env=ssh.environment("ana"))
    at.refuses(f"+{at.clone.head()}:{LANE}", codes=["LG202"], env=ssh.environment("ana"))
    at.accepts(f"+{other}:{LANE}", env=ssh.environment("bob"))
    at.accepts(f":{LANE}", env=ssh.environment("bob"))


def test_either_needs_a_maintainer_for_the_policy(over_ssh: Arena, ssh: SshServer) -> None:
    at = over_ssh
    text = signed_policy("either").replace("max_active_lanes = 8", "max_active_lanes = 7")
    at.refuses(f"{lay(at, at.clone, text)}:{MAIN}", codes=["LG202", "LG701"], env=ssh.environment("cy"))
    signed = lay(at, by("bob", at.clone), text)
    at.refuses(f"{signed}:{MAIN}", codes=["LG202", "LG701"], env=ssh.environment("cy"))
    at.accepts(f"{lay(at, by('ana', at.clone), text)}:{MAIN}", env=ssh.environment("cy"))
    at.accepts(f"{lay(at, at.clone, signed_policy('either'))}:{MAIN}", env=ssh.environment("ana"))


def test_either_where_nobody_is_authenticated(tmp_path: Path) -> None:
    """Then only signatures count, and a name that the pusher sets does not."""
    at = arena(tmp_path, signed_policy("either"))
    start = at.clone.head()
    for ref in (LANE, MAIN):
        at.refuses(f"{mine(at.clone)}:{ref}", codes=["LG202"], env=as_pusher("bob"))
        at.refuses(f"{mine(by('ana', at.clone))}:{ref}", codes=["LG202"])
        at.accepts(f"{mine(by('bob', at.clone))}:{ref}")
    at.refuses(f":{LANE}", codes=["LG202"], env=as_pusher("bob"))
    at.refuses(f"+{mine(by('bob', at.clone), 'y', start)}:{LANE}", codes=["LG202"])


def test_verify_finds_what_came_in_while_the_hook_was_off(at: Arena) -> None:
    start = at.clone.head()
    at.accepts(f"{mine(by('bob', at.clone))}:{MAIN}")
    good = at.server.tip() or ""
    assert judged(at, start, good) == set()
    (at.server.path / "hooks/pre-receive").chmod(0o644)
    for name, codes in ((None, {"LG203"}), ("mallory", {"LG203"}), ("cy", {"LG202"})):
        commit = mine(by(name, at.clone) if name else at.clone, "sneaked", good)
        assert at.clone.push(f"+{commit}:{MAIN}").ok
        assert judged(at, start, commit) == codes
        assert judged(at, good, commit) == codes
    honest = mine(by("bob", at.clone), "honest", good)
    assert judged(at, start, honest) == set()


NOTES = [
    ("signature", {"pushers": False}, []),
    ("signature", {"pushers": True}, []),
    ("signature", {"pushers": True, "refs": GUARDED}, ["who pushed, which [[refs]] asks for"]),
    ("either", {}, ["who pushed, which can stand for a signature, and who resolved conflicts without a grant"]),
]


@pytest.mark.parametrize(("identity", "parts", "notes"), NOTES)
def test_verify_says_what_it_did_not_judge(
    tmp_path: Path, identity: str, parts: dict[str, Any], notes: list[str]
) -> None:
    """Who pushed is what history does not tell; a signature it does."""
    at = arena(tmp_path, signed_policy(identity, **parts))
    ran = lanegate("verify", f"HEAD..{mine(by('bob', at.clone))}", "--format", "json", cwd=at.clone.path)
    assert ran.ok, ran.both
    assert json.loads(ran.out)["notes"] == [f"not judged: {note} (history does not tell)" for note in notes]


def test_verify_notes_only_what_judged_a_step(at: Arena) -> None:
    """A policy that comes with the last step judges none yet."""
    start = at.clone.head()
    lay(at, by("ana", at.clone), signed_policy("either"))
    ran = lanegate("verify", f"{start}..HEAD", "--format", "json", cwd=at.clone.path)
    assert ran.ok, ran.both
    assert json.loads(ran.out)["notes"] == []
