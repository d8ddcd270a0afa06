"""models.toml, models.lock and the state, as text and as values; nothing is read or written."""
