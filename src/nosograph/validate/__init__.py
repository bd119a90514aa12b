"""SHACL over the graph: the compiled engine for use, pySHACL as the reference, one form of report for both."""
