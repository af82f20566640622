"""The HTTP API of the contract: thin views by noun; every rule lives in the workflow."""
