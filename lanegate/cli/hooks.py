"""Where hooks start: one small function a hook, each importing only what that hook needs.

A hook is a fresh process that a person or a push waits for, so nothing is imported before it is known which hook runs.
Exit: 0 allowed, 1 refused, 3 could not decide (design section 7); git refuses the operation on any but 0.
`python -m lanegate.cli.hooks NAME ARGS` runs the hook NAME (`pre-receive`) as the console script `lanegate-NAME` does.
"""

from __future__ import annotations

import sys


def pre_receive() -> int:
    """The hook pre-receive: judges the ref updates on standard input."""
    from lanegate.usecases.pre_receive import main

    return main()


HOOKS = {"pre-receive": pre_receive}


def main(argv: list[str]) -> int:
    """Run the hook that argv[0] names with the rest as its arguments; 2 if there is no such hook."""
    if not argv or argv[0] not in HOOKS:
        print(f"lanegate: no such hook; one of {', '.join(HOOKS)}", file=sys.stderr)
        return 2
    sys.argv[1:] = argv[1:]
    return HOOKS[argv[0]]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
