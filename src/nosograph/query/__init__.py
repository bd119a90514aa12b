"""The catalogue of named queries, and running them."""

from nosograph.query.catalogue import NamedQuery, catalogue, named, run

__all__ = ["NamedQuery", "catalogue", "named", "run"]
