"""The server of `footfall serve`: uvicorn, with bounds of its own and an orderly end."""

from .server import Served, bind, serve_until

__all__ = ["Served", "bind", "serve_until"]
