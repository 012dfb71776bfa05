"""Where hooks start: one small function a hook, each importing only what that hook needs.

A hook is a fresh process that a person or a push waits for, so nothing is imported before it is known which hook runs.
Exit: 0 allowed, 1 refused, 3 could not decide (design section 7); git refuses the operation on any but 0.
`python -m lanegate.cli.hooks NAME ARGS` runs the hook NAME (`pre-receive`) as the console script `lanegate-NAME` does.
The shims that `lanegate install` writes start `main` without `site`; whoever needs installed packages asks for it here.
"""

from __future__ import annotations

import sys


def pre_commit() -> int:
    """The hook pre-commit: judges what is staged."""
    from lanegate.lean import passes

    if passes():
        import posix

        posix._exit(0)  # nothing is open or unwritten, and an orderly end costs a fifth of the whole hook
    _with_packages()
    import os

    from lanegate.usecases.staged import main

    return main(os.environ)


def prepare_commit_msg() -> int:
    """The hook prepare-commit-msg: writes the trailers of the lane into the message file."""
    _with_packages()
    import os

    from lanegate.usecases.commit_message import prepare_main

    return prepare_main(sys.argv[1:], os.environ)


def commit_msg() -> int:
    """The hook commit-msg: judges the message."""
    _with_packages()
    import os

    from lanegate.usecases.commit_message import judge_main

    return judge_main(sys.argv[1:], os.environ)


def pre_push() -> int:
    """The hook pre-push: judges what is about to be pushed, as far as a clone can."""
    _with_packages()
    import os

    from lanegate.usecases.pre_push import main

    return main(sys.argv[1:], os.environ)


def pre_receive() -> int:
    """The hook pre-receive: judges the ref updates on standard input."""
    _with_packages()
    from lanegate.usecases.pre_receive import main

    return main()


HOOKS = {
    "pre-commit": pre_commit,
    "prepare-commit-msg": prepare_commit_msg,
    "commit-msg": commit_msg,
    "pre-push": pre_push,
    "pre-receive": pre_receive,
}


def main(argv: list[str]) -> int:
    """Run the hook that argv[0] names with the rest as its arguments; 2 if there is no such hook."""
    if not argv or argv[0] not in HOOKS:
        print(f"lanegate: no such hook; one of {', '.join(HOOKS)}", file=sys.stderr)
        return 2
    sys.argv[1:] = argv[1:]
    return HOOKS[argv[0]]()


def _with_packages() -> None:
    """Make installed packages importable where the interpreter was started without `site` (python -S)."""
    if sys.flags.no_site:
        import site

        site.main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
