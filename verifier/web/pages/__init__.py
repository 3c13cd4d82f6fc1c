"""The doors for people: a browser, without script."""

from .doors import PAGE, doors

__all__ = ["PAGE", "doors"]
