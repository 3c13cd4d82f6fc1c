"""OAuth 2.0 authorization codes: at an instance (Mastodon API) and at an OpenID provider."""
