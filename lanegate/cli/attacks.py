"""`lanegate doctor --attack`: the published attacks, tried on a throw-away copy of what is installed here (R-F07)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from textwrap import wrap
from typing import TYPE_CHECKING

from lanegate.core.decision import EXIT_USAGE
from lanegate.render.plain import one_line
from lanegate.render.terminal import Terminal, behind, terminal_of
from lanegate.usecases.attack import NOT_ASKED, PASSED, Layer, Outcome, try_attacks

if TYPE_CHECKING:
    from lanegate.usecases.attack_scene import Scene

JSON_VERSION = 1
_TITLES = ("commit", "server", "verify")
#: Columns that the name of an attack has at least.
_NARROWEST_NAME = 16


def attack_server(directory: str, form: str) -> int:
    """Attack a copy of a server. Exit status as `run_attacks`. Raises InstallError, GitError, OSError."""
    from lanegate.git.config import ask_config, read_config
    from lanegate.usecases.attack_scene import scene_of_server
    from lanegate.usecases.install_server import open_server
    from lanegate.usecases.server_config import ConfigError, is_managed, read_server_config
    from lanegate.usecases.trusted_policy import NoPolicyError, policy_of

    server = open_server(directory)
    try:
        settings = read_config(ask_config(server.git))
        if not is_managed(settings):
            return _unusable("lanegate.managed is not set: every push passes unjudged")
        config = read_server_config(settings)
        file = policy_of(server, config.trusted_ref, config.policy_path)
    except ConfigError as error:
        return _unusable(error.message)
    except NoPolicyError as error:
        return _unusable(error.problems[0].message)
    return run_attacks(scene_of_server(server, config, file), form)


def attack_clone(form: str) -> int:
    """Attack a copy of the clone around here, with its hooks and a server of the same policy. The same."""
    from lanegate.cli.here import managed_clone
    from lanegate.usecases.attack_scene import scene_of_clone

    clone = managed_clone()
    return clone if isinstance(clone, int) else run_attacks(scene_of_clone(clone), form)


def run_attacks(opened: AbstractContextManager[Scene], form: str) -> int:
    """0 when every attack was stopped and all honest work let through, 1 when not, 2 when there is nothing to try."""
    with opened as scene:
        outcomes = []
        for outcome in try_attacks(scene):
            sys.stderr.write(f"lanegate doctor: {outcome.name}\n")
            outcomes.append(outcome)
        missing = scene.hooks_missing
    if not any(outcome.is_tried for outcome in outcomes):
        return _unusable("no lane has an owner who may push to its own ref: nothing to try with")
    if missing is not None:
        sys.stderr.write(f"lanegate doctor: {missing}\n")
    text = attacks_json(outcomes) if form == "json" else attacks_text(outcomes, terminal_of(sys.stdout, os.environ))
    sys.stdout.write(text)
    return 0 if all(outcome.is_right for outcome in outcomes) else 1


def _unusable(why: str) -> int:
    sys.stderr.write(f"lanegate doctor: {why}; see what `lanegate doctor` says without --attack\n")
    return EXIT_USAGE


def attacks_text(outcomes: Sequence[Outcome], terminal: Terminal | None = None) -> str:
    """The table: a line an attack, then the honest twins, each layer with the codes that it named; then what was wrong
    or not tried, and a line that sums up. On a narrow terminal a long name goes on below."""
    rows = [("attack", *_TITLES)]
    honest = [("honest work", *_TITLES)]
    for outcome in outcomes:
        if outcome.is_tried:
            cells = [_cell(layer) for layer in (outcome.commit, outcome.server, outcome.verify)]
            mark = "" if outcome.is_right else "   <-- WRONG"
            (honest if outcome.is_honest else rows).append((outcome.name, cells[0], cells[1], cells[2] + mark))
    everything = [*rows, *honest]
    widths = [max(len(row[at]) for row in everything) for at in range(3)]
    if terminal is not None and terminal.width is not None:
        beside = sum(widths[1:]) + max(len(row[3]) for row in everything) + 6
        widths[0] = min(widths[0], max(terminal.width - beside, _NARROWEST_NAME))
    lines = []
    for row in (*rows, ("", "", "", ""), *honest):
        name, *more = wrap(row[0], widths[0]) or [""]
        cells = [cell.ljust(width) for cell, width in zip((name, *row[1:]), widths, strict=False)]
        lines += ["  ".join([*cells, row[3]]).rstrip(), *more]
    notes = []
    for outcome in outcomes:
        if outcome.note is not None:
            notes += behind("", f"{outcome.name}: {one_line(outcome.note)}", terminal)
    return "\n".join([*lines, "", *notes, *([""] if notes else []), *behind("", _sum(outcomes), terminal)]) + "\n"


def _cell(layer: Layer) -> str:
    if layer.state == NOT_ASKED:
        return "-"
    if layer.state == PASSED:
        return "passed"
    return ", ".join(layer.codes) or "stopped"


def _sum(outcomes: Sequence[Outcome]) -> str:
    tried = [outcome for outcome in outcomes if outcome.is_tried]
    attacks = [outcome for outcome in tried if not outcome.is_honest]
    honest = [outcome for outcome in tried if outcome.is_honest]
    stopped, passed = sum(o.is_right for o in attacks), sum(o.is_right for o in honest)
    return (
        f"{stopped} of {len(attacks)} attacks stopped, {passed} of {len(honest)} pieces of honest work let through, "
        f"{len(outcomes) - len(tried)} not tried"
    )


def attacks_json(outcomes: Sequence[Outcome]) -> str:
    """The same as a JSON document, ending with a newline."""
    import json

    value = {
        "version": JSON_VERSION,
        "held": all(outcome.is_right for outcome in outcomes),
        "attacks": [_value(outcome) for outcome in outcomes],
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _value(outcome: Outcome) -> dict[str, object]:
    layers = {title: {"state": layer.state, "codes": list(layer.codes)} for title, layer in _layers(outcome)}
    return {
        "name": outcome.name,
        "honest": outcome.is_honest,
        "tried": outcome.is_tried,
        "right": outcome.is_right,
        "layers": layers,
        "note": outcome.note,
    }


def _layers(outcome: Outcome) -> tuple[tuple[str, Layer], ...]:
    return (("commit", outcome.commit), ("server", outcome.server), ("verify", outcome.verify))
