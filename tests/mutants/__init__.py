"""Defences taken out one at a time, to see that a test notices each (docs/mutants.md)."""
