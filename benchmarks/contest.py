"""Who competes, over what, and in which order; a wrong result stops everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from benchmarks.generate import Generated, write_products
from benchmarks.run import Counts, Run, start
from benchmarks.workplace import OWN_SCHEMA, Digest, Workplace


class Scenario(Enum):
    """What is imported over what; each goes on with the book of the one before."""

    FIRST = "first load"
    UNCHANGED = "unchanged re-import"
    CHANGED = "5 % changed"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A way of importing: the module that does it, and the schema of its book."""

    name: str
    module: str
    schema: str
    # What its connections need to know, in libpq's words.
    connection_options: str = ""

    def environment(self, shared: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of its processes."""
        url = shared["DATABASE_URL"]
        options = f"?options={self.connection_options}" if self.connection_options else ""
        return {**shared, "DATABASE_URL": f"{url}{options}"}


FLOOR = Contestant("floor", "benchmarks.floor", "floor")
PRICEBOOK = Contestant("Pricebook", "benchmarks.pricebook", OWN_SCHEMA)
BULK_CREATE = Contestant(
    "bulk_create",
    "benchmarks.bulk_create",
    "bulk_create",
    connection_options="-csearch_path%3Dbulk_create,public",
)
# The floor comes first: the other books are compared with its book.
CONTESTANTS = (FLOOR, PRICEBOOK, BULK_CREATE)


@dataclass(frozen=True, slots=True)
class Sample:
    """One measured run."""

    scenario: Scenario
    contestant: str
    run: Run


class WrongResultError(Exception):
    """A contestant's counts or book are not what the file says: its seconds mean nothing."""


@dataclass(frozen=True)
class Contest:
    """The files of a contest, and the place where it happens."""

    place: Workplace
    files: Mapping[Scenario, Path]
    generated: Generated
    contestants: Sequence[Contestant]

    @classmethod
    def prepare(
        cls, place: Workplace, rows: int, contestants: Sequence[Contestant] = CONTESTANTS
    ) -> Contest:
        """Write the files and make the books."""
        today, tomorrow = place.folder / "products.csv", place.folder / "changed.csv"
        for path in (today, tomorrow):
            with path.open("w", encoding="utf-8", newline="") as target:
                generated = write_products(target, rows, changed=path is tomorrow)
        for contestant in contestants:
            if contestant.schema != OWN_SCHEMA:
                place.add_book(contestant.schema)
        files = {
            Scenario.FIRST: today,
            Scenario.UNCHANGED: today,
            Scenario.CHANGED: tomorrow,
        }
        return cls(place, files, generated, contestants)

    def rounds(self, scenarios: Sequence[Scenario], repeat: int) -> Iterator[Sample]:
        """Run every scenario for everyone, `repeat` times from empty books on."""
        for _ in range(repeat):
            for contestant in self.contestants:
                self.place.empty_book(contestant.schema)
            for scenario in scenarios:
                yield from self._round(scenario)

    def _round(self, scenario: Scenario) -> Iterator[Sample]:
        floor: Digest | None = None
        for contestant in self.contestants:
            if scenario is not Scenario.FIRST:
                self.place.settle_book(contestant.schema)
            self.place.checkpoint()
            environment = contestant.environment(self.place.environment)
            run = start(contestant.module, self.files[scenario], environment)
            book = self.place.digest(contestant.schema)
            floor = floor or book
            require_right(contestant.name, run.counts, expected_counts(scenario, self.generated))
            if book != floor or book.products != self.generated.products:
                message = f"{contestant.name}: the book has {book}, the floor's {floor}."
                raise WrongResultError(message)
            yield Sample(scenario, contestant.name, run)


def expected_counts(scenario: Scenario, generated: Generated) -> Counts:
    """Return what becomes of a generated file's rows."""
    created = generated.products if scenario is Scenario.FIRST else 0
    updated = generated.changed if scenario is Scenario.CHANGED else 0
    return Counts(
        rows=generated.rows,
        created=created,
        updated=updated,
        unchanged=generated.products - created - updated,
        duplicate=generated.duplicates,
    )


def require_right(contestant: str, counts: Counts, expected: Counts) -> None:
    """Raise WrongResultError unless every count that the contestant knows is the expected one."""
    wanted = asdict(expected)
    for name, value in asdict(counts).items():
        if value is not None and value != wanted[name]:
            message = f"{contestant}: {value:,} rows {name}, but the file has {wanted[name]:,}."
            raise WrongResultError(message)
