# Add triples (lines of N-Triples) to a graph.
INSERT DATA { GRAPH GRAPH_IRI {
TRIPLES} }
