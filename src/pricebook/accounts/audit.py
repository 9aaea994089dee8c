"""The audit log: one line for each change of who may do what, and of who is told what.

Every line is one JSON object on the logger `pricebook.audit`: `who` did `what` to `whom`, and what
else is worth knowing. Tokens and passwords are never given to it.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from pricebook.accounts.models import ApiKey, User

log = logging.getLogger("pricebook.audit")


def note(what: str, *, who: User | None, whom: User | ApiKey | UUID, **details: object) -> None:
    """Write one line; `who` is None for a command of the operator's."""
    line = {"who": who.username if who else "command line", "what": what, "whom": str(whom)}
    # One line whatever the names hold: JSON escapes control characters.
    log.info("%s", json.dumps({**line, **details}, default=str))
