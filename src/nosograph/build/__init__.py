"""Records to triples: expands 7th characters, parses references, writes one N-Triples file a layer. Asks nothing of a store."""
