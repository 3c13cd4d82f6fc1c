"""The doors for programs: JSON in, JSON out."""
