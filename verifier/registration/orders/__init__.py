"""The states of an order, from the request to its publication."""
