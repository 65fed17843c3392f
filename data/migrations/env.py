"""Runs the migrations on the engine that data.store hands over; never opens one of its own."""

from typing import Any

from alembic import context

from data import schema


def _is_ours(_object: Any, name: str | None, type_: str, is_reflected: bool, _other: Any) -> bool:
    # PostGIS keeps tables and indexes of its own in the same schema.
    return not (is_reflected and type_ == "table" and name not in schema.metadata.tables)


def run() -> None:
    engine = context.config.attributes["engine"]
    with engine.connect() as connection:
        connection = connection.execution_options(is_writing=True)
        context.configure(connection=connection, target_metadata=schema.metadata, include_object=_is_ours)
        with context.begin_transaction():
            context.run_migrations()


run()
