"""Platforms that run hooks in their own way: what each gives to a hook, imitated by what its source or manual says.

Each refuses one push and lets its honest twin in, beside a hook of somebody else. git itself is the real one.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lanegate.usecases import install_server as gate
from lanegate.usecases.platforms import called
from tests.attack_signatures import key_file
from tests.attack_support import LANE, MAIN, PUSHER_POLICY, Arena, blob, commit_with
from tests.landing_support import glass_policy
from tests.support import FILES, ROOT, make_bare, make_clone, seed

#: Gitaly's own hook, by core.hooksPath: each hook in the repository's folder with an environment made from a list of
#: names, the first failure ends it; then the folder of hooks for all repositories.
GITALY = """\
#!/bin/sh
repository=$PWD
input=$(cat; echo .)
name=${{0##*/}}
list="$repository/custom_hooks/$name"
for file in "$repository/custom_hooks/$name.d"/* "{everywhere}/$name.d"/*; do list="$list
$file"; done
set -- HOME="$HOME" PATH="$PATH" GIT_DIR="$repository" GL_REPOSITORY=project-1 GL_PROJECT_PATH=shop/shop
for kept in GL_ID GL_USERNAME GL_PROTOCOL GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES \\
  GIT_PUSH_OPTION_COUNT GIT_PUSH_OPTION_0; do
  eval "value=\\${{$kept-}}"
  if [ -n "$value" ]; then set -- "$@" "$kept=$value"; fi
done
IFS='
'
for hook in $list; do
  case $hook in *~) continue ;; esac
  if [ -f "$hook" ] && [ -x "$hook" ]; then
    printf '%s' "${{input%.}}" | (cd "$repository" && exec env -i "$@" "$hook") || exit 1
  fi
done
"""
#: Gitea's and Forgejo's: every hook in the folder runs, then the push fails if one of them did.
DELEGATOR = """\
#!/usr/bin/env bash
given=$(cat)
failed=0
for hook in "${GIT_DIR:-$(dirname "$0")/..}/hooks/$(basename "$0").d"/*; do
  if [ -f "$hook" ] && [ -x "$hook" ]; then echo "$given" | "$hook" || failed=$?; fi
done
exit $failed
"""
#: Somebody else's hook: notes that it ran, with what it was fed; refuses where there is a file `stop`.
COLLEAGUE = '#!/bin/sh\ncat >> "{folder}/colleague"\n[ ! -e "{folder}/stop" ] || {{ echo COLLEAGUE; exit 1; }}\n'


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def server(tmp_path: Path, platform: str, text: str = PUSHER_POLICY, before: Mapping[str, str] | None = None) -> Arena:
    """A server of that platform with its own files (path → text) in place first, and a clone of it."""
    bare = make_bare(tmp_path / "server.git")
    seed(bare, FILES, text=text)
    for path, content in (before or {}).items():
        program(bare.path / path, content)
    gate.install_server(str(bare.path), gate.ServerOptions(platform=platform))
    return Arena(bare, make_clone(bare, tmp_path / "clone"))


def theirs(at: Arena) -> str:
    """A push that lane ui may not make."""
    return f"+{commit_with(at.clone, {b'src/core/x.py': ('100644', blob(at.clone))})}:{LANE}"


def ours(at: Arena) -> str:
    return f"{commit_with(at.clone, {b'src/ui/x.py': ('100644', blob(at.clone))})}:{LANE}"


def as_gitlab(name: str) -> dict[str, str]:
    return {"GL_ID": "user-7", "GL_USERNAME": name, "GL_PROTOCOL": "ssh", "LANEGATE_PUSHER": "ana"}


def gitlab(tmp_path: Path, text: str = PUSHER_POLICY) -> Arena:
    colleague = COLLEAGUE.format(folder=tmp_path)
    at = server(tmp_path, "gitlab", text, {"custom_hooks/pre-receive": colleague})
    for hook in ("pre-receive", "post-receive"):
        program(tmp_path / "gitaly" / hook, GITALY.format(everywhere=tmp_path / "everywhere"))
    command = f"git -c core.hooksPath={shlex.quote(str(tmp_path / 'gitaly'))} receive-pack"
    at.clone.git("config", "remote.origin.receivepack", command)
    return at


def test_gitlab(tmp_path: Path) -> None:
    """In custom_hooks/NAME.d, after the project's own hook, with no more than Gitaly's list of variables."""
    at = gitlab(tmp_path)
    ran = at.refuses(theirs(at), codes=["LG101"], env=as_gitlab("bob"))
    assert (at.server.path / "custom_hooks/pre-receive").read_text() == COLLEAGUE.format(folder=tmp_path)
    said = [line for line in ran.err.split("\n") if line.startswith("remote: ") and line.strip() != "remote:"]
    assert said
    assert all(line.startswith("remote: GL-HOOK-ERR: ") for line in said), ran.err
    at.refuses(ours(at), codes=["LG202"], env=as_gitlab("cy"))
    at.accepts(ours(at), env=as_gitlab("bob"))
    assert (tmp_path / "colleague").read_text().count(LANE) == 3
    (tmp_path / "stop").write_text("")
    assert "COLLEAGUE" in at.refuses(theirs(at), codes=[], env=as_gitlab("bob")).err


def test_gitlab_hands_push_options_on(tmp_path: Path) -> None:
    """A maintainer breaks the glass, and post-receive records it; bob's wish is heard and refused."""
    at = gitlab(tmp_path, glass_policy())
    at.server.config("lanegate.serverKey", str(key_file("server")))
    bad = commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))})
    glass = ("-o", "lanegate.override=the shop is down")
    at.refuses(f"{bad}:{MAIN}", codes=["LG101", "LG202", "LG301"], options=glass, env=as_gitlab("bob"))
    ran = at.clone.push(f"{bad}:{MAIN}", options=glass, env=as_gitlab("ana"))
    assert ran.ok, ran.both
    assert "OVERRIDDEN" in ran.err
    assert "landing recorded as number 1 of the ledger" in ran.err


def as_gitea(name: str, key: str = "0") -> dict[str, str]:
    return {
        "GITEA_PUSHER_NAME": name,
        "GITEA_PUSHER_ID": "7",
        "GITEA_DEPLOY_KEY_ID": key,
        "GITEA_PR_ID": "0",
        "GITEA_REPO_NAME": "shop",
        "GITEA_REPO_USER_NAME": "shop",
        "SSH_ORIGINAL_COMMAND": "git-receive-pack",
        "SSH_CONNECTION": "192.0.2.1 1024 192.0.2.2 22",
    }


@pytest.mark.parametrize("platform", ["gitea", "forgejo"])
def test_gitea(tmp_path: Path, platform: str) -> None:
    """In NAME.d, beside the platform's own; its delegators are not touched. A deploy key is nobody."""
    colleague = COLLEAGUE.format(folder=tmp_path)
    files = {f"hooks/{hook}": DELEGATOR for hook in ("pre-receive", "post-receive")}
    own = {f"hooks/{hook}.d/gitea": colleague for hook in ("pre-receive", "post-receive")}
    at = server(tmp_path, called(platform), before={**files, **own})
    at.refuses(theirs(at), codes=["LG101"], env=as_gitea("bob"))
    at.refuses(ours(at), codes=["LG202"], env=as_gitea("cy"))
    at.refuses(ours(at), codes=["LG907"], env=as_gitea("bob", key="3"))
    at.accepts(ours(at), env=as_gitea("bob"))
    assert (at.server.path / "hooks/pre-receive").read_text() == DELEGATOR
    at.refuses("HEAD:refs/for/main", codes=["LG601"], env=as_gitea("bob"))  # by push to a pull request: no rule for it
    (tmp_path / "stop").write_text("")
    assert "COLLEAGUE" in at.refuses(theirs(at), codes=["LG101"], env=as_gitea("bob")).err  # all of them run


def test_github_enterprise(tmp_path: Path) -> None:
    """The one script of hooks/, which finds lanegate on the PATH of the uploaded environment; four of five seconds."""
    at = server(tmp_path, "github-enterprise")
    shutil.copy(ROOT / "hooks/pre-receive", at.server.path / "hooks/pre-receive")
    command = (
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec "{sys.executable}" -m lanegate.cli.hooks pre-receive\n'
    )
    program(tmp_path / "bin/lanegate-pre-receive", command)
    env = {"GITHUB_USER_LOGIN": "bob", "GITHUB_REPO_NAME": "shop/shop", "GITHUB_VIA": "git push"}
    env["PATH"] = f"{tmp_path}/bin:{os.environ['PATH']}"
    at.refuses(theirs(at), codes=["LG101"], env=env)
    at.accepts(ours(at), env=env)
    assert at.server.out("config", "lanegate.deadline") == "4"
