"""How a hook in a clone answers: silent when all is well, everything on standard error when not."""

from __future__ import annotations

import sys

from lanegate.core.decision import ALLOWED, Decision


def report(decision: Decision | None) -> int:
    """Say a decision and turn it into the exit status. None (not managed) is allowed and silent."""
    if decision is None:
        return 0
    if decision.decision == ALLOWED and not decision.notes:
        return 0
    import os

    from lanegate.render.terminal import terminal_of
    from lanegate.render.text import decision_text

    sys.stderr.write(decision_text(decision, terminal=terminal_of(sys.stderr, os.environ)))
    return decision.exit_code
