"""What the owner of a domain publishes, and what its registration says."""
