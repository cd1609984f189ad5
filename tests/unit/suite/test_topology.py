"""What services are started with, read back as the services read it."""

from pathlib import Path, PurePosixPath

import pytest

from aurelius_chassis.sql import Database
from aurelius_client.suite.topology import SERVICES, Place, Service, environment
from aurelius_engine.adapters.obstore_objects import ObstoreObjects

NAMES = ["plain", "a b", "a#b", "a?b=c&d", "100%", "a%20b", "a%2Fb", "a+b", "é{x}[y]", "a:b@c;d"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("service", SERVICES, ids=[one.name for one in SERVICES])
def test_a_database_is_in_the_home_whatever_its_name(
    tmp_path: Path, service: Service, name: str
) -> None:
    home = tmp_path / name
    (home / "databases").mkdir(parents=True)

    variables = environment(service, Place(home=PurePosixPath(home)))
    database = Database.open(variables["AURELIUS_DATABASE_URL"])
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (n INTEGER)")
    path = database.engine.url.database
    database.close()

    file = home / "databases" / f"{service.name}.db"
    assert path == str(file)
    assert file.is_file()
    assert [found.name for found in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_objects_are_in_the_home_whatever_its_name(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    home.mkdir()

    variables = environment(SERVICES[0], Place(home=PurePosixPath(home)))
    objects = ObstoreObjects(variables["AURELIUS_OBJECTS_URL"])
    digest = objects.put(b"an object")

    hexadecimal = digest.removeprefix("sha256:")
    assert objects.get(digest) == b"an object"
    kept = home / "objects/objects" / hexadecimal[:2] / hexadecimal
    assert kept.read_bytes() == b"an object"
    assert [found.name for found in tmp_path.iterdir()] == [name]
