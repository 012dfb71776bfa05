"""`lanegate doctor --attack`: which layer stops each published attack here, and does the honest work beside it pass.

What must hold: the server stops every attack, and so do the hooks of the clone and `verify` where they can know; none
of them stops a twin. A twin that needs somebody's signature or verdict is not tried, since nobody can be asked for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lanegate.core.named_tuple import NamedTuple
from lanegate.usecases.attack_list import Attack, Attempt, Stage, staged_by
from lanegate.usecases.attack_scene import Scene
from lanegate.usecases.probe import codes_in

STOPPED, PASSED, NOT_ASKED = "stopped", "passed", "not asked"
_SAID = 300  # letters of what was said that are shown


class Layer(NamedTuple):
    """What one layer did: one of STOPPED, PASSED, NOT_ASKED; codes: those it named; said: its words, in one line."""

    state: str
    codes: tuple[str, ...] = ()
    said: str = ""


_UNASKED = Layer(NOT_ASKED)


class Outcome(NamedTuple):
    """How an attack, or its honest twin, fared. is_right: attacks were stopped, a twin was not, wherever it was asked.
    note: why it was not tried, or which layer was wrong and what it said."""

    name: str
    is_honest: bool
    commit: Layer = _UNASKED
    server: Layer = _UNASKED
    verify: Layer = _UNASKED
    is_right: bool = True
    note: str | None = None

    @property
    def is_tried(self) -> bool:
        return self.server.state != NOT_ASKED


def try_attacks(scene: Scene) -> Iterator[Outcome]:
    """Every attack and twin, as it is tried. Raises GitError, OSError when one cannot be made."""
    for attack, stage in staged_by(scene):
        attempt = attack.make(stage)
        if isinstance(attempt, str):
            yield Outcome(attack.name, attack.is_honest, note=f"not tried: {attempt}")
        elif attack.is_honest and not attempt.actor.is_owner:
            why = f"it needs the signature of an owner of lane {attempt.actor.lane.id}"
            yield Outcome(attack.name, attack.is_honest, note=f"not tried: {why}")
        else:
            yield _outcome(scene, attack, stage, attempt)


def _outcome(scene: Scene, attack: Attack, stage: Stage, attempt: Attempt) -> Outcome:
    commit, verify = _UNASKED, _UNASKED
    if attempt.staged is not None and scene.hooks_missing is None:
        commit = _layer(scene.commit_here(attempt.staged, stage.actor.lane, attempt.message))
    if attempt.planted is not None:
        scene.plant(attempt.planted)
    server = _layer(scene.push(attempt.actor.pusher, *attempt.refspecs))
    if attempt.judged is not None and not (attack.is_honest and scene.policy.asks_acceptance):
        verify = _layer(scene.verify(*attempt.judged))
    named = (("commit", commit), ("server", server), ("verify", verify))
    wrong = [f"{name} {what}" for name, layer in named if (what := _wrong(layer, attack)) is not None]
    return Outcome(attack.name, attack.is_honest, commit, server, verify, not wrong, "; ".join(wrong) or None)


def _wrong(layer: Layer, attack: Attack) -> str | None:
    """What a layer did that it should not, None if it did right. One that stops an attack by none of the rules about it
    might as well stop everything."""
    if layer.state == NOT_ASKED:
        return None
    if layer.state == PASSED:
        return None if attack.is_honest else "let it through"
    if attack.is_honest:
        return f"refused it: {layer.said}"
    return None if set(layer.codes) & set(attack.codes) else f"refused, but not by the rule that should: {layer.said}"


def _layer(answer: tuple[bool, str]) -> Layer:
    passed, said = answer
    return Layer(PASSED if passed else STOPPED, tuple(sorted(codes_in(said))), " ".join(said.split())[:_SAID])
