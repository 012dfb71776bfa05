"""Who pushes, as the server authenticated them (design section 3.3; docs/platforms.md; usecases/platforms.py).

A variable alone proves nothing on a push that came another way, so an environment that does not look like the
platform's, or looks like two, is a refusal (LG907).
"""

from __future__ import annotations

from lanegate.usecases.platforms import LOCAL, odd
from lanegate.usecases.server_config import ServerConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class IdentityError(Exception):
    """The pusher is not known, or the environment contradicts itself (LG907)."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def authenticated_pusher(config: ServerConfig, environ: Mapping[str, str]) -> str:
    """The name that the server authenticated. Raises IdentityError."""
    if config.platform == LOCAL or config.identity_variable is None:
        raise IdentityError("lanegate.platform is local: nobody is authenticated here, but the policy asks who pushes")
    why = odd(config.platform, environ)
    if why is not None:
        raise IdentityError(why)
    name = environ.get(config.identity_variable, "")
    if not name:
        raise IdentityError(f"{config.identity_variable} is not set: the server did not say who pushes")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        raise IdentityError(f"{config.identity_variable} holds a control character")
    return name


def known_pusher(config: ServerConfig, environ: Mapping[str, str]) -> str | None:
    """The name that the server authenticated, None where there is none to be had."""
    if config.platform == LOCAL:
        return None
    try:
        return authenticated_pusher(config, environ)
    except IdentityError:
        return None
