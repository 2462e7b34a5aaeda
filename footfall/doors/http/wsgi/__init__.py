"""The door for hosts and servers that speak WSGI: the same routes, without an event loop and without a thread."""

from .app import WsgiDoor, wsgi

__all__ = ["WsgiDoor", "wsgi"]
