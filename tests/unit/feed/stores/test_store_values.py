"""What is read of one store: words of many companies, values of many forms."""

from __future__ import annotations

import json

import pytest

from pricebook.feed.stores.records import StoreRecord
from tests.unit.feed.stores.store_samples import listing, of_listing, only, read

NO_LINK = "This is no web address. Write one that begins with https:// or http:// and a host."


def notes_on(**said: object) -> tuple[str, ...]:
    return read(listing({"store_id": "7"} | said)).notes


def attributes(**said: object) -> object:
    return json.loads(only(**said).attributes)


@pytest.mark.parametrize(
    ("raw", "store_id"),
    [
        ({"id": 7541}, "7541"),
        ({"id": 7541.0}, "7541"),
        ({"StoreNo": " 0012 "}, "0012"),
        ({"storeId": "14651", "id": "bc79-8e92"}, "14651"),
        ({"id": "  COL:7 "}, "COL:7"),
        ({"Store Number": "12"}, "12"),
    ],
)
def test_the_store_is_known_by_its_number(raw: dict[str, object], store_id: str) -> None:
    (record,) = read(listing(raw)).records
    assert record.store_id == store_id


@pytest.mark.parametrize(
    "raw",
    [
        {"AddressLine1": "1 High St", "AddressLine2": "Shop 2", "Suburb": "Ash", "State": "QLD",
         "Postcode": "4060", "Latitude": "-27.50", "Longitude": "153.0", "Phone": "1234"},
        {"address": {"addressLine": "1 High St", "address2": "Shop 2", "suburb": "Ash",
                     "state": "QLD", "postcode": 4060},
         "position": {"latitude": -27.5, "longitude": 153}, "contact": {"phone": "1234"}},
        {"address": {"address1": "1 High St", "address2": "Shop 2", "city": "Ash",
                     "district": "Ash", "regionName": "Queensland", "regionIsoCode": "QLD",
                     "zipCode": "4060", "latitude": "-27.500000000000",
                     "longitude": "153.000000000000"},
         "publicPhoneNumber": 1234},
        {"address": "1 High St\r\nShop 2\r\n", "city": "Ash", "region": "qld", "zip": "4060",
         "location": {"coordinates": {"lat": -27.5, "lng": 153}}, "tel": "1234"},
        {"street": "1 High&nbsp;St<br/>Shop 2", "town": "Ash", "postalCode": "4060",
         "geo": {"lat": "-27.4999999", "lon": "+153."}, "telephone": "1234"},
    ],
)  # fmt: skip
def test_an_address_is_read_under_any_name(raw: dict[str, object]) -> None:
    record = of_listing(raw)
    assert (record.address_line_1, record.address_line_2) == ("1 High St", "Shop 2")
    assert (record.suburb, record.state, record.postcode) == ("Ash", "QLD", "4060")
    assert (record.latitude, record.longitude, record.phone) == ("-27.5", "153", "1234")
    assert "Ash" not in record.attributes


def test_further_lines_of_an_address_are_its_second() -> None:
    record = only(address="Level 1\r\n\r\n 2  High St \r\nShop 3")
    assert (record.address_line_1, record.address_line_2) == ("Level 1", "2 High St, Shop 3")


@pytest.mark.parametrize(
    ("state", "postcode", "read"),
    [("NT", 800, "0800"), ("ACT", "200", "200"), ("Otago", 9, "9"), ("NT", "0800", "0800")],
)
def test_a_postcode_that_became_a_number_gets_its_zero_back(
    state: str, postcode: object, read: str
) -> None:
    assert only(state=state, postcode=postcode).postcode == read


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Albert &amp; Queen&#39;s &lt;5&gt;", "Albert & Queen's <5>"),
        ("Chris\\u2019 \\ud83d\\ude00", "Chris\u2019 \U0001f600"),
        (" Two\r\n \t spaces\u00a0here ", "Two spaces here"),
        ("A\0B\x07C", "A B C"),
        ("AT&T &nosuch; &copy 1", "AT&T &nosuch; &copy 1"),
        (17, "17"),
        (None, ""),
        ("  ", ""),
    ],
)
def test_texts_are_unescaped_and_on_one_line(written: object, name: str) -> None:
    assert only(name=written).name == name


def test_parameters_of_an_address_are_no_entities() -> None:
    link = "https://example.com/?a=1&region=2&copy=3"
    assert only(storeUrl=link).store_url == link
    assert only(storeUrl="https://example.com/?a=1&amp;b=2").store_url == (
        "https://example.com/?a=1&b=2"
    )


@pytest.mark.parametrize(
    ("said", "is_active"),
    [
        ({}, None),
        ({"isTrading": True}, True),
        ({"is_active": True, "is_trading": False}, False),
        ({"status": "Active"}, True),
        ({"status": "Permanently closed", "active": 1}, False),
        ({"IsOpen": False, "isOpenNow": True}, None),
        ({"status": "Closed"}, None),
        ({"active": "Y"}, True),
        ({"is_active": None, "trading": "false"}, False),
    ],
)
def test_a_store_is_active_while_it_trades(said: dict[str, object], is_active: bool | None) -> None:
    assert of_listing(said).is_active is is_active


@pytest.mark.parametrize(
    ("said", "field", "reason"),
    [
        ({"name": "x" * 201}, "name", "It has more than 200 characters."),
        ({"name": ["x"]}, "name", "It is a list or an object where a text belongs."),
        ({"name": "A\\ud800"}, "name", "It holds bytes that are no text in its encoding."),
        ({"email": "at home"}, "email", "It is no e-mail address."),
        ({"url": "javascript:alert(1)"}, "store URL", NO_LINK),
        ({"lat": 1}, "latitude", "Latitude and longitude are of use together only."),
        ({"lat": 0, "lng": "0.0"}, "latitude", "Latitude and longitude are both 0, at sea."),
        ({"hours": ["x" * 201]}, "trading hours", "An entry has more than 200 characters."),
        ({"more": "A\\ud800"}, "attributes", "They hold what no text can hold."),
    ],
)
def test_what_cannot_be_read_is_left_out_and_noted(
    said: dict[str, object], field: str, reason: str
) -> None:
    file = read(listing({"store_id": "7"} | said))
    assert file.notes == (f"The {field} of store 7 could not be used in full. {reason}",)
    assert file.records == (only(),)
    assert file.covers is not None


@pytest.mark.parametrize(
    "degrees", ["x", "91", "1e400", "-90.0000001", "27,5", True, "٣", "9" * 99]
)
def test_degrees_are_numbers_in_their_range(degrees: object) -> None:
    record = only(latitude=degrees, longitude="153")
    assert (record.latitude, record.longitude) == (None, None)


@pytest.mark.parametrize(
    ("written", "read"),
    [("-0.0000001", "0"), ("+5.", "5"), ("012.340", "12.34"), (1e-3, "0.001"), (90, "90")],
)
def test_degrees_are_written_in_one_form(written: object, read: str) -> None:
    assert only(latitude=written, longitude="153").latitude == read


def test_a_reason_is_noted_once_with_the_number_of_stores() -> None:
    stores = [{"id": place, "email": "none"} for place in range(1, 1201)]
    whose = "1,200 stores, first of store 1,"
    note = f"The email of {whose} could not be used in full. It is no e-mail address."
    assert read(listing(*stores)).notes == (note,)


def test_what_is_left_is_kept_as_attributes() -> None:
    assert attributes(
        id="bc79",
        type="Regular",
        regionId=" ",
        fax=None,
        saleGroupId="0",
        Staff=12,
        size=1.50,
        big=123456789012345678901,
        note="Ring &amp; wait\r\n\r\nCall\r\n",
        modes=["b", "a"],
        codes=[2, 1],
        pharmacy={"isHere": True, "openNow": []},
        address={"countryName": "Australia", "suburb": "Ash"},
    ) == {
        "record_id": "bc79",
        "sale_group_id": "0",
        "staff": 12,
        "size": 1.5,
        "big": "123456789012345678901",
        "note": "Ring & wait\n\nCall",
        "modes": ["a", "b"],
        "codes": [2, 1],
        "pharmacy": {"is_here": True, "open_now": []},
        "address_country_name": "Australia",
    }


def test_what_changes_with_every_look_is_not_kept() -> None:
    seen = only(Distance="955.1", IsOpen=True, GeoLevel="0", updated="1", geofencing={"inner": 5})
    assert seen == only()


def test_another_value_under_a_name_of_the_same_meaning_is_kept() -> None:
    assert attributes(name="Ash", store_name="Ash") == {}
    assert attributes(name="Ash", displayName="Ash Mall") == {"display_name": "Ash Mall"}
    assert attributes(division="Metro", brand="Corner") == {"brand": "Corner"}


def test_attributes_have_at_most_20_000_characters_and_20_levels() -> None:
    deep: object = "x"
    for _ in range(30):
        deep = [deep]
    record = only(small="x", large="y" * 15_000, larger="z" * 18_000, deep=deep)
    assert record.attributes == '{"large":"' + "y" * 15_000 + '","small":"x"}'
    assert notes_on(large="y" * 20_000) == (
        "The attributes of store 7 could not be used in full. They have over 20,000 characters.",
    )


WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ({"hours": "7-9\r\n\r\n8-5\r\n", "hoursDay": "Monday:\r\nTuesday:\r\nSunday: "},
         ["Monday: 7-9", "Sunday: 8-5"]),
        ({"hours": "", "hoursDay": "Open 24 hours"}, ["Open 24 hours"]),
        ({"hours": "See shop", "hoursDay": ""}, ["See shop"]),
        ({"tradingHours": [
            {"Day": "Today", "OpenHour": "07:00:00 - 21:00:00", "TradingHourForDisplay": "Sat: 7"},
            {"Day": "Tomorrow", "OpenHour": "Closed", "TradingHourForDisplay": "Sun: Closed"},
            {"Day": "Monday", "OpenHour": "24 Hours", "TradingHourForDisplay": "Mon: 24 Hours"}]},
         ["Monday: 24 Hours", "Saturday: 07:00 - 21:00", "Sunday: Closed"]),
        ({"opening_hours": {"tue": "7-9", "mon": ["7-12", "13-18"]}},
         ["Monday: 7-12, 13-18", "Tuesday: 7-9"]),
        ({"openingHours": [{"dayOfWeek": "Fri", "opens": "07:00", "closes": "21:00"},
                           {"day": "Sat"}, {"hours": "8-12"}]},
         ["Friday: 07:00 - 21:00", "8-12"]),
        ({"trading_hours": "Mon-Fri: 7-9\nSat: 8-5"}, ["Mon-Fri: 7-9", "Sat: 8-5"]),
        ({"trading_hours": [None, 7, {}, [], "", WEEK[0]]}, ["7"]),
        ({"trading_hours": True}, []),
    ],
)  # fmt: skip
def test_trading_hours_are_lines(said: dict[str, object], lines: list[str]) -> None:
    assert list(of_listing(said).trading_hours) == lines


@pytest.mark.parametrize(
    ("said", "facilities"),
    [
        (["WiFi", "ATM", "WiFi", ""], ("ATM", "WiFi")),
        ([{"name": "WiFi", "id": 1}, {"code": "ATM"}, {}], ("ATM", "WiFi")),
        ("WiFi\r\nATM", ("ATM", "WiFi")),
        ([str(number) for number in range(200)], tuple(sorted(map(str, range(200))))[:100]),
    ],
)
def test_facilities_are_sorted_names(said: object, facilities: tuple[str, ...]) -> None:
    assert only(facilities=said).facilities == facilities


def test_a_record_says_no_more_than_the_file() -> None:
    assert only() == StoreRecord(
        *(1, "7", "", "", None, "", "", "", "", "", "QLD", "", None, None, (), ()),
        *("", "", "", "", "", "{}"),
    )
