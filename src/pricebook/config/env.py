"""Reads the environment (and `.env`) into values: the only place that parses variables (G2)."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from dotenv import dotenv_values

from pricebook.files.bucket import Bucket

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_POSTGRESQL_SCHEMES = frozenset({"postgres", "postgresql"})
_OF_BUCKET = ("BUCKET_NAME", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
_HTTP_SCHEMES = frozenset({"http", "https"})
_REDIS_SCHEMES = frozenset({"redis", "rediss", "unix"})


class ConfigurationError(Exception):
    """A variable has a value that Pricebook cannot use; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the environment says; `None` for a service that Pricebook runs itself."""

    home: Path
    host: str
    port: int
    debug: bool
    https: bool
    allowed_hosts: tuple[str, ...]
    secret_key: str
    database_url: str | None
    redis_url: str | None
    bucket: Bucket | None
    public_url: str
    webhook_networks: tuple[IPv4Network | IPv6Network, ...]


def load_environment(
    root: Path | None = None, environ: MutableMapping[str, str] = os.environ
) -> Environment:
    """Return the environment's values, and complete `environ` from `.env` in the project's root.

    PRICEBOOK_ENV_FILE names another file than `.env`. A variable that is set beats its line there;
    an empty one counts as not set. Creates the secret key's file when SECRET_KEY is not set.
    Raises ConfigurationError for a bad value.
    """
    root = root or _project_root()
    # Where a relative path was written decides what it is relative to.
    base = Path.cwd() if environ.get("PRICEBOOK_HOME") else root
    for name, value in dotenv_values(environ.get("PRICEBOOK_ENV_FILE") or root / ".env").items():
        if value and not environ.get(name):
            environ[name] = value
    home = base / Path(environ.get("PRICEBOOK_HOME") or "var").expanduser()
    # Children may start in another folder, and must find the same one.
    environ["PRICEBOOK_HOME"] = str(home)
    host, port = environ.get("HOST") or "127.0.0.1", _port(environ.get("PORT") or "8000")
    public_url = _url("PRICEBOOK_PUBLIC_URL", "this Pricebook", _HTTP_SCHEMES, environ)
    return Environment(
        home=home,
        host=host,
        port=port,
        debug=_flag("DEBUG", environ),
        https=_flag("PRICEBOOK_HTTPS", environ),
        allowed_hosts=_words(environ.get("ALLOWED_HOSTS", "")) or _LOCAL_HOSTS,
        secret_key=environ.get("SECRET_KEY") or _kept_secret_key(home),
        database_url=_url("DATABASE_URL", "PostgreSQL", _POSTGRESQL_SCHEMES, environ),
        redis_url=_url("REDIS_URL", "Redis or Valkey", _REDIS_SCHEMES, environ),
        bucket=_bucket(environ),
        public_url=(public_url or f"http://{_in_url(host)}:{port}").rstrip("/"),
        webhook_networks=_networks("PRICEBOOK_WEBHOOK_NETWORKS", environ),
    )


def number(
    name: str,
    default: float,
    environ: MutableMapping[str, str] = os.environ,
    *,
    least: float = 0,
) -> float:
    """Return the variable `name` as a number ≥ `least`, or `default` where it is not set."""
    text = environ.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not least <= value < float("inf"):
        wanted = f"a number of at least {least:g}" if least else "a number that is not negative"
        msg = f"{name} is “{text}”. Set it to {wanted}."
        raise ConfigurationError(msg)
    return value


def broker_url(redis_url: str) -> str:
    """Return a redis-py URL in the spelling of Celery's transport, which differs for sockets.

    `unix:///run/v.sock?db=1` becomes `redis+socket:///run/v.sock?virtual_host=1`.
    """
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={database}"


def make_home(path: Path) -> None:
    """Create PRICEBOOK_HOME. Others may pass through it, not list it: PostgreSQL may be another."""
    path.mkdir(mode=0o711, parents=True, exist_ok=True)


def make_private_folder(path: Path) -> Path:
    """Create a folder that only its owner may read, and return it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _project_root() -> Path:
    """Return the checkout that this file belongs to, or the current folder when installed."""
    checkout = Path(__file__).resolve().parents[3]
    return checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535:
        return int(text)
    msg = f"PORT is “{text}”. Set it to a whole number from 1 to 65535, for example PORT=8000."
    raise ConfigurationError(msg)


def _flag(name: str, environ: MutableMapping[str, str]) -> bool:
    text = environ.get(name) or "0"
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    msg = f"{name} is “{text}”. Set it to 1 (on) or 0 (off)."
    raise ConfigurationError(msg)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _url(
    name: str, service: str, schemes: frozenset[str], environ: MutableMapping[str, str]
) -> str | None:
    url = environ.get(name) or None
    if url and urlsplit(url).scheme not in schemes:
        # The value itself may hold a password, so it is not repeated.
        spellings = " or ".join(f"{scheme}://" for scheme in sorted(schemes))
        msg = f"{name} must be the address of {service}: it starts with {spellings}."
        raise ConfigurationError(msg)
    return url


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _networks(
    name: str, environ: MutableMapping[str, str]
) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks that a variable lists, such as `10.0.0.0/8, ::1`."""
    try:
        return tuple(map(ip_network, _words(environ.get(name, ""))))
    except ValueError as error:
        msg = f"{name} cannot be read: {error}. List networks such as 10.1.0.0/16,::1."
        raise ConfigurationError(msg) from None


def _bucket(environ: MutableMapping[str, str]) -> Bucket | None:
    """Return the bucket that holds the files, or None when files stay on this machine (A2).

    Its variables begin with S3_; those of Cloudflare R2 may begin with R2_.
    """
    prefixes = [
        prefix
        for prefix in ("S3_", "R2_")
        if any(environ.get(f"{prefix}{name}") for name in ("ENDPOINT_URL", *_OF_BUCKET))
    ]
    if not prefixes:
        return None
    if len(prefixes) > 1:
        msg = "Variables that begin with S3_ and with R2_ are set: keep those of one storage."
        raise ConfigurationError(msg)
    prefix = prefixes[0]
    endpoint_url = _url(f"{prefix}ENDPOINT_URL", "S3-compatible storage", _HTTP_SCHEMES, environ)
    values = {name: environ.get(f"{prefix}{name}", "") for name in _OF_BUCKET}
    missing = [f"{prefix}{name}" for name, value in values.items() if not value]
    if prefix == "R2_" and endpoint_url is None:
        missing.append("R2_ENDPOINT_URL")
    if missing:
        msg = f"For storage in a bucket, set {' and '.join(missing)} too."
        raise ConfigurationError(msg)
    return Bucket(
        name=values["BUCKET_NAME"],
        access_key_id=values["ACCESS_KEY_ID"],
        secret_access_key=values["SECRET_ACCESS_KEY"],
        endpoint_url=endpoint_url and endpoint_url.rstrip("/"),
        region=environ.get(f"{prefix}REGION") or ("auto" if prefix == "R2_" else "us-east-1"),
    )


def _kept_secret_key(home: Path) -> str:
    """Return the key in `home/secret_key`; the first caller makes it."""
    path = home / "secret_key"
    if not path.exists():
        make_home(home)
        draft = home / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            # Unlike a rename, a link never replaces the key of one who was faster.
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
