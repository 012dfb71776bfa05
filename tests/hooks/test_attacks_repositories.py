"""Kinds of repositories: shallow, partial, sha256, reftable, linked (THREATS: a clear LG9xx or a path that works)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.attack_support import LANE, MAIN, Arena, arena, blob, codes_in, commit_tree, commit_with
from tests.support import Clone, run


def both_ways(at: Arena) -> None:
    bad = commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))})
    at.refuses(f"{bad}:{LANE}", codes=["LG101"])
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    at.accepts(f"{honest}:{LANE}")


def clone_of(at: Arena, folder: Path, *options: str) -> Arena:
    """The same server with another clone."""
    run(["git", "clone", "-q", *options, f"file://{at.server.path}", str(folder)], cwd=folder.parent, check=True)
    return Arena(at.server, Clone(folder))


def with_history(folder: Path, **config: str) -> Arena:
    """A server with five commits on main, so that there is something to cut off."""
    at = arena(folder, config={key.replace("_", "."): value for key, value in config.items()})
    for number in range(5):
        at.clone.change({f"src/ui/{number}.py": "x\n"}, lane="ui")
    at.accepts("HEAD:main")
    return at


def test_sha256(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    at = arena(tmp_path, options=("--object-format=sha256",))
    assert len(at.clone.head()) == 64
    both_ways(at)
    merged = at.clone.out("merge-tree", "--write-tree", "HEAD", at.server.tip(LANE) or "")
    evil = at.clone.out("rev-parse", "HEAD^{tree}")
    parents = ("HEAD", at.server.tip(LANE) or "")
    at.refuses(f"{commit_tree(at.clone, evil, *parents, message='Merge')}:{MAIN}", codes=["LG201"])
    at.accepts(f"{commit_tree(at.clone, merged, *parents, message='Merge')}:{MAIN}")
    at.refuses(f"+HEAD:{MAIN}", codes=["LG602"])
    at.accepts(f":{LANE}")


def test_reftable_where_git_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not run(["git", "init", "-q", "--ref-format=reftable", str(tmp_path / "probe")], cwd=tmp_path).ok:
        assert not (tmp_path / "probe").exists()  # this git knows no other way to keep refs, so nobody has one
        return
    monkeypatch.setenv("GIT_DEFAULT_REF_FORMAT", "reftable")
    at = arena(tmp_path, options=("--ref-format=reftable",))
    both_ways(at)
    at.refuses(f"+HEAD^:{MAIN}", f"HEAD:refs/heads/{'x' * 40}", codes=["LG602", "LG601"])


def test_a_shallow_push(tmp_path: Path) -> None:
    """It would cut the server's history off: git refuses it by default, lanegate where somebody allowed it."""
    at = with_history(tmp_path)
    foreign = Clone(tmp_path / "foreign")
    run(["git", "init", "-q", "-b", "main", str(foreign.path)], cwd=tmp_path, check=True)
    foreign.change({"src/ui/a.py": "1\n"}, lane="ui")
    foreign.change({"src/ui/b.py": "2\n"}, lane="ui")
    cut = Clone(tmp_path / "cut")
    run(["git", "clone", "-q", "--depth=1", f"file://{foreign.path}", str(cut.path)], cwd=tmp_path, check=True)
    cut.git("remote", "set-url", "origin", str(at.server.path))
    before = at.refs()
    for allowed in ("false", "true"):
        at.server.config("receive.shallowUpdate", allowed)
        ran = cut.push(f"HEAD:{LANE}")
        assert not ran.ok
        assert at.refs() == before
        assert not (at.server.path / "shallow").exists()
        assert allowed == "false" or codes_in(ran) == {"LG906"}, ran.both
    at.sound()


def test_a_shallow_clone_of_the_server_itself(tmp_path: Path) -> None:
    """Its pushes either work or are refused clearly; after `git fetch --unshallow` they work."""
    at = clone_of(with_history(tmp_path), tmp_path / "shallow", "--depth=1")
    at.clone.change({"src/ui/new.py": "x\n"}, lane="ui")
    before = at.refs()
    ran = at.clone.push(f"HEAD:{LANE}")
    if not ran.ok:
        assert codes_in(ran) == {"LG906"}, ran.both
        assert "unshallow" in ran.err
        assert at.refs() == before
        at.clone.git("fetch", "-q", "--unshallow", "origin")
        at.accepts(f"HEAD:{LANE}")
    at.sound()


def test_a_shallow_clone_does_not_hide_what_it_brings(tmp_path: Path) -> None:
    at = clone_of(with_history(tmp_path), tmp_path / "shallow", "--depth=1")
    at.clone.change({"src/core/index.py": "stolen\n"}, lane="ui")
    at.clone.change({"src/ui/new.py": "x\n"}, lane="ui")
    at.clone.git("fetch", "-q", "--depth=1", str(at.clone.path))
    before = at.refs()
    ran = at.clone.push(f"HEAD:{LANE}")
    assert not ran.ok
    assert codes_in(ran) == {"LG903"}, ran.both
    assert "unshallow" in ran.err
    assert at.refs() == before


def test_a_server_that_is_shallow_itself(tmp_path: Path) -> None:
    at = with_history(tmp_path)
    (at.server.path / "shallow").write_text(f"{at.clone.out('rev-parse', 'HEAD~2')}\n")
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    before = at.refs()
    ran = at.clone.push(f"{honest}:{LANE}")
    assert not ran.ok
    assert codes_in(ran) == {"LG906"}, ran.both
    assert at.refs() == before
    (at.server.path / "shallow").unlink()
    both_ways(at)


def test_partial_and_sparse_clones_push_as_others(tmp_path: Path) -> None:
    at = with_history(tmp_path, uploadpack_allowFilter="true")
    partial = clone_of(at, tmp_path / "partial", "--filter=blob:none", "--sparse")
    partial.clone.git("sparse-checkout", "set", "src/ui")
    partial.clone.change({"src/ui/new.py": "x\n"}, lane="ui")
    partial.accepts(f"HEAD:{LANE}")
    partial.clone.git("mv", "--sparse", "src/ui/new.py", "src/core/new.py")
    partial.clone.commit(lane="ui")
    partial.refuses(f"HEAD:{LANE}", codes=["LG101"])


def test_a_bundle_and_a_dumb_fetch_are_no_push(tmp_path: Path) -> None:
    """What reaches the server's objects another way is judged when a ref asks for it."""
    at = arena(tmp_path)
    bad = at.clone.change({"src/core/index.py": "stolen\n"}, lane="ui")
    bundle = tmp_path / "x.bundle"
    at.clone.git("bundle", "create", "-q", str(bundle), "HEAD")
    at.server.git("bundle", "unbundle", str(bundle))
    at.refuses(f"{bad}:{LANE}", codes=["LG101"])


def test_missing_objects(tmp_path: Path) -> None:
    """A tree of main is lost on the server: nothing can be decided, and nothing is let through."""
    at = arena(tmp_path)
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    lost = at.server.out("rev-parse", f"{MAIN}:policy")
    kept = at.server.path / "objects" / lost[:2] / lost[2:]
    raw = kept.read_bytes()
    kept.unlink()
    before = at.refs()
    ran = at.clone.push(f"{honest}:{LANE}")
    assert not ran.ok
    assert codes_in(ran) <= {"LG903"}
    assert "Traceback" not in ran.both
    assert at.refs() == before
    kept.write_bytes(raw)
    at.accepts(f"{honest}:{LANE}")


def test_a_quarantine_that_a_killed_push_left_behind(tmp_path: Path) -> None:
    at = arena(tmp_path)
    bad = at.clone.change({"src/core/index.py": "stolen\n"}, lane="ui")
    shutil.copytree(at.clone.path / ".git" / "objects", at.server.path / "objects" / "tmp_objdir-incoming-x1y2z3")
    at.refuses(f"{bad}:{LANE}", codes=["LG101"])
    at.clone.git("reset", "-q", "--hard", "HEAD^")
    both_ways(at)


def test_a_server_whose_head_points_nowhere(tmp_path: Path) -> None:
    """The trusted ref is named in the settings; HEAD says nothing."""
    at = arena(tmp_path)
    at.server.git("symbolic-ref", "HEAD", "refs/heads/nowhere")
    both_ways(at)
    at.server.git("symbolic-ref", "HEAD", LANE)
    at.refuses(f":{MAIN}", codes=["LG602"])


def test_two_pushes_at_once(tmp_path: Path) -> None:
    """Both are judged against the same main; git's own compare-and-swap lets one of them through."""
    at = arena(tmp_path)
    ours = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    theirs = commit_with(at.clone, {b"src/ui/y.py": ("100644", blob(at.clone))})
    pushes = [
        subprocess.Popen(
            ["git", "push", "--no-verify", "origin", f"{commit}:{MAIN}"], cwd=at.clone.path, stderr=subprocess.PIPE
        )
        for commit in (ours, theirs)
    ]
    said = [push.communicate()[1].decode() for push in pushes]
    assert sorted(push.returncode for push in pushes) == [0, 1], said
    assert at.server.tip() in (ours, theirs)
    assert not any("Traceback" in text for text in said)
    at.sound()
