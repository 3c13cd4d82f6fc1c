"""One module a challenge, named after it."""
