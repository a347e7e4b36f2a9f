"""What a submission may say: its versioned schema, and what a schema cannot tell."""
