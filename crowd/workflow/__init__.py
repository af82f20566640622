"""The verbs: what people and jobs do, each one transaction, each with its event."""
