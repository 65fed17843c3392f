"""The store: terms, schema, queries and writes. Everything that knows the database, and nothing else."""
