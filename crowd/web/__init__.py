"""Pages: htmx views and forms, thin, by noun. No rule lives here."""
