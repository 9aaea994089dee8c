"""What the variables mean, and what is said about a value that means nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pricebook.config.env import ConfigurationError, broker_url, load_environment, number

NO_ROOT = Path("/nonexistent")


def load(**variables: str) -> object:
    return load_environment(NO_ROOT, {"SECRET_KEY": "k", **variables})


def test_the_defaults_are_a_laptop_s() -> None:
    environment = load_environment(NO_ROOT, {"SECRET_KEY": "k"})
    assert environment.home == NO_ROOT / "var"
    assert (environment.host, environment.port) == ("127.0.0.1", 8000)
    assert environment.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")
    assert (environment.debug, environment.https) == (False, False)
    assert (environment.database_url, environment.redis_url) == (None, None)


def test_every_variable_is_read() -> None:
    environment = load_environment(
        NO_ROOT,
        {
            "PRICEBOOK_HOME": "/srv/pricebook",
            "HOST": "0.0.0.0",
            "PORT": "80",
            "DEBUG": "True",
            "PRICEBOOK_HTTPS": "yes",
            "ALLOWED_HOSTS": "prices.example.com, .example.org ,",
            "SECRET_KEY": "k",
            "DATABASE_URL": "postgres://u:p@db/name",
            "REDIS_URL": "rediss://cache:6380/2",
        },
    )
    assert environment.home == Path("/srv/pricebook")
    assert (environment.host, environment.port) == ("0.0.0.0", 80)
    assert (environment.debug, environment.https) == (True, True)
    assert environment.allowed_hosts == ("prices.example.com", ".example.org")
    assert environment.secret_key == "k"
    assert environment.database_url == "postgres://u:p@db/name"
    assert environment.redis_url == "rediss://cache:6380/2"


def test_an_empty_variable_is_not_set() -> None:
    environment = load_environment(
        NO_ROOT, {"SECRET_KEY": "k", "PORT": "", "DEBUG": "", "DATABASE_URL": "", "REDIS_URL": ""}
    )
    assert (environment.port, environment.debug) == (8000, False)
    assert (environment.database_url, environment.redis_url) == (None, None)


def test_a_relative_home_is_relative_to_where_the_command_was_given() -> None:
    environ = {"SECRET_KEY": "k", "PRICEBOOK_HOME": "elsewhere"}
    assert load_environment(NO_ROOT, environ).home == Path.cwd() / "elsewhere"
    assert environ["PRICEBOOK_HOME"] == str(Path.cwd() / "elsewhere")


@pytest.mark.parametrize("port", ["80a", "0", "65536", "-1", "8000.0", "٨٠"])
def test_a_port_is_a_number_that_a_port_can_have(port: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(PORT=port)
    assert str(caught.value) == (
        f"PORT is “{port}”. Set it to a whole number from 1 to 65535, for example PORT=8000."
    )


@pytest.mark.parametrize("name", ["DEBUG", "PRICEBOOK_HTTPS"])
def test_a_switch_is_on_or_off(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(**{name: "maybe"})
    assert str(caught.value) == f"{name} is “maybe”. Set it to 1 (on) or 0 (off)."


def test_only_postgresql_is_a_database_and_the_password_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(DATABASE_URL="mysql://u:secret@db/name")
    assert str(caught.value) == (
        "DATABASE_URL must be the address of PostgreSQL: "
        "it starts with postgres:// or postgresql://."
    )


def test_only_redis_and_its_like_are_a_broker() -> None:
    with pytest.raises(ConfigurationError, match="starts with redis:// or rediss:// or unix://"):
        load(REDIS_URL="amqp://u:secret@broker")


def test_a_number_is_read_or_its_default() -> None:
    assert number("LEASE", 20, {}) == 20
    assert number("LEASE", 20, {"LEASE": "0.5"}) == 0.5


@pytest.mark.parametrize("text", ["ten", "-1", "nan", "inf"])
def test_a_number_is_finite_and_not_negative(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        number("LEASE", 20, {"LEASE": text})
    assert str(caught.value) == f"LEASE is “{text}”. Set it to a number that is not negative."


@pytest.mark.parametrize(
    ("redis_url", "expected"),
    [
        ("redis://cache:6379/1", "redis://cache:6379/1"),
        ("rediss://u:p@cache/0", "rediss://u:p@cache/0"),
        ("unix:///tmp/v/valkey.sock?db=0", "redis+socket:///tmp/v/valkey.sock?virtual_host=0"),
        ("unix:///tmp/v/valkey.sock?db=3", "redis+socket:///tmp/v/valkey.sock?virtual_host=3"),
        ("unix:///tmp/v/valkey.sock", "redis+socket:///tmp/v/valkey.sock?virtual_host=0"),
    ],
)
def test_celery_spells_a_socket_s_address_its_own_way(redis_url: str, expected: str) -> None:
    assert broker_url(redis_url) == expected
