"""FHIR R4 4.0.1: pure mapping, one file per resource. Python models are those of `fhir.resources.R4B`."""
