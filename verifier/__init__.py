"""The reference software for one question: is this fediverse account official?"""

__version__ = "0.1.0"
