"""Files about stores: their shapes, what they cover, and what is wrong with them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pricebook.feed.errors import FeedError
from pricebook.feed.records import Problem, Rejection
from pricebook.feed.stores.records import Coverage, StoreRecord
from pricebook.feed.stores.store_file import MAX_FILE, read_store_file
from tests.unit.feed.stores.store_samples import document, listing, read

NOT_SEEN = "The file does not say when its stores were seen, or not as a date."
NOT_FULL = "It is not taken for a full list: no store is missing for not being in it."
A = {"store_id": "A", "name": "Ash"}
B = {"store_id": "B", "name": "Birch"}


def refusal(content: object) -> tuple[str, str]:
    with pytest.raises(FeedError) as caught:
        read(content)
    return caught.value.code, str(caught.value)


def test_a_document_holds_one_store() -> None:
    file = read(
        {
            "metadata": {
                "company": "corner shops",
                "brand": "EXP",
                "scraped_at": "2026-05-04T01:02:03.5",
            },
            "store_data": {
                "name": "Ash",
                "store_id": "EXP:1",
                "retailer_store_id": 31,
                "is_active": True,
                "division": "Corner Express",
                "email": "ash@example.com",
                "phone_number": "(07) 5550 1234",
                "address_line_1": "1 High St",
                "address_line_2": None,
                "suburb": "Ashgrove",
                "state": "QLD",
                "postcode": "4060",
                "latitude": -27.4412345678,
                "longitude": 152.99,
                "trading_hours": ["Mon-Fri 7-9", "Sat 8-5"],
                "facilities": ["Parking", "ATM"],
                "is_trading": True,
                "online_shop_url": "https://shop.example/ash",
                "store_url": "https://example.com/ash",
                "ecommerce_url": "",
                "store_type": "Regular",
                "site_id": "s-1",
                "shopping_modes": ["pickup", "delivery"],
            },
        }
    )
    assert (file.company, file.covers, file.rejections, file.notes) == (
        "Corner Shops",
        None,
        (),
        (),
    )
    assert file.observed_at == datetime(2026, 5, 4, 1, 2, 3, 500_000, tzinfo=UTC)
    assert file.records == (
        StoreRecord(
            place=1,
            store_id="EXP:1",
            name="Ash",
            division="Corner Express",
            is_active=True,
            email="ash@example.com",
            phone="(07) 5550 1234",
            address_line_1="1 High St",
            address_line_2="",
            suburb="Ashgrove",
            state="QLD",
            postcode="4060",
            latitude="-27.441235",
            longitude="152.99",
            trading_hours=("Mon-Fri 7-9", "Sat 8-5"),
            facilities=("ATM", "Parking"),
            store_url="https://example.com/ash",
            online_shop_url="https://shop.example/ash",
            ecommerce_url="",
            retailer_store_id="31",
            store_type="Regular",
            attributes='{"shopping_modes":["delivery","pickup"],"site_id":"s-1"}',
        ),
    )


@pytest.mark.parametrize(
    "content",
    [
        {"A": document("A"), "B": document("B")},
        {"A": document(None), "B": document("B", company="CORNER  shops")},
        {"A": document("A"), "B": {"store_data": {"store_id": "B"}}},
        {"company": "Corner Shops", "A": {"store_data": {}}, "B": {"store_data": {}}},
        [document("A"), document("B")],
        json.dumps(document("A"), indent=2) + "\n" + json.dumps(document("B")),
        {"metadata": {"company": "Corner Shops"}, "stores": [{"id": "A"}, {"id": "B"}]},
        {"stores": {"A": {"name": "Ash"}, "B": {"id": "B"}}, "company": "Corner Shops"},
    ],
)
def test_several_stores_stand_in_a_map_a_list_or_one_behind_another(content: object) -> None:
    file = read(content)
    assert [record.store_id for record in file.records] == ["A", "B"]
    assert [record.place for record in file.records] == [1, 2]
    assert (file.company, file.rejections, file.notes) == ("Corner Shops", (), (NOT_SEEN,))


def test_the_time_of_a_file_is_its_latest_in_utc() -> None:
    first, last = document("A"), document("B")
    first["metadata"] = {"company": "C", "scraped_at": "2026-05-04T01:02:03+10:00"}
    last["metadata"] = {"company": "C", "date_scraped": "2026-05-03"}
    assert read([first, last]).observed_at == datetime(2026, 5, 3, 15, 2, 3, tzinfo=UTC)
    assert read([last]).observed_at == datetime(2026, 5, 3, tzinfo=UTC)


@pytest.mark.parametrize("moment", ["yesterday", "", 7, None, "9999-12-31T23:59:59-12:00"])
def test_a_file_without_a_time_is_noted(moment: object) -> None:
    file = read(listing(A, scraped_at=moment))
    assert (file.observed_at, file.notes) == (None, (NOT_SEEN,))


@pytest.mark.parametrize(
    ("heading", "stores", "covers"),
    [
        ({}, [A, B], Coverage("", "QLD")),
        ({"state": "Western Australia"}, [A], Coverage("", "WA")),
        ({"state": "Western Australia", "state_iso": "WA"}, [A], Coverage("", "WA")),
        ({"brand": "express"}, [A, B], Coverage("Express", "QLD")),
        ({}, [A | {"brand": {"name": "Express", "id": 1}}, B], Coverage("Express", "QLD")),
        ({"brand": "EX"}, [A | {"Division": "EXPRESS"}], Coverage("Express", "QLD")),
        ({}, [A | {"division": "Express"}, B | {"division": "Metro"}], Coverage("", "QLD")),
        ({"state": None}, [A | {"state": "nsw"}, B], Coverage("", "NSW")),
        ({"state": None}, [A | {"state": "nsw"}, B | {"state": "VIC"}], Coverage("", "")),
    ],
)
def test_a_listing_covers_what_its_stores_have_in_common(
    heading: dict[str, object], stores: list[object], covers: Coverage
) -> None:
    file = read(listing(*stores, **heading))
    assert (file.covers, file.notes) == (covers, ())


def test_what_a_listing_says_of_all_its_stores_is_said_of_each() -> None:
    (record,) = read(listing(A, brand="metro")).records
    assert (record.division, record.state) == ("Metro", "QLD")


@pytest.mark.parametrize(
    ("stores", "number", "notes"),
    [
        ([A], 2, ("The file says that it has 2 stores, and has 1.", NOT_FULL)),
        ([], 0, (NOT_FULL,)),
        ([A, {"name": "Birch"}], 2, (NOT_FULL,)),
    ],
)
def test_a_listing_that_may_be_short_covers_nothing(
    stores: list[object], number: int, notes: tuple[str, ...]
) -> None:
    file = read(listing(*stores, number_of_stores=number))
    assert (file.covers, file.notes) == (None, notes)


def test_a_listing_with_more_stores_than_it_says_is_noted() -> None:
    file = read(listing(A, B, number_of_stores="1"))
    assert file.covers == Coverage("", "QLD")
    assert file.notes == ("The file says that it has 1 stores, and has 2.",)


def test_of_a_store_that_is_there_twice_the_last_counts() -> None:
    file = read(listing(A, B, {"store_id": " a ", "name": "Acacia"}))
    assert [(each.place, each.store_id, each.name) for each in file.records] == [
        (2, "B", "Birch"),
        (3, "a", "Acacia"),
    ]
    assert file.notes == ("Store a is in the file more than once. The last one counts.",)
    more = read(listing(A, B, A, B, B))
    assert more.notes == ("2 stores are in the file more than once. The last one counts.",)


def test_a_bad_store_is_rejected_and_the_rest_is_read() -> None:
    text = """{"metadata": {"company": "C", "scraped_at": "2026-05-04"}, "stores": [
        {"id": "A", "id": "B"},
        {"id": "A", "size": NaN},
        {"id": "A" "name": "Ash"},
        7,
        {"name": "Ash"},
        {"id": "A\\u0000"},
        {"id": "\\ud800"},
        {"id": "I"},
        [[]]
    ]}"""
    file = read(text)
    assert [record.store_id for record in file.records] == ["I"]
    assert [record.place for record in file.records] == [8]
    assert [(each.line, each.problems[0].code, each.sku) for each in file.rejections] == [
        (2, "json_repeated_key", ""),
        (3, "json_invalid_number", ""),
        (4, "json_invalid", ""),
        (5, "no_store", ""),
        (6, "store_id_missing", ""),
        (7, "control_character", "A\ufffd"),
        (8, "control_character", "\ufffd"),
        (10, "no_store", ""),
    ]
    assert file.notes == (NOT_FULL,)


def test_a_rejection_shows_where_the_store_begins() -> None:
    (rejection,) = read(listing({"name": "Ash"})).rejections
    shown = '{"name": "Ash"}]}'
    message = "The store's id is missing. Every store needs one."
    problem = Problem(None, "store_id_missing", message, shown)
    assert rejection == Rejection(1, (shown,), (problem,), "")


def test_the_entry_of_a_map_that_is_no_document_is_rejected_under_its_key() -> None:
    file = read({"A": document("A"), "B": {"name": "Birch"}, "C": []})
    assert [(each.sku, each.problems[0].code) for each in file.rejections] == [
        ("B", "no_store"),
        ("C", "no_store"),
    ]


@pytest.mark.parametrize("store_id", ["x" * 101, "9" * 5000, "\ufdfa" * 6])
def test_an_id_has_at_most_100_characters(store_id: str) -> None:
    (rejection,) = read(listing({"id": store_id})).rejections
    assert rejection.problems[0].code == "store_id_too_long"
    assert rejection.sku == store_id[:100]


@pytest.mark.parametrize(
    "content",
    ["", "7", "[]", "{}", '"text"', "[" * 20_000 + "]" * 20_000, {"products": [{"sku": "A"}]},
     {"product": {"sku": "A"}, "metadata": {"company": "C"}}, [A, B], {"stores": "A, B"},
     {"metadata": {"company": "C"}, "stores_by_state": {"QLD": {"stores": [A]}}}],
)  # fmt: skip
def test_a_file_without_stores_is_refused(content: object) -> None:
    code, message = refusal(content)
    if content in ("7", '"text"'):
        assert code == "file_breaks_off"
        return
    assert code == "no_stores"
    assert message == (
        "stores.json holds no stores. Write documents with metadata and store_data, or one with "
        "metadata and a list of stores."
    )


def test_a_file_that_breaks_off_is_refused_with_the_line() -> None:
    text = json.dumps(listing(A, B), indent=1)
    for end in ("", ', {"id": "C",\n\n\n\n', "]}]", "] x"):
        cut = text if end in ("]}]", "] x") else text[: text.rindex("}\n")]
        assert refusal(cut + end)[0] == "file_breaks_off"
    assert refusal('{"metadata": {},\n "stores": [\n{"id": "A",\n"name": "Ash"\n')[1] == (
        "stores.json breaks off at line 3, or goes on as no JSON does. Send the whole file again."
    )


@pytest.mark.parametrize("company", [None, "", " ", 3 * ["x"], "x" * 101])
def test_a_file_that_names_no_company_is_refused(company: object) -> None:
    code, message = refusal(listing(A, company=company))
    assert code == "no_company"
    assert message == (
        "stores.json does not say whose stores these are. Write the company's name into "
        "metadata.company."
    )


def test_a_file_of_several_companies_is_refused() -> None:
    content = {"A": document("A", company="zeta"), "B": document("B", company="alpha")}
    assert refusal(content) == (
        "several_companies",
        "stores.json holds stores of several companies: Alpha, Zeta. Send a file for each.",
    )


def test_metadata_that_cannot_be_read_are_refused_with_the_line() -> None:
    code, message = refusal('{\n"metadata": {"company": "A", "company": "B"}, "stores": []}')
    assert code == "metadata_invalid"
    assert message == (
        "The metadata of stores.json, line 2, cannot be read. An object names the same key twice. "
        "Remove one of them."
    )


def test_a_file_has_bounds() -> None:
    with pytest.raises(FeedError) as caught:
        read_store_file(b" " * (MAX_FILE + 1), filename="stores.json")
    assert caught.value.code == "file_too_large"
    assert refusal('{"stores": [' + "7," * 50_000 + "7]}")[0] == "too_many_stores"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_encoding_is_read(encoding: str) -> None:
    text = json.dumps(listing(A | {"name": "Café Müller"}), ensure_ascii=False)
    (record,) = read_store_file(text.encode(encoding), filename="stores.json").records
    assert record.name == "Café Müller"
