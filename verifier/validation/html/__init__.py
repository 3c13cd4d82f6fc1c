"""Pages of strangers, parsed in a process of their own (docs/adr/0009)."""
