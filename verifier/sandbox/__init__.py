"""The sandbox's neighbours, on loopback: a toy fediverse, a mailbox to read, and a page that says what to try."""
