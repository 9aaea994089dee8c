"""What scrapers found out about stores: each file has its exact outcome.

The folder is named by PRICEBOOK_REAL_INPUTS (default: ../shared/inputs beside the repository).
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from pricebook.feed.stores.records import Coverage, StoreFile, StoreRecord
from pricebook.feed.stores.store_file import read_store_file

REPOSITORY = Path(__file__).parents[3]
INPUTS = Path(os.environ.get("PRICEBOOK_REAL_INPUTS", REPOSITORY.parent / "shared" / "inputs"))
STORES = INPUTS / "discovered_stores"

pytestmark = pytest.mark.skipif(
    not STORES.is_dir(), reason=f"no real files at {STORES}; set PRICEBOOK_REAL_INPUTS"
)

LISTINGS = {
    "aldi-act": ("Aldi", 8, Coverage("", "ACT"), 13, {None: 13}),
    "aldi-qld": ("Aldi", 8, Coverage("", "QLD"), 94, {None: 94}),
    "coles-supermarkets-tas": ("Coles", 7, Coverage("Coles Supermarkets", "TAS"), 17, {True: 17}),
    "coles-supermarkets-wa": (
        *("Coles", 7, Coverage("Coles Supermarkets", "WA"), 104),
        {True: 102, False: 2},
    ),
    "coles-vintage-cellars-act": ("Coles", 7, Coverage("Vintage Cellars", "ACT"), 1, {True: 1}),
    "iga-qld": ("IGA", 7, Coverage("", "QLD"), 214, {True: 99, None: 115}),
    "iga-tas": ("IGA", 7, Coverage("", "TAS"), 80, {None: 80}),
    "woolworths-ampol-act": ("Woolworths", 8, Coverage("Ampol", "ACT"), 9, {None: 9}),
    "woolworths-supermarkets-tas": (
        *("Woolworths", 8, Coverage("Supermarkets", "TAS"), 32),
        {None: 32},
    ),
}
"""Company, day of August 2025, coverage, stores, and whether they trade."""
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@cache
def read(name: str) -> StoreFile:
    path = STORES / name
    return read_store_file(path.read_bytes(), filename=path.name)


def record(name: str, store_id: str) -> StoreRecord:
    (found,) = (each for each in read(name).records if each.store_id == store_id)
    return found


def test_every_listing_is_tried() -> None:
    assert {path.stem for path in (STORES / "raw").iterdir()} == set(LISTINGS)


@pytest.mark.parametrize("name", LISTINGS)
def test_listings_are_read_whole(name: str) -> None:
    company, day, covers, stores, trading = LISTINGS[name]
    file = read(f"raw/{name}.json")
    assert (file.company, file.covers) == (company, covers)
    assert file.observed_at == datetime(2025, 8, day, tzinfo=UTC)
    assert (len(file.records), file.rejections, file.notes) == (stores, (), ())
    assert Counter(each.is_active for each in file.records) == trading
    assert {each.state for each in file.records} == {covers.state}
    for each in file.records:
        assert each.name
        assert each.address_line_1
        assert each.suburb
        assert len(each.postcode) == 4
        assert -44 < float(each.latitude or 0) < -10
        assert 113 < float(each.longitude or 0) < 154


def test_the_map_of_documents_is_read_whole() -> None:
    file = read("coles_map_of_documents.json")
    assert (file.company, file.covers, file.rejections, file.notes) == ("Coles", None, (), ())
    assert file.observed_at == datetime(2025, 8, 13, 16, 39, 29, 129446, tzinfo=UTC)
    divisions = {"Coles Supermarkets": 99, "Liquorland": 99, "Vintage Cellars": 2}
    assert Counter(each.division for each in file.records) == divisions
    assert Counter(each.is_active for each in file.records) == {True: 197, False: 3}
    states = {"VIC": 111, "TAS": 38, "NSW": 24, "ACT": 16, "SA": 9, "WA": 2}
    assert Counter(each.state for each in file.records) == states


def test_single_documents_are_read() -> None:
    files = [read(f"documents/{path.name}") for path in (STORES / "documents").iterdir()]
    assert {(each.company, each.covers, each.rejections, each.notes) for each in files} == {
        ("Coles", None, (), ())
    }
    records = [only for file in files for only in file.records]
    assert len(records) == len(files) == len({each.store_id for each in records}) == 120
    divisions = {"Liquorland": 61, "Coles Supermarkets": 59}
    assert Counter(each.division for each in records) == divisions
    assert Counter(each.is_active for each in records) == {True: 119, False: 1}


def test_a_document_and_a_listing_say_the_same_of_a_store() -> None:
    documents = {
        each.store_id: each
        for path in (STORES / "documents").iterdir()
        for each in read(f"documents/{path.name}").records
    }
    listed = {each.store_id: each for each in read("raw/coles-supermarkets-wa.json").records}
    both = documents.keys() & listed.keys()
    assert len(both) == 27
    for store_id in both:
        assert _but_place(documents[store_id]) == _but_place(listed[store_id])


def test_iga_writes_several_lines_into_one_text() -> None:
    ritchies = record("raw/iga-qld.json", "14651")
    assert (ritchies.address_line_1, ritchies.address_line_2) == ("27-29 Daisy Hill Road", "Shop 1")
    assert ritchies.trading_hours == tuple(f"{day}: 6AM - 9PM" for day in WEEK)
    assert ritchies.store_url.startswith("http://www.ritchies.com.au/?utm_source=igawebsite")
    mackay = record("raw/iga-qld.json", "14755")
    assert mackay.trading_hours == ("Open 24 hours 7 days",)
    assert (mackay.email, mackay.store_type) == ("westmackay@periesiga.com.au", "Regular")
    assert mackay.attributes == (
        '{"category_hierarchy_id":"0bbb4bd7-0e09-4743-9cc1-2e994960a08c",'
        '"christmas_hours_day":"Please contact the store for Easter opening hours.",'
        '"location_number":"63993211","postcode_id":"10858",'
        '"record_id":"c5df998e-a200-460b-881e-074e7a8adeb9","sale_group_id":"0",'
        '"shopping_modes":["delivery","pickup","planning"],'
        '"site_id":"8c744d67-1ce2-4e4b-81d1-e29966f362a7"}'
    )


def test_woolworths_hours_are_those_of_weekdays() -> None:
    for name in ("raw/woolworths-ampol-act.json", "raw/woolworths-supermarkets-tas.json"):
        for each in read(name).records:
            assert tuple(line.partition(":")[0] for line in each.trading_hours) == WEEK
            assert each.attributes == "{}"
    smithton = record("raw/woolworths-supermarkets-tas.json", "7214")
    assert smithton.trading_hours[0] == "Monday: 7:00 AM - 10:00 PM"
    assert smithton.facilities[:2] == ("Closed Due to Flooding", "Currently being renovated")


def test_aldi_keeps_the_address_in_an_object() -> None:
    conder = record("raw/aldi-act.json", "G473")
    assert (conder.name, conder.address_line_1) == ("Conder", "9 Sidney Nolan Street")
    assert (conder.suburb, conder.state, conder.postcode) == ("Conder", "ACT", "2906")
    assert (conder.latitude, conder.longitude) == ("-35.45715", "149.09283")
    assert conder.attributes == (
        '{"address_country_iso_code":"AU","address_country_name":"Australia",'
        '"alcohol_availability":["Beer","Wine"],'
        '"available_customer_service_types":["pickup","walk-in"]}'
    )


def _but_place(record: StoreRecord) -> tuple[object, ...]:
    return tuple(getattr(record, name) for name in record.__slots__ if name != "place")
