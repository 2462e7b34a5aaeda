"""The command line: `footfall`, or `python -m footfall`."""

import sys

from . import signals


def main() -> None:
    """Run the program. Signals are its own where the process is; called by another program, it leaves them to that."""
    if getattr(sys.modules["__main__"], "main", None) is main:
        _be_the_process()
    else:
        from .app import run_program

        run_program()


def _be_the_process() -> None:
    signals.end_at_once()
    import gc

    from . import streams

    streams.fill_closed()
    from .app import run_program  # which takes most of a second

    # Wherever it may be in here, an interruption is raised once.
    try:
        try:
            signals.interrupt()
            run_program()
        finally:
            signals.ignore()
    except BaseException:
        if not signals.interrupted():
            raise
    if signals.interrupted():
        signals.ignore()
        gc.collect()  # closes what the exception has kept open
        streams.give_up(1)  # nobody may be left to read the rest of the output
        sys.exit(signals.exit_status())
