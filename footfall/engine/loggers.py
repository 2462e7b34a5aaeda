"""The loggers of doors, which tell operators what happens beside their answers."""

from ..application.running.loggers import HTTP

__all__ = ["HTTP"]
