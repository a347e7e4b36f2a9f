"""Asking every route of the description what nobody expects, by schemathesis, as every role."""
