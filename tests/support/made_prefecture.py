"""A small invented prefecture with all its facts, for tests that copy it."""

from pathlib import Path

from benchmarks.prefecture import Sizes, make_prefecture
from etl.verify import rebuild


def made_prefecture(path: Path, sizes: Sizes) -> Path:
    """Make the store at a path; nothing of it is left beside the file, so that the file alone can be copied."""
    engine = make_prefecture(f"sqlite:///{path}", sizes)
    rebuild(engine, "NBS2020")
    with engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path
