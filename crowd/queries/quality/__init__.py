"""How well a project goes, and how fast: charts read from figures kept up to date, never from the rows themselves."""
