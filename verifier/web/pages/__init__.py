"""The doors for people: forms in, HTML out."""
