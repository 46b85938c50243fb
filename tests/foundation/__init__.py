"""Settings, database, limits, language and the embedded servers."""
