"""HTTP in and out: parse, ask one room below, answer. No rule of the service lives here."""
