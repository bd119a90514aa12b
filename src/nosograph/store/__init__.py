"""One small interface over three stores: Oxigraph on disk (the default), rdflib in memory, any SPARQL 1.1 endpoint."""

from nosograph.store.base import Rows, Store, Term, literal, uri
from nosograph.store.home import Home, build, open_store

__all__ = ["Home", "Rows", "Store", "Term", "build", "literal", "open_store", "uri"]
