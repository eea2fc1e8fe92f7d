"""What is true of SQLite alone: one file, one process."""

import pytest

from handoff.errors import DataDirBusy, StorageUnavailable
from handoff.settings import Settings
from handoff.store.database import open_database
from tests.integration.handoff.conftest import World

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_a_second_process_is_refused(world: World, settings: Settings) -> None:
    with pytest.raises(DataDirBusy) as caught:
        open_database(settings)
    assert caught.value.remedy


async def test_a_broken_database_file_is_named(settings: Settings) -> None:
    (settings.data_dir / "baton.db").write_bytes(b"this is not a database" * 100)
    with pytest.raises(StorageUnavailable) as caught:
        open_database(settings)
    assert "backup" in caught.value.remedy
