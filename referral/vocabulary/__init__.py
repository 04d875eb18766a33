"""Readers of official vocabularies: OncoTree, the Human Disease Ontology, MONDO."""
