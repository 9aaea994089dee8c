"""Currencies: the codes of ISO 4217, and where a file names one."""

import re
from collections.abc import Mapping

# A list, because "ABC 123" in a price column is a shifted SKU and "100 ml" a size.
_IN_USE = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN "
    "BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD "
    "FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD "
    "JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT "
    "MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG "
    "QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF "
    "YER ZAR ZMW ZWG"
)
ISO_4217 = frozenset(_IN_USE.split())
_BY_SYMBOL: Mapping[str, str] = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₺": "TRY",
    "₽": "RUB",
    "₩": "KRW",
}
"""Symbols that mean one currency in a price list; "$", "¥" and "kr" stand for several."""
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")


def read_currency(text: str) -> str | None:
    """Return the code that a text is, in capitals; None when it is no code of ISO 4217."""
    code = text.strip().upper()
    return code if code in ISO_4217 else None


def printed_currency(text: str) -> str | None:
    """Return the code of a currency printed beside a price: its code, or an unambiguous symbol."""
    return _BY_SYMBOL.get(text) or read_currency(text)


def currency_of_title(title: str) -> str | None:
    """Return the code of the one currency that a column's title names in brackets: "MPC (EUR)".

    Words outside brackets mean nothing, because "ALL", "TOP" and "TRY" are codes too.
    """
    found = {printed_currency(text.strip()) for text in _IN_BRACKETS.findall(title)} - {None}
    return found.pop() if len(found) == 1 else None
