"""Footfall, an event-sourced customer profile engine: `footfall.open()` is the way in."""

TYPE_CHECKING = False  # as typing has it, which takes longer to import than all that is here
if TYPE_CHECKING:
    from typing import Any

    from .doors.http.app import asgi as asgi
    from .doors.http.wsgi import wsgi as wsgi
    from .engine.public import *  # noqa: F403  # the names are in one place, with what they bring

    __version__: str
else:  # checkers see the names above and no others

    def __getattr__(name: str) -> "Any":
        if name == "__version__":
            return _version()
        if name in _DOORS:
            return _door(name)
        # Whatever the names bring with them is loaded with the first that is used. The program comes by here before it
        # can hear a signal, so that this must take no time.
        public = _public()
        try:
            return globals().setdefault(name, getattr(public, name))
        except AttributeError:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None

    def __dir__() -> "list[str]":
        return sorted({*globals(), *_public().__all__, "__version__", *_DOORS})

    def _public() -> "Any":
        from .application.running.interruptions import held_back

        with held_back():
            from .engine import public
        return public

    _DOORS = {"asgi": ".doors.http.app", "wsgi": ".doors.http.wsgi"}

    def _door(name: str) -> "Any":
        from importlib import import_module

        from .application.running.interruptions import held_back
        from .doors.http.extra import MOUNTED, missing_for

        missing, said = missing_for(f"footfall.{name}", MOUNTED)
        if missing:
            raise ModuleNotFoundError(said, name=missing[0])
        with held_back():
            return globals().setdefault(name, getattr(import_module(_DOORS[name], __name__), name))

    def _version() -> str:
        from importlib import metadata

        try:
            return globals().setdefault("__version__", metadata.version("footfall"))
        except metadata.PackageNotFoundError:  # a copy of the files that was never installed
            return "unknown"
