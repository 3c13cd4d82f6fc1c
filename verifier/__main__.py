"""``python -m verifier``."""

from .cli import main

main()
