"""Whether a PostgreSQL server runs on this machine."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

import psycopg


def is_on_this_machine(connection: psycopg.Connection[Any]) -> bool:
    """Whether a connection does not leave the machine: what it ends at, be it a pooler or a tunnel, shares its
    processors."""
    with socket.socket(fileno=connection.fileno()) as line:
        try:
            if line.family not in (socket.AF_INET, socket.AF_INET6):
                return True
            other_end = line.getpeername()[0]
            return other_end == line.getsockname()[0] or ip_address(other_end).is_loopback
        finally:
            line.detach()
