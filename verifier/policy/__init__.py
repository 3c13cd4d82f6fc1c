"""Who may ask, as data; who signs its changes; what it rules on a mailbox, a domain, a sign-in."""
