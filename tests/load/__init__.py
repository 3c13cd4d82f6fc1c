"""Figures: ratios in one run, never assertions on time."""
