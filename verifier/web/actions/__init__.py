"""What both the doors for programs and the pages do. A request is passed on, so that its client is counted."""

from . import challenges, checks, children, instances, mails, publication

__all__ = ["challenges", "checks", "children", "instances", "mails", "publication"]
