"""Where the hook runs: leaked variables, odd folders, homes and broken installations (THREATS, "Reading a push")."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

import pytest

from tests.attack_support import LANE, MAIN, Arena, arena, blob, codes_in, commit_with
from tests.support import POLICY_PATH, Bare, make_bare, run


def both_ways(at: Arena, options: tuple[str, ...] = ()) -> None:
    """An attack is refused and its honest twin accepted, under the same conditions."""
    bad = commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))})
    at.refuses(f"{bad}:{LANE}", codes=["LG101"], options=options)
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    at.accepts(f"{honest}:{LANE}", options=options)


def server_with(*assignments: str, drop: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Options of a push whose receive-pack starts with these variables, as a server with a leaky sshd has it."""
    dropped = [word for name in drop for word in ("-u", name)]
    return (f"--receive-pack=env {' '.join(map(shlex.quote, [*dropped, *assignments]))} git-receive-pack",)


#: Variables that must not reach a decision. `HERE` is a folder with a configuration that says: not managed.
LEAKS = [
    ("GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=lanegate.managed", "GIT_CONFIG_VALUE_0=false"),
    ("GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=lanegate.mode", "GIT_CONFIG_VALUE_0=audit"),
    ("GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.useReplaceRefs", "GIT_CONFIG_VALUE_0=true"),
    ("GIT_CONFIG_PARAMETERS='lanegate.managed=false'",),
    ("GIT_CONFIG_PARAMETERS='lanegate.mode'='audit'",),
    ("GIT_CONFIG_GLOBAL=HERE/.gitconfig",),
    ("GIT_CONFIG_SYSTEM=HERE/.gitconfig", "GIT_CONFIG_NOSYSTEM=0"),
    ("GIT_CONFIG=HERE/.gitconfig",),
    ("GIT_DIR=HERE/other.git",),
    ("GIT_WORK_TREE=HERE",),
    ("GIT_INDEX_FILE=HERE/index",),
    ("GIT_CEILING_DIRECTORIES=/",),
    ("GIT_GRAFT_FILE=HERE/grafts",),
    ("GIT_REPLACE_REF_BASE=refs/heads/",),
    ("GIT_NO_REPLACE_OBJECTS=0",),
    ("GIT_DEFAULT_HASH=sha256",),
    ("GIT_EXTERNAL_DIFF=false", "GIT_DIFF_OPTS=--unified=0"),
    ("GIT_ATTR_SOURCE=HEAD", "GIT_ATTR_NOSYSTEM=0"),
    ("GIT_LITERAL_PATHSPECS=1",),
    ("GIT_ICASE_PATHSPECS=1",),
    ("GIT_FLUSH=1",),
    ("GIT_PAGER=false", "PAGER=false", "GIT_EDITOR=false"),
    ("GIT_ALLOW_PROTOCOL=none",),
    ("GIT_MERGE_VERBOSITY=5", "GIT_COLUMNS=1", "COLUMNS=1"),
    ("LANEGATE_MANAGED=false", "LANEGATE_MODE=audit", "LANEGATE_POLICY=HERE/policy"),
    ("LANEGATE_PUSHER=ana", "REMOTE_USER=ana"),
    ("PYTHONPATH=HERE/evil",),
    ("PYTHONSTARTUP=HERE/evil/lanegate.py", "PYTHONHOME=HERE"),
    ("PYTHONIOENCODING=ascii", "PYTHONUTF8=0", "LC_ALL=C", "LANG=tr_TR.UTF-8"),
    ("PYTHONINSPECT=1", "PYTHONOPTIMIZE=2", "PYTHONDONTWRITEBYTECODE=1"),
    ("TMPDIR=HERE/nowhere",),
    ("HOME=HERE", "XDG_CONFIG_HOME=HERE"),
    ("HOME=HERE/nowhere", "XDG_CONFIG_HOME=HERE/nowhere"),
    ("HOME=", "XDG_CONFIG_HOME="),
]


@pytest.mark.parametrize("leak", LEAKS, ids=["+".join(leak).split("=HERE")[0] for leak in LEAKS])
def test_leaked_variables(tmp_path: Path, leak: tuple[str, ...]) -> None:
    at = arena(tmp_path)
    here = tmp_path / "here"
    here.mkdir()
    here.joinpath(".gitconfig").write_text("[lanegate]\n\tmanaged = false\n\tmode = audit\n")
    here.joinpath("git").mkdir()
    here.joinpath("git/config").write_text("[lanegate]\n\tmanaged = false\n")
    here.joinpath("grafts").write_text("")
    (here / "evil/lanegate").mkdir(parents=True)
    here.joinpath("evil/lanegate/__init__.py").write_text("raise SystemExit(0)\n")
    here.joinpath("evil/lanegate.py").write_text("raise SystemExit(0)\n")
    make_bare(here / "other.git")
    drop = ("GIT_CONFIG_GLOBAL",) if leak[0].startswith("HOME=") else ()
    both_ways(at, server_with(*[word.replace("HERE", str(here)) for word in leak], drop=drop))


def test_namespaces_are_no_second_set_of_refs(tmp_path: Path) -> None:
    """In a namespace git writes refs/namespaces/x/refs/heads/main and tells the hook refs/heads/main."""
    at = arena(tmp_path)
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    before = at.refs()
    for ref in (MAIN, LANE):
        ran = at.clone.push(f"{honest}:{ref}", options=server_with("GIT_NAMESPACE=x"))
        assert ran.code == 1, ran.both
        assert codes_in(ran) <= {"LG903", "LG906"}
        assert "Traceback" not in ran.both
        assert at.refs() == before
    at.accepts(f"{honest}:{LANE}")


FOLDERS = [
    "with:colon",
    'quo"te and space',
    "ünï",
    "new\nline",
    "-dash",
    "a;b$(id)&'",
    os.fsdecode(b"\xff\xfe"),
    "%s{0}",
]


@pytest.mark.parametrize("name", FOLDERS, ids=[name.encode("ascii", "backslashreplace").decode() for name in FOLDERS])
def test_servers_in_odd_folders(tmp_path: Path, name: str) -> None:
    """git quotes an alternate's path that holds a colon, and libgit2 does not unquote it."""
    folder = tmp_path / name
    folder.mkdir()
    at = arena(folder)
    both_ways(at)
    merged = at.clone.out("merge-tree", "--write-tree", "HEAD", at.server.tip(LANE) or "")
    made = run(
        ["git", "commit-tree", merged, "-p", "HEAD", "-p", at.server.tip(LANE) or ""], cwd=at.clone.path, data="M\n"
    )
    at.accepts(f"{made.out.strip()}:{MAIN}")


def test_a_server_with_an_alternate_and_a_relative_one(tmp_path: Path) -> None:
    at = arena(tmp_path)
    shared = tmp_path / "sha:red"
    shutil.move(at.server.path / "objects", shared)
    (at.server.path / "objects" / "info").mkdir(parents=True)
    (at.server.path / "objects" / "info" / "alternates").write_text("../../../sha:red\n")
    both_ways(at)


def test_a_server_whose_objects_are_packed(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.server.git("repack", "-q", "-a", "-d", "--write-bitmap-index")
    at.server.git("pack-refs", "--all")
    at.server.git("commit-graph", "write", "--reachable")
    at.server.git("multi-pack-index", "write")
    both_ways(at)


def test_a_server_where_pushes_are_unpacked_or_kept(tmp_path: Path) -> None:
    for number, limit in enumerate(("1", "1000")):
        folder = tmp_path / str(number)
        folder.mkdir()
        both_ways(arena(folder, config={"receive.unpackLimit": limit, "transfer.unpackLimit": limit}))


def test_pushes_over_the_file_protocol_and_with_options(tmp_path: Path) -> None:
    at = arena(tmp_path, config={"receive.advertisePushOptions": "true", "receive.advertiseAtomic": "true"})
    at.clone.git("remote", "set-url", "origin", f"file://{at.server.path}")
    both_ways(at, ("--push-option=lanegate.skip", "--push-option=ci.skip", "--atomic", "--thin"))


def test_a_server_owned_by_somebody_else(tmp_path: Path) -> None:
    """A git server often runs as another user than the files' owner and says `safe.directory = *` somewhere."""
    at = arena(tmp_path)
    home = tmp_path / "server-home"
    home.mkdir()
    home.joinpath(".gitconfig").write_text("[safe]\n\tdirectory = *\n")
    if os.geteuid() == 0:
        for path in [at.server.path, *at.server.path.rglob("*")]:
            os.chown(path, 12345, 12345, follow_symlinks=False)
    leak = (f"HOME={home}", "GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
    bad = commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))})
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    options = server_with(*leak, drop=("GIT_CONFIG_GLOBAL",))
    ran = at.clone.push(f"{bad}:{LANE}", options=options)
    assert not ran.ok
    assert codes_in(ran) == {"LG101"}, ran.both
    ran = at.clone.push(f"{honest}:{LANE}", options=options)
    assert ran.ok, ran.both


def test_a_home_that_cannot_be_read(tmp_path: Path) -> None:
    at = arena(tmp_path)
    home = tmp_path / "locked"
    home.mkdir()
    home.joinpath(".gitconfig").mkdir()
    home.chmod(0)
    try:
        both_ways(at, server_with(f"HOME={home}/deeper", f"XDG_CONFIG_HOME={home}/deeper", drop=("GIT_CONFIG_GLOBAL",)))
    finally:
        home.chmod(0o700)


def _hook(server: Bare) -> Path:
    return server.path / "hooks" / "pre-receive"


def _refused_somehow(at: Arena) -> str:
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    before = at.refs()
    ran = at.clone.push(f"{honest}:{LANE}")
    assert not ran.ok, ran.both
    assert "pre-receive hook declined" in ran.err
    assert "Traceback" not in ran.both
    assert at.refs() == before
    at.sound()
    return ran.err


@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/false", "/etc/passwd"])
def test_a_python_that_is_gone(tmp_path: Path, python: str) -> None:
    at = arena(tmp_path)
    hook = _hook(at.server)
    lines = hook.read_text().splitlines()
    hook.write_text("\n".join(f"python='{python}'" if line.startswith("python=") else line for line in lines) + "\n")
    assert "lanegate" in _refused_somehow(at) or python == "/bin/false"


@pytest.mark.parametrize(
    "broken",
    ["lanegate/__init__.py", "lanegate/cli/hooks.py", "lanegate/usecases/pre_receive.py", "lanegate/core/judge.py"],
)
@pytest.mark.parametrize("text", ["raise ImportError('broken')\n", "this is no python\n", ""])
def test_a_lanegate_that_is_broken(tmp_path: Path, broken: str, text: str) -> None:
    """A half-finished upgrade: a module that fails, that is no Python, or that is empty."""
    if broken.endswith("__init__.py") and not text:
        text = "import nowhere_to_be_found\n"
    at = arena(tmp_path)
    copy = tmp_path / "site"
    shutil.copytree(Path(__file__).parents[2] / "lanegate", copy / "lanegate", ignore=shutil.ignore_patterns("*.pyc"))
    (copy / broken).write_text(text)
    hook = _hook(at.server)
    lines = hook.read_text().splitlines()
    hook.write_text("\n".join(f"package='{copy}'" if line.startswith("package=") else line for line in lines) + "\n")
    _refused_somehow(at)


def test_git_is_not_in_the_path_of_the_hook(tmp_path: Path) -> None:
    at = arena(tmp_path)
    hook = _hook(at.server)
    hook.write_text(hook.read_text().replace("#!/bin/sh\n", "#!/bin/sh\nPATH=/nowhere\n", 1))
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    at.refuses(f"{honest}:{LANE}", codes=["LG903"])


def test_no_place_for_temporary_files(tmp_path: Path) -> None:
    """Merges are made again in a scratch folder; without one nothing is decided, and nobody is told of a bug."""
    at = arena(tmp_path)
    side = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    mine = commit_with(at.clone, {b"src/ui/y.py": ("100644", blob(at.clone))})
    merged = at.clone.out("merge-tree", "--write-tree", mine, side)
    merge = at.clone.out("commit-tree", "-p", mine, "-p", side, "-m", "Merge", merged)
    before = at.refs()
    ran = at.clone.push(f"{merge}:{LANE}", options=server_with(f"TMPDIR={tmp_path}/nowhere"))
    assert ran.ok or (codes_in(ran) == {"LG903"} and at.refs() == before), ran.both
    evil = at.clone.out("commit-tree", "-p", mine, "-p", side, "-m", "Merge", f"{mine}^{{tree}}")
    before = at.refs()
    ran = at.clone.push(f"{evil}:{MAIN}", options=server_with(f"TMPDIR={tmp_path}/nowhere"))
    assert codes_in(ran) <= {"LG903", "LG201"}, ran.both
    assert not ran.ok
    assert at.refs() == before


def test_a_hook_that_stood_there_before_is_asked_too(tmp_path: Path) -> None:
    at = arena(tmp_path)
    before = at.server.path / "hooks" / "pre-receive.before-lanegate"
    before.write_text('#!/bin/sh\ngrep -q "refs/heads/lane" && { echo "not today" >&2; exit 1; }\nexit 0\n')
    before.chmod(0o755)
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    bad = commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))})
    assert "not today" in at.refuses(f"{honest}:{LANE}", codes=[]).err
    at.refuses(f"{bad}:{MAIN}", codes=["LG101"])
    at.accepts(f"{honest}:{MAIN}")


def test_refusals_leave_nothing_behind(tmp_path: Path) -> None:
    """No object, no ref, no temporary folder of a refused push stays; the next push is not disturbed."""
    at = arena(tmp_path)
    both_ways(at)
    bad = commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))})
    files = sorted(path.relative_to(at.server.path) for path in at.server.path.rglob("*"))
    at.refuses(f"{bad}:{MAIN}", codes=["LG101"])
    assert sorted(path.relative_to(at.server.path) for path in at.server.path.rglob("*")) == files
    assert not at.server.git("cat-file", "-e", bad, check=False).ok


@pytest.mark.parametrize("damage", [b"", b"garbage", None], ids=["emptied", "overwritten", "truncated"])
def test_a_kept_policy_that_was_damaged(tmp_path: Path, damage: bytes | None) -> None:
    """What lanegate keeps beside the repository saves time, and decides nothing by itself."""
    at = arena(tmp_path)
    at.accepts(f"{commit_with(at.clone, {b'src/ui/first.py': ('100644', blob(at.clone))})}:refs/heads/main")
    kept = [path for path in (at.server.path / "lanegate").iterdir() if path.is_file()]
    assert kept
    for path in kept:
        path.write_bytes(path.read_bytes()[:-7] if damage is None else damage)
    both_ways(at)


def test_a_kept_policy_is_that_of_its_own_blob(tmp_path: Path) -> None:
    """Another policy on main is another blob: nothing of the former one lives on."""
    at = arena(tmp_path)
    core = "Policy\n\nLane: core\n"
    at.accepts(f"{commit_with(at.clone, {b'src/ui/first.py': ('100644', blob(at.clone))})}:{MAIN}")
    text = at.clone.path.joinpath(POLICY_PATH).read_text().replace('"/src/ui/", ', '"/src/new/", ')
    narrow = commit_with(
        at.clone, {POLICY_PATH.encode(): ("100644", blob(at.clone, text))}, at.server.tip() or "", message=core
    )
    at.accepts(f"{narrow}:{MAIN}")
    at.refuses(f"{commit_with(at.clone, {b'src/ui/x.py': ('100644', blob(at.clone))})}:{LANE}", codes=["LG103"])
    at.accepts(f"{commit_with(at.clone, {b'src/new/x.py': ('100644', blob(at.clone))})}:{LANE}")
    at.accepts(f"{commit_with(at.clone, {b'policy/x': ('100644', blob(at.clone))}, narrow, message=core)}:{MAIN}")


def test_a_server_folder_that_cannot_be_written_for_keeping(tmp_path: Path) -> None:
    at = arena(tmp_path)
    shutil.rmtree(at.server.path / "lanegate")
    (at.server.path / "lanegate").write_text("a file where the folder would be\n")
    both_ways(at)
