"""The clockwork: what the service does without a request."""

from .clockwork import Clockwork, Job

__all__ = ["Clockwork", "Job"]
