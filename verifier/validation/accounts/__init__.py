"""What an ActivityPub account says of itself: WebFinger, actor, profile (docs/software.md)."""
