"""The label schema and the annotation document: read, validated, written, compared and migrated."""
