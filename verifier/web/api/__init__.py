"""The doors for programs: JSON in, JSON out."""

from .doors import DOORS

__all__ = ["DOORS"]
