"""The server of `footfall serve`: uvicorn, with bounds of its own and an orderly end."""

from .server import Served, bind, serve

__all__ = ["Served", "bind", "serve"]
