"""A server's settings, from its own git config, checked (design section 3.6). Written by `install --server`."""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.object_id import is_full_id
from lanegate.usecases.platforms import DEFAULT_DEADLINE, LOCAL, PLATFORMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ENFORCE = "enforce"
AUDIT = "audit"

_KEYS = (
    "managed",
    "trustedref",
    "policypath",
    "mode",
    "platform",
    "identityvariable",
    "deadline",
    "bootstrappusher",
    "baseline",
    "serverkey",
)
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0", "")


class ConfigError(Exception):
    """A key that cannot be used (LG902). `.message` names the key, its value and what was expected."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ServerConfig(NamedTuple):
    """deadline: seconds. baseline: full commit ids. identity_variable: None where the platform has none.
    server_key: path of the private key that signs records (usecases/server_key.py)."""

    trusted_ref: str
    policy_path: str
    mode: str = ENFORCE
    platform: str = LOCAL
    identity_variable: str | None = None
    deadline: float = DEFAULT_DEADLINE
    bootstrap_pusher: str | None = None
    baseline: tuple[str, ...] = ()
    server_key: str | None = None


def is_managed(config: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether lanegate.managed is set. Raises ConfigError when it is neither true nor false."""
    value = config.get("managed", ("false",))[-1].lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ConfigError(f"lanegate.managed = {value}: expected true or false")


def read_server_config(config: Mapping[str, tuple[str, ...]]) -> ServerConfig:
    """Settings of a managed server. Raises ConfigError."""
    for key in config:
        if key not in _KEYS:
            expected = ", ".join(_KEYS)
            raise ConfigError(f"lanegate.{key} is not a key that this version enforces (keys: {expected})")
    platform = _one_of(config, "platform", tuple(PLATFORMS), LOCAL)
    return ServerConfig(
        trusted_ref=_required(config, "trustedref", "refs/heads/main"),
        policy_path=_path(_required(config, "policypath", "policy/lanegate.toml")),
        mode=_one_of(config, "mode", (ENFORCE, AUDIT), ENFORCE),
        platform=platform,
        identity_variable=_single(config, "identityvariable") or PLATFORMS[platform].variable,
        deadline=_seconds(config, PLATFORMS[platform].deadline),
        bootstrap_pusher=_single(config, "bootstrappusher"),
        baseline=_ids(config),
        server_key=_single(config, "serverkey"),
    )


def _single(config: Mapping[str, tuple[str, ...]], key: str) -> str | None:
    values = config.get(key, ())
    if len(values) > 1:
        raise ConfigError(f"lanegate.{key} is set {len(values)} times: expected once")
    return values[0] or None if values else None


def _required(config: Mapping[str, tuple[str, ...]], key: str, example: str) -> str:
    value = _single(config, key)
    if value is None:
        raise ConfigError(f"lanegate.{key} is not set, for example: {example}")
    if key == "trustedref" and not value.startswith("refs/heads/"):
        raise ConfigError(f"lanegate.trustedRef = {value}: expected a branch, refs/heads/…")
    return value


def _path(value: str) -> str:
    if value.startswith("/") or any(part in ("", ".", "..") for part in value.split("/")) or "\n" in value:
        raise ConfigError(f"lanegate.policyPath = {value}: expected a path inside the repository")
    return value


def _one_of(config: Mapping[str, tuple[str, ...]], key: str, allowed: tuple[str, ...], default: str) -> str:
    value = _single(config, key) or default
    if value not in allowed:
        raise ConfigError(f"lanegate.{key} = {value}: expected one of {', '.join(allowed)}")
    return value


def _seconds(config: Mapping[str, tuple[str, ...]], default: float) -> float:
    value = _single(config, "deadline")
    if value is None:
        return default
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86400:
        raise ConfigError(f"lanegate.deadline = {value}: expected seconds, more than 0")
    return seconds


def _ids(config: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    ids = tuple(word for value in config.get("baseline", ()) for word in value.split())
    for oid in ids:
        if not is_full_id(oid):
            raise ConfigError(f"lanegate.baseline = {oid}: expected full commit ids")
    return ids
