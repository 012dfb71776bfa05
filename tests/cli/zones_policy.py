"""A policy with a zone of each mode, for what a clone says about them."""

from __future__ import annotations

from tests.support import policy

ZONES = """
[[zones]]
paths = ["/src/ui/hot/", "!/src/ui/hot/cold.py", "/README.md"]
mode = "high-risk"
[[zones]]
paths = ["/docs/progress.md"]
mode = "append-only"
[[zones]]
paths = ["/shared/", "/src/ui/vendor/"]
mode = "shared"
[[zones]]
paths = ["/src/ui/frozen/"]
mode = "frozen"
"""
ZONED = policy(extra=ZONES)
