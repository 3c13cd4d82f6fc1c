"""The clockwork: what must happen without anybody asking."""

from .clockwork import Clockwork, Job

__all__ = ["Clockwork", "Job"]
