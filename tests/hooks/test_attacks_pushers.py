"""Who pushes: what a client can set proves nothing, and rules that name people (design section 3.3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack_support import BY_SSH, LANE, MAIN, PUSHER_POLICY, arena, as_pusher, blob, commit_with


def test_a_pusher_name_set_by_the_client_proves_nothing(tmp_path: Path) -> None:
    """Over a local path the client sets whatever it likes; a server whose platform is local believes none of it."""
    at = arena(tmp_path, PUSHER_POLICY)
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    for env in ({"LANEGATE_PUSHER": "bob"}, {"REMOTE_USER": "bob"}, as_pusher("bob"), {"GL_USERNAME": "bob"}):
        at.refuses(f"{honest}:{LANE}", codes=["LG907"], env=env)


#: (platform, what the environment says, code): an environment that is not the platform's, or is two at once.
SSH_SIGN = {"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}
HTTP_SIGN = {"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "POST"}
PLATFORMS: list[tuple[str, dict[str, str], list[str]]] = [
    ("ssh", {**SSH_SIGN, "LANEGATE_PUSHER": "bob"}, []),
    ("ssh", {"LANEGATE_PUSHER": "bob"}, ["LG907"]),
    ("ssh", SSH_SIGN, ["LG907"]),
    ("ssh", {**SSH_SIGN, "LANEGATE_PUSHER": ""}, ["LG907"]),
    ("ssh", {**SSH_SIGN, "REMOTE_USER": "bob"}, ["LG907"]),
    ("ssh", {**SSH_SIGN, **HTTP_SIGN, "LANEGATE_PUSHER": "bob"}, ["LG907"]),
    ("ssh", {**SSH_SIGN, "LANEGATE_PUSHER": "bob\nana"}, ["LG907"]),
    ("ssh", {**SSH_SIGN, "LANEGATE_PUSHER": "ana"}, ["LG202"]),
    ("ssh", {**SSH_SIGN, "LANEGATE_PUSHER": "Bob"}, ["LG202"]),
    ("ssh", {**SSH_SIGN, "LANEGATE_PUSHER": "bob "}, ["LG202"]),
    ("ssh", {**SSH_SIGN, "LANEGATE_PUSHER": "\udcff"}, ["LG202"]),
    ("ssh", {**SSH_SIGN, "LANEGATE_PUSHER": "nobody"}, ["LG202"]),
    ("http-backend", {**HTTP_SIGN, "REMOTE_USER": "bob"}, []),
    ("http-backend", {"REMOTE_USER": "bob"}, ["LG907"]),
    ("http-backend", {"GATEWAY_INTERFACE": "CGI/1.1", "REMOTE_USER": "bob"}, ["LG907"]),
    ("http-backend", HTTP_SIGN, ["LG907"]),
    ("http-backend", {**HTTP_SIGN, **SSH_SIGN, "REMOTE_USER": "bob"}, ["LG907"]),
    ("http-backend", {**HTTP_SIGN, "LANEGATE_PUSHER": "bob"}, ["LG907"]),
    ("http-backend", {**HTTP_SIGN, "REMOTE_USER": "ana"}, ["LG202"]),
    # gitolite: over ssh, over http, past it
    ("gitolite", {**SSH_SIGN, "GL_USER": "bob", "GL_REPO": "shop"}, []),
    ("gitolite", {**HTTP_SIGN, "REMOTE_USER": "mallory", "GL_USER": "bob", "GL_REPO": "shop"}, []),
    ("gitolite", {**SSH_SIGN, "GL_USER": "bob"}, ["LG907"]),
    ("gitolite", {**SSH_SIGN, "GL_REPO": "shop"}, ["LG907"]),
    ("gitolite", {**SSH_SIGN, "GL_USER": "", "GL_REPO": "shop"}, ["LG907"]),
    ("gitolite", {"GL_USER": "bob", "GL_REPO": "shop", "GL_ID": "user-1"}, ["LG907"]),
    ("gitolite", {"GL_USER": "ana", "GL_REPO": "shop", "LANEGATE_PUSHER": "bob"}, ["LG202"]),
    ("ssh", {**SSH_SIGN, "GL_REPO": "shop", "LANEGATE_PUSHER": "bob"}, ["LG907"]),
    # GitLab
    ("gitlab", {"GL_USERNAME": "bob", "GL_ID": "user-7", "GL_PROTOCOL": "ssh"}, []),
    ("gitlab", {"GL_USERNAME": "bob", "GL_ID": "key-7", "GL_PROTOCOL": "ssh"}, []),
    ("gitlab", {"GL_USERNAME": "bob", "GL_ID": "user-7", "GL_PROTOCOL": "web"}, []),
    ("gitlab", {"GL_ID": "key-7", "GL_PROTOCOL": "ssh"}, ["LG907"]),
    ("gitlab", {"GL_USERNAME": "bob", "GL_PROTOCOL": "ssh"}, ["LG907"]),
    ("gitlab", {"GL_USERNAME": "bob", "GL_ID": "user-7"}, ["LG907"]),
    ("gitlab", {"GL_USERNAME": "bob", "GL_ID": "user-", "GL_PROTOCOL": "ssh"}, ["LG907"]),
    ("gitlab", {"GL_USERNAME": "bob", "GL_ID": "user-\N{DEVANAGARI DIGIT SEVEN}", "GL_PROTOCOL": "ssh"}, ["LG907"]),
    ("gitlab", {"GL_USERNAME": "bob", "GL_ID": "deploy-7", "GL_PROTOCOL": "ssh"}, ["LG907"]),
    ("gitlab", {"GL_USERNAME": "bob", "GL_ID": "user-7", "GL_PROTOCOL": "file"}, ["LG907"]),
    ("gitlab", {**SSH_SIGN, "GL_USERNAME": "bob", "GL_ID": "user-7", "GL_PROTOCOL": "ssh"}, ["LG907"]),
    ("gitlab", {"GL_USERNAME": "bob", "GL_ID": "user-7", "GL_PROTOCOL": "ssh", "GL_REPO": "shop"}, ["LG907"]),
    ("gitlab", {"GL_USERNAME": "ana", "GL_ID": "user-1", "GL_PROTOCOL": "http"}, ["LG202"]),
    # Gitea and Forgejo
    ("gitea", {"GITEA_PUSHER_NAME": "bob", "GITEA_PUSHER_ID": "7"}, []),
    ("gitea", {**SSH_SIGN, "GITEA_PUSHER_NAME": "bob", "GITEA_PUSHER_ID": "7", "GITEA_DEPLOY_KEY_ID": "0"}, []),
    ("gitea", {"GITEA_PUSHER_NAME": "bob", "GITEA_PUSHER_ID": "7", "GITEA_DEPLOY_KEY_ID": "3"}, ["LG907"]),
    ("gitea", {"GITEA_PUSHER_NAME": "bob", "GITEA_PUSHER_ID": "7", "GITEA_DEPLOY_KEY_ID": "-1"}, ["LG907"]),
    ("gitea", {"GITEA_PUSHER_NAME": "bob"}, ["LG907"]),
    ("gitea", {"GITEA_PUSHER_ID": "7"}, ["LG907"]),
    ("gitea", {"GITEA_PUSHER_NAME": "bob", "GITEA_PUSHER_ID": "bob"}, ["LG907"]),
    ("gitea", {**HTTP_SIGN, "GITEA_PUSHER_NAME": "bob", "GITEA_PUSHER_ID": "7"}, ["LG907"]),
    ("gitea", {"GITEA_PUSHER_NAME": "ana", "GITEA_PUSHER_ID": "1"}, ["LG202"]),
    # GitHub Enterprise
    ("github-enterprise", {"GITHUB_USER_LOGIN": "bob", "GITHUB_REPO_NAME": "shop/shop"}, []),
    ("github-enterprise", {"GITHUB_USER_LOGIN": "bob"}, ["LG907"]),
    ("github-enterprise", {"GITHUB_REPO_NAME": "shop/shop"}, ["LG907"]),
    ("github-enterprise", {**SSH_SIGN, "GITHUB_USER_LOGIN": "bob", "GITHUB_REPO_NAME": "shop/shop"}, ["LG907"]),
    ("github-enterprise", {"GITHUB_USER_LOGIN": "ana", "GITHUB_REPO_NAME": "shop/shop"}, ["LG202"]),
]


@pytest.mark.parametrize(("platform", "environment", "codes"), PLATFORMS)
def test_who_pushes(tmp_path: Path, platform: str, environment: dict[str, str], codes: list[str]) -> None:
    at = arena(tmp_path, PUSHER_POLICY, config={"lanegate.platform": platform})
    honest = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    if codes:
        at.refuses(f"{honest}:{LANE}", codes=codes, env=environment)
    else:
        at.accepts(f"{honest}:{LANE}", env=environment)


def test_rules_that_name_people(tmp_path: Path) -> None:
    """Who may push main, who lands whose commits, who deletes whose ref (identity `pusher`)."""
    at = arena(tmp_path, PUSHER_POLICY, config=BY_SSH)
    ui = commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})
    docs = commit_with(
        at.clone, {b"docs/x.md": ("100644", blob(at.clone))}, message="[W1] X\n\nLane: docs\nTask: T-12\n"
    )
    at.refuses(f"{docs}:{MAIN}", codes=["LG601"], env=as_pusher("cy"))
    at.refuses(f"{ui}:{MAIN}", codes=["LG202"], env=as_pusher("ana"))
    at.refuses(f"{docs}:refs/heads/lane/docs", codes=["LG202"], env=as_pusher("bob"))
    at.accepts(f"{docs}:refs/heads/lane/docs", env=as_pusher("cy"))
    at.refuses(":refs/heads/lane/docs", codes=["LG202"], env=as_pusher("bob"))
    at.refuses(f"+{ui}:refs/heads/lane/docs", codes=["LG201", "LG202"], env=as_pusher("bob"))
    at.accepts(f"{docs}:{MAIN}", env=as_pusher("ana"))
    at.accepts(":refs/heads/lane/docs", env=as_pusher("cy"))


def test_a_commit_on_the_ref_of_a_foreign_lane_does_not_prove_its_own(tmp_path: Path) -> None:
    """A commit of lane docs that lies on ui's ref is not one that an owner of docs brought."""
    at = arena(tmp_path, PUSHER_POLICY, config=BY_SSH)
    docs = commit_with(
        at.clone, {b"docs/x.md": ("100644", blob(at.clone))}, message="[W1] X\n\nLane: docs\nTask: T-12\n"
    )
    at.refuses(f"{docs}:{LANE}", codes=["LG201"], env=as_pusher("bob"))
    at.plant(f"{docs}:{LANE}")
    at.refuses(f"{docs}:{MAIN}", codes=["LG202"], env=as_pusher("ana"))
