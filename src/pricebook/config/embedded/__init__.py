"""A private PostgreSQL and Valkey for one PRICEBOOK_HOME: the embedded default (G1).

Each of the two has a *keeper* (keeper.py): a small process that starts the server, restarts it
when it dies, and ends it as soon as nobody uses it. Whoever needs the servers holds a shared
lock for as long as it lives (hold.py); the kernel lets go of it, however that process ends.

    with ensure_services(home) as services:
        connect(services.urls.database_url)

This file imports nothing: a keeper should not have to load a database driver.
"""
