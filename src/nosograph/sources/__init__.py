"""Bytes to records: the official files and where the installed packages keep them. Knows no RDF."""
