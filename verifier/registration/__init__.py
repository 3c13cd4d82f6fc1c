"""The registration authority: who may ask, what was asked, how far it went."""
