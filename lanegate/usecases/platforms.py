"""The platforms that a server can be, and how each says who pushes (docs/platforms.md; design section 3.3).

| platform (other names) | who pushes | also set there | may carry the signs of | deadline |
|---|---|---|---|---|
| local (plain) | nobody is authenticated | | | 50 s |
| ssh | LANEGATE_PUSHER, by a forced command | SSH_CONNECTION | | 50 s |
| http-backend | REMOTE_USER, by the web server | GATEWAY_INTERFACE, REQUEST_METHOD | | 50 s |
| gitolite | GL_USER | GL_REPO | ssh, http-backend | 50 s |
| gitlab | GL_USERNAME | GL_ID (user-N, key-N), GL_PROTOCOL (http, ssh, web) | | 50 s |
| gitea (forgejo) | GITEA_PUSHER_NAME | GITEA_PUSHER_ID (a number); no GITEA_DEPLOY_KEY_ID but 0 | ssh | 50 s |
| github-enterprise (ghes) | GITHUB_USER_LOGIN | GITHUB_REPO_NAME | | 4 s |

`may carry the signs of`: what people come through there. An environment with any other platform's signs is one that
somebody else made.
"""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL, SSH, HTTP_BACKEND = "local", "ssh", "http-backend"
GITOLITE, GITLAB, GITEA, GITHUB_ENTERPRISE = "gitolite", "gitlab", "gitea", "github-enterprise"
DEFAULT_DEADLINE = 50.0
#: Other names that people give to the same thing; settings always hold the first one.
OTHER_NAMES: Mapping[str, str] = {"plain": LOCAL, "forgejo": GITEA, "ghes": GITHUB_ENTERPRISE}


class Platform(NamedTuple):
    """variable: that names the pusher, None where nobody does. signs: variables that are always set there. over:
    platforms whose signs may be there as well. deadline: seconds. line_start: what each line of a refusal starts with.
    hooks: the folder of a repository's own hooks. runs_folders: whether the platform itself runs what is in `NAME.d`
    there, beside a hook NAME. has_post_receive: whether a hook of ours can run after the push."""

    variable: str | None = None
    signs: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    deadline: float = DEFAULT_DEADLINE
    line_start: str = ""
    hooks: str = "hooks"
    runs_folders: bool = False
    has_post_receive: bool = True


PLATFORMS: Mapping[str, Platform] = {
    LOCAL: Platform(),
    SSH: Platform("LANEGATE_PUSHER", ("SSH_CONNECTION",)),
    HTTP_BACKEND: Platform("REMOTE_USER", ("GATEWAY_INTERFACE", "REQUEST_METHOD")),
    GITOLITE: Platform("GL_USER", ("GL_REPO",), over=(SSH, HTTP_BACKEND)),
    # Gitaly sets core.hooksPath itself, runs custom_hooks/NAME, then NAME.d/*, and shows people the lines that start so
    GITLAB: Platform(
        "GL_USERNAME", ("GL_ID", "GL_PROTOCOL"), line_start="GL-HOOK-ERR: ", hooks="custom_hooks", runs_folders=True
    ),
    GITEA: Platform("GITEA_PUSHER_NAME", ("GITEA_PUSHER_ID",), over=(SSH,)),
    # five seconds for all hooks together
    GITHUB_ENTERPRISE: Platform("GITHUB_USER_LOGIN", ("GITHUB_REPO_NAME",), deadline=4.0, has_post_receive=False),
}


def called(name: str) -> str:
    """The platform's own name for any name that it goes by; a name that is none stays as it is."""
    return OTHER_NAMES.get(name, name)


def odd(platform: str, environ: Mapping[str, str]) -> str | None:
    """Why these variables do not come from that platform, or not from a person there; None where they do."""
    for other, facts in PLATFORMS.items():
        present = [sign for sign in facts.signs if environ.get(sign)]
        if other == platform and len(present) < len(facts.signs):
            missing = ", ".join(sign for sign in facts.signs if sign not in present)
            return f"this push did not come through {platform}: {missing} is not set"
        if other != platform and other not in PLATFORMS[platform].over and present:
            return f"lanegate.platform is {platform}, but {present[0]} says {other}"
    if platform == GITLAB:
        return _odd_gitlab(environ["GL_ID"], environ["GL_PROTOCOL"])
    if platform == GITEA:
        return _odd_gitea(environ["GITEA_PUSHER_ID"], environ.get("GITEA_DEPLOY_KEY_ID", ""))
    return None


def _odd_gitlab(who: str, protocol: str) -> str | None:
    kind, _, number = who.partition("-")
    if kind not in ("user", "key") or not _is_number(number):
        return f"GL_ID is {who:.40}: expected user-N or key-N"
    if protocol not in ("http", "ssh", "web"):
        return f"GL_PROTOCOL is {protocol:.40}: expected http, ssh or web"
    return None


def _odd_gitea(who: str, deploy_key: str) -> str | None:
    if not _is_number(who):
        return f"GITEA_PUSHER_ID is {who:.40}: expected a number"
    if deploy_key not in ("", "0"):
        return "a deploy key pushed (GITEA_DEPLOY_KEY_ID): the name that comes with it need not be who holds it"
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
