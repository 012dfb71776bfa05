"""Who pushes, as the server authenticated them (design section 3.3; docs/platforms.md).

| platform | variable (lanegate.identityVariable) | set by | also required |
|---|---|---|---|
| local | none | nobody | nothing: there is no proven pusher |
| ssh | LANEGATE_PUSHER | a forced command or `environment=` in authorized_keys | SSH_CONNECTION |
| http-backend | REMOTE_USER | the web server after authentication | GATEWAY_INTERFACE, REQUEST_METHOD |

A variable alone proves nothing on a push that came another way, so an environment that does not look like the
platform's, or looks like two, is a refusal (LG907).
"""

from __future__ import annotations

from lanegate.usecases.server_config import HTTP_BACKEND, LOCAL, SSH, ServerConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNS = {SSH: ("SSH_CONNECTION",), HTTP_BACKEND: ("GATEWAY_INTERFACE", "REQUEST_METHOD")}


class IdentityError(Exception):
    """The pusher is not known, or the environment contradicts itself (LG907)."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def authenticated_pusher(config: ServerConfig, environ: Mapping[str, str]) -> str:
    """The name that the server authenticated. Raises IdentityError."""
    if config.platform == LOCAL or config.identity_variable is None:
        raise IdentityError("lanegate.platform is local: nobody is authenticated here, but the policy asks who pushes")
    for platform, signs in SIGNS.items():
        present = [sign for sign in signs if environ.get(sign)]
        if platform == config.platform and len(present) < len(signs):
            missing = ", ".join(sign for sign in signs if sign not in present)
            raise IdentityError(f"this push did not come through {platform}: {missing} is not set")
        if platform != config.platform and present:
            raise IdentityError(f"lanegate.platform is {config.platform}, but {present[0]} says {platform}")
    name = environ.get(config.identity_variable, "")
    if not name:
        raise IdentityError(f"{config.identity_variable} is not set: the server did not say who pushes")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        raise IdentityError(f"{config.identity_variable} holds a control character")
    return name
