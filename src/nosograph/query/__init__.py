"""The catalogue of named queries, and running them."""

from nosograph.query.catalogue import NamedQuery, catalogue, named, run
from nosograph.query.connect import connect

__all__ = ["NamedQuery", "catalogue", "connect", "named", "run"]
