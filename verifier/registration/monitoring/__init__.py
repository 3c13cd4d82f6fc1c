"""What was published is looked at again, and what follows from what is seen."""
