"""The same answers for a browser and for programs: web pages, linked data, a SPARQL endpoint, JSON."""
