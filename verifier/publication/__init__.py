"""What the world reads: verdict bodies, status lists, events."""
