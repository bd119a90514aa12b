"""The Python API: questions in, typed answers out. Every answer comes from the graph by a query of the catalogue."""
