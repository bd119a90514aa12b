# Remove a graph, if it is there.
DROP SILENT GRAPH GRAPH_IRI
