"""Where hooks start: one small function a hook, each importing only what that hook needs.

A hook is a fresh process that a person or a push waits for, so nothing is imported before it is known which hook
runs. Exit: 0 allowed, 1 refused, 3 could not decide (design section 7); git refuses the operation on any but 0, so
whatever goes wrong here ends in 3 and in words. `python -m lanegate.cli.hooks NAME ARGS` runs the hook NAME
(`pre-receive`) as the console script `lanegate-NAME` does. The files that `lanegate install` writes start `main`
without `site`; whoever needs installed packages asks for it here.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing itself costs more than this module
if TYPE_CHECKING:
    from collections.abc import Callable

EXIT_USAGE = 2
EXIT_UNDECIDED = 3


def pre_commit() -> int:
    """The hook pre-commit: judges what is staged."""
    from lanegate.lean import passes

    if passes():
        _leave()

    def judge() -> int:
        import os

        from lanegate.usecases.staged import main

        return main(os.environ)

    return _closed(judge)


def prepare_commit_msg() -> int:
    """The hook prepare-commit-msg: writes the trailers of the lane into the message file."""
    from lanegate.lean_message import prepared

    if prepared(*sys.argv[1:2]):
        _leave()

    def prepare() -> int:
        import os

        from lanegate.usecases.commit_message import prepare_main

        return prepare_main(sys.argv[1:], os.environ)

    return _closed(prepare)


def commit_msg() -> int:
    """The hook commit-msg: judges the message."""
    from lanegate.lean_message import good

    if good(*sys.argv[1:2]):
        _leave()

    def judge() -> int:
        import os

        from lanegate.usecases.commit_message import judge_main

        return judge_main(sys.argv[1:], os.environ)

    return _closed(judge)


def pre_push() -> int:
    """The hook pre-push: judges what is about to be pushed, as far as a clone can."""

    def judge() -> int:
        import os

        from lanegate.usecases.pre_push import main

        return main(sys.argv[1:], os.environ)

    return _closed(judge)


def pre_receive() -> int:
    """The hook pre-receive: judges the ref updates on standard input. Ends the process."""
    import gc
    import os

    gc.disable()  # nothing here makes cycles, and a large push makes much to look through

    def judge() -> int:
        from lanegate.usecases.asked import ask

        asked = ask(os.path.abspath(os.environ.get("GIT_DIR", ".")), os.environ)
        from lanegate.usecases.pre_receive import main  # while git looks up what it was asked

        return main(asked)

    status = _closed(judge)
    sys.stderr.flush()
    os._exit(status)  # as _leave does; coverage watches this way out


def post_receive() -> int:
    """The hook post-receive: records what landed. Nothing can be refused any more, so its status says only whether
    that went well. Ends the process."""
    import gc
    import os

    gc.disable()

    def record() -> int:
        from lanegate.usecases.asked import ask

        asked = ask(os.path.abspath(os.environ.get("GIT_DIR", ".")), os.environ, refs_later=True)
        from lanegate.usecases.post_receive import main  # while git looks up what it was asked

        return main(asked)

    status = _closed(record, "landed, but not recorded")
    sys.stderr.flush()
    os._exit(status)  # as pre_receive does


def agent_hook() -> int:
    """The hook of an agent's editor: judges the tool on standard input. Ends in 2 wherever it does not allow, which
    is what editors take for a refusal. Arguments: `--host HOST`."""
    from lanegate.lean import read_open
    from lanegate.lean_agent import passes

    if len(sys.argv) == 3 and sys.argv[1] == "--host":
        host, raw = sys.argv[2], read_open(0)
        if host in ("claude", "codex", "cursor") and passes(raw):
            _leave()

        def judge() -> int:
            from lanegate.agent_tools import HOSTS
            from lanegate.cli.agent_hook import answer

            return answer(host, raw) if host in HOSTS else _usage(f"--host is one of {', '.join(HOSTS)}")

    else:

        def judge() -> int:
            return _usage("lanegate-agent-hook --host HOST reads a hook's JSON from standard input")

    return 0 if _closed(judge) == 0 else EXIT_USAGE


def _usage(what: str) -> int:
    sys.stderr.write(f"lanegate: {what}\n")
    return EXIT_USAGE


HOOKS = {
    "agent-hook": agent_hook,
    "pre-commit": pre_commit,
    "prepare-commit-msg": prepare_commit_msg,
    "commit-msg": commit_msg,
    "pre-push": pre_push,
    "pre-receive": pre_receive,
    "post-receive": post_receive,
}


def main(argv: list[str]) -> int:
    """Run the hook that argv[0] names with the rest as its arguments; 2 if there is no such hook."""
    if not argv or argv[0] not in HOOKS:
        print(f"lanegate: no such hook; one of {', '.join(HOOKS)}", file=sys.stderr)
        return EXIT_USAGE
    sys.argv[1:] = argv[1:]
    return HOOKS[argv[0]]()


def _leave() -> None:
    """End the process at once with 0: nothing is open or unwritten, and an orderly end costs a fifth of a lean hook."""
    import posix

    posix._exit(0)


def _closed(hook: Callable[[], int], what: str = "refused") -> int:
    """Run a hook with installed packages importable; 3 and words for whatever it does not answer itself. what: has
    become of the commit or push then."""
    if sys.flags.no_site:
        import site

        site.main()
    try:
        return hook()
    except ImportError as error:
        sys.stderr.write(
            f"lanegate: {what}: {sys.executable} cannot load lanegate: {error}\n"
            "  Install it there again, then run: lanegate install\n"
        )
    except Exception as error:
        from lanegate.render.text import decision_text
        from lanegate.usecases.undecided import undecided

        decision = undecided(error)
        said = decision_text(decision) if what == "refused" else f"lanegate: {what}: {decision.violations[0].message}\n"
        sys.stderr.write(said)
    return EXIT_UNDECIDED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
