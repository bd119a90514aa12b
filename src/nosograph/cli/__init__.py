"""The command `nosograph`: parses arguments, asks, renders. Nothing is decided here."""
