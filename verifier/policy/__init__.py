"""Who may ask, as data; who signs a change of it; what it says of a mailbox, a domain, a sign-in."""
