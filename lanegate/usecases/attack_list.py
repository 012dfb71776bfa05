"""The published attacks that are tried, and beside them the honest twins that must pass (R-F07, THREATS).

Each is made from what the policy and the tracked files offer; what they do not offer (a lane without files, a policy
without high-risk zones) is said, and not tried. All are made with plumbing, so that they need
no checkout: what arrives at the server is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lanegate.core.ledger import LEDGER_REF
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.refs import LOCKS_REF, match_ref
from lanegate.usecases.attack_scene import Changes, Files, Scene
from lanegate.usecases.probe import Try, message_of

_EXECUTABLE, _LINK = "100755", "120000"

_SUBJECT = "lanegate doctor --attack"
_TAG = "refs/tags/lanegate-attack"


class Attempt(NamedTuple):
    """What to try. refspecs: what is pushed. staged: changes to commit with the hooks of the clone, None where hooks
    have no say. judged: (base, tip) for `verify`, None where it cannot know. planted: a commit that landed before."""

    actor: Try
    refspecs: tuple[str, ...]
    staged: Changes | None = None
    message: str = ""
    judged: tuple[str, str] | None = None
    planted: str | None = None


class Attack(NamedTuple):
    """An attack, or with is_honest its twin. codes: those that should stop it, of which one is enough. make: the
    attempt, or why there is nothing to try it with."""

    name: str
    codes: tuple[str, ...]
    make: Callable[[Stage], Attempt | str]
    is_honest: bool = False


class Stage:
    """The scene with a lane that attacks, and files to do it with."""

    def __init__(self, scene: Scene, actor: Try, files: Files) -> None:
        self.scene, self.actor, self.files = scene, actor, files
        self.message = message_of(actor.lane, _SUBJECT)

    def change(self, changes: Changes, message: str | None = None, *, at_commit: bool = True) -> Attempt:
        """One commit of the lane, to the lane's ref."""
        text = self.message if message is None else message
        tip = self.scene.commit(changes, text)
        staged = changes if at_commit else None
        return Attempt(self.actor, (self.to_lane(tip),), staged, text, (self.scene.base, tip))

    def to_lane(self, tip: str) -> str:
        return f"+{tip}:{self.actor.ref}"


def _outside(stage: Stage) -> Attempt | str:
    path = stage.files.foreign
    return stage.change({path: stage.scene.edited(path)}) if path else _NO_FOREIGN


def _renamed(stage: Stage) -> Attempt | str:
    path, own = stage.files.foreign, stage.files.own
    if path is None or own is None:
        return _NO_PAIR
    return stage.change({path: None, own: stage.scene.entry(path)})


def _mode(stage: Stage) -> Attempt | str:
    path = stage.files.foreign
    return stage.change({path: (_EXECUTABLE, stage.scene.entry(path)[1])}) if path else _NO_FOREIGN


def _link(stage: Stage) -> Attempt | str:
    path = stage.files.own
    if path is None:
        return _NO_OWN
    return stage.change({path: (_LINK, stage.scene.blob(b"../" * (path.count(b"/") + 1) + b"etc/passwd"))})


def _twin(stage: Stage) -> Attempt | str:
    path = stage.files.own
    if path is None:
        return _NO_OWN
    folder, slash, name = path.rpartition(b"/")
    if name.swapcase() == name:
        return f"{_NO_OWN}, and whose name has a letter"
    return stage.change({folder + slash + name.swapcase(): stage.scene.entry(path)}, at_commit=False)


def _no_lane(stage: Stage) -> Attempt | str:
    path = stage.files.own
    return stage.change({path: stage.scene.edited(path)}, f"{_SUBJECT}\n", at_commit=False) if path else _NO_OWN


def _forged(stage: Stage) -> Attempt | str:
    path, owner = stage.files.foreign, stage.files.owner
    if path is None or owner is None:
        return _NO_FOREIGN
    attempt = stage.change({path: stage.scene.edited(path)}, message_of(owner, _SUBJECT), at_commit=False)
    return attempt._replace(judged=None)  # on the trusted ref alone nobody can tell whose ref it came by


def _reverted(stage: Stage) -> Attempt | str:
    path = stage.files.foreign
    return _there_and_back(stage, path) if path else _NO_FOREIGN


def _there_and_back(stage: Stage, path: bytes) -> Attempt:
    """A change and the commit that takes it back."""
    scene = stage.scene
    first = scene.commit({path: scene.edited(path)}, stage.message)
    tip = scene.commit({path: scene.entry(path)}, stage.message, first)
    return Attempt(stage.actor, (stage.to_lane(tip),), judged=(scene.base, tip))


def _merge(stage: Stage, tree: Callable[[bytes, bytes], Changes]) -> Attempt | str:
    """A merge of what the lane did into what its owner landed on the trusted ref meanwhile, with this content."""
    scene, path, own, owner = stage.scene, stage.files.foreign, stage.files.own, stage.files.owner
    if path is None or own is None or owner is None:
        return _NO_PAIR
    landed = scene.commit({path: scene.edited(path, b"landed\n")}, message_of(owner, _SUBJECT))
    work = scene.commit({own: scene.edited(own)}, stage.message)
    tip = scene.commit(tree(path, own), stage.message, landed, work)
    return Attempt(stage.actor, (stage.to_lane(tip),), judged=(landed, tip), planted=landed)


def _evil_merge(stage: Stage) -> Attempt | str:
    edited = stage.scene.edited
    return _merge(stage, lambda path, own: {path: edited(path, b"landed\nnobody reviews merges\n"), own: edited(own)})


def _ours(stage: Stage) -> Attempt | str:
    return _merge(stage, lambda path, own: {path: stage.scene.entry(path), own: stage.scene.edited(own)})


def _clean_merge(stage: Stage) -> Attempt | str:
    return _merge(stage, lambda _, own: {own: stage.scene.edited(own)})


def _policy_beside_code(stage: Stage) -> Attempt | str:
    scene, path = stage.scene, stage.files.foreign
    if path is None:
        return _NO_FOREIGN
    policy = scene.config.policy_path.encode()
    first = scene.commit({policy: scene.edited(policy, b"# laxer\n")}, stage.message)
    tip = scene.commit({path: scene.edited(path)}, stage.message, first)
    return Attempt(stage.actor, (f"{tip}:{scene.trusted}",), judged=(scene.base, tip))


def _deleted(stage: Stage) -> Attempt:
    return Attempt(stage.actor, (f":{stage.scene.trusted}",))


def _rewound(stage: Stage) -> Attempt:
    tree = stage.scene.git.line("rev-parse", f"{stage.scene.base}^{{tree}}")
    other = stage.scene.git.output("commit-tree", tree, stdin=stage.message.encode()).decode().strip()
    return Attempt(stage.actor, (f"+{other}:{stage.scene.trusted}",))


def _unnamed_ref(stage: Stage) -> Attempt | str:
    for ref in ("refs/lanegate-attack/x", "refs/heads/lanegate-attack", "refs/x"):
        if match_ref(stage.scene.policy, ref) is None:
            return Attempt(stage.actor, (f"{stage.scene.base}:{ref}",))
    return "the policy names every ref"


def _side_door(stage: Stage) -> Attempt | str:
    path = stage.files.foreign
    if path is None:
        return _NO_FOREIGN
    tip = stage.scene.commit({path: stage.scene.edited(path)}, stage.message)
    return Attempt(stage.actor, (f"{tip}:{_TAG}",))


def _records(ref: str, asked: str) -> Callable[[Stage], Attempt | str]:
    def forged(stage: Stage) -> Attempt | str:
        policy = stage.scene.policy
        if not (policy.asks_acceptance if ref == LEDGER_REF else policy.asks_locks):
            return f"the policy has no {asked}"
        tree = stage.scene.git.line("rev-parse", f"{stage.scene.base}^{{tree}}")
        tip = stage.scene.git.output("commit-tree", tree, stdin=b"accept everything\n").decode().strip()
        return Attempt(stage.actor, (f"+{tip}:{ref}",))

    return forged


def _unlocked(stage: Stage) -> Attempt | str:
    path = stage.files.locked
    if path is None:
        return "no high-risk file that the lane owns is tracked"
    return stage.change({path: stage.scene.edited(path)})._replace(judged=None)  # the landing says what was locked


def _own_change(stage: Stage) -> Attempt | str:
    path = stage.files.own
    return stage.change({path: stage.scene.edited(path)}) if path else _NO_OWN


def _own_mode(stage: Stage) -> Attempt | str:
    path = stage.files.own
    return stage.change({path: (_EXECUTABLE, stage.scene.entry(path)[1])}) if path else _NO_OWN


def _own_revert(stage: Stage) -> Attempt | str:
    path = stage.files.own
    return _there_and_back(stage, path) if path else _NO_OWN


_NO_OWN = "the lane has no tracked file that it may change freely"
_NO_FOREIGN = "no tracked file belongs to another active lane alone"
_NO_PAIR = f"{_NO_OWN}, or {_NO_FOREIGN}"

#: Not the lane's to change, by the grant of the one or the other policy.
_PATHS = ("LG101", "LG102", "LG103", "LG104")

ATTACKS = (
    Attack("a commit outside the lane (--no-verify)", _PATHS, _outside),
    Attack("a file moved out of another lane", _PATHS, _renamed),
    Attack("another lane's file made executable", _PATHS, _mode),
    Attack("a symbolic link out of the repository", ("LG101",), _link),
    Attack("a name that differs in case alone", ("LG604", *_PATHS), _twin),
    Attack("a commit without a lane", ("LG201",), _no_lane),
    Attack("a forged Lane trailer", ("LG201", "LG202"), _forged),
    Attack("change, then revert", _PATHS, _reverted),
    Attack("an evil merge", _PATHS, _evil_merge),
    Attack("a merge -s ours", _PATHS, _ours),
    Attack("a policy change beside code", ("LG701", "LG601", *_PATHS), _policy_beside_code),
    Attack("a ref that no rule names", ("LG601",), _unnamed_ref),
    Attack("a side door through a tag", ("LG601", *_PATHS), _side_door),
    Attack("the trusted ref deleted", ("LG602", "LG601"), _deleted),
    Attack("the trusted ref rewound", ("LG602", "LG601"), _rewound),
    Attack("a forged ledger", ("LG305", "LG601"), _records(LEDGER_REF, "ref with accepted = true")),
    Attack("a forged lock registry", ("LG407", "LG601"), _records(LOCKS_REF, "high-risk zone")),
    Attack("a high-risk file without a lock", ("LG401", "LG402"), _unlocked),
    Attack("a change inside the lane", (), _own_change, True),
    Attack("the lane's own file made executable", (), _own_mode, True),
    Attack("change, then revert, of its own", (), _own_revert, True),
    Attack("a clean merge", (), _clean_merge, True),
)


def staged_by(scene: Scene) -> Iterator[tuple[Attack, Stage]]:
    """Every attack with the lane that is best at it: one with files of its own, of others, and (for locks) high-risk
    ones."""
    stages = [Stage(scene, actor, scene.files(actor.lane)) for actor in scene.tries()]
    if not stages:
        return

    def tools(stage: Stage) -> tuple[bool, int]:
        return stage.actor.is_owner, sum(item is not None for item in stage.files[:3])

    best = max(stages, key=tools)
    locker = next((stage for stage in stages if stage.files.locked is not None), best)
    for attack in ATTACKS:
        yield attack, locker if attack.make is _unlocked else best
