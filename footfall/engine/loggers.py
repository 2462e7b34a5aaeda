"""The loggers of doors, which tell operators what happens beside their answers."""

from ..application.running.loggers import ACCESS, HTTP

__all__ = ["ACCESS", "HTTP"]
