"""The test harness itself: PostGIS is real, never root, and gone afterwards."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from tests.support.postgres import Cluster, find_programs, running_cluster


def test_the_cluster_starts_without_root_and_leaves_nothing() -> None:
    with running_cluster() as cluster:
        process = cluster.process
        assert process is not None
        # The owner of a process is the owner of its entry under /proc.
        assert Path(f"/proc/{process.pid}").stat().st_uid != 0
        folder = Path(f"/proc/{process.pid}/cwd").readlink()
        assert folder.exists()
        address = cluster.url("template_postgis")
        assert "127.0.0.1" in address
    assert process.poll() is not None
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address.replace("+psycopg", ""), connect_timeout=2)


def test_a_cluster_that_cannot_start_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.postgres.FAST", ("no_such_setting=on",))
    cluster = Cluster()
    with pytest.raises(RuntimeError, match="no_such_setting"), cluster:
        pass
    assert cluster.process is not None and cluster.process.poll() is not None


def test_missing_postgis_is_a_sentence_not_a_skip(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="apt-get install postgresql-15 postgresql-15-postgis-3"):
        find_programs(tmp_path)


def test_postgis_is_real(postgres_engine: Engine) -> None:
    with postgres_engine.connect() as conn:
        area = conn.execute(
            text("SELECT ST_Area(ST_GeomFromText('POLYGON((0 0,0 2,3 2,3 0,0 0))', 4490))")
        ).scalar_one()
    assert area == 6


@pytest.mark.parametrize("round_", [1, 2])
def test_every_test_gets_a_store_of_its_own(engine: Engine, round_: int) -> None:
    with engine.begin() as conn:
        assert conn.execute(text("SELECT count(*) FROM batch")).scalar_one() == 0
        conn.execute(text("INSERT INTO batch (batch_id, loaded_at, is_sample) VALUES (1, '2026-01-01 00:00:00', true)"))
