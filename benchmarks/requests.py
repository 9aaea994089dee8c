"""Ask the API for products, kind by kind, and print what each request took, as JSON.

    python -m benchmarks.requests N

Django's own test client hands the requests over: authentication, throttling, queries, JSON; all but
the network. N products are in the book, made by `fill`.
"""

# ruff: noqa: E402 (Django's apps come before whatever uses them)
from __future__ import annotations

import json
import sys
from collections.abc import Callable
from http import HTTPStatus
from random import Random
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

import django

django.setup()

from django.conf import settings
from django.test import Client

from benchmarks.fill import BRANDS, CATEGORIES
from pricebook.accounts.keys import issue_api_key
from pricebook.accounts.models import Role, Scope, User
from pricebook.catalogue.models import Product

REQUESTS = 100
_WARM_UP = 5
_PAGES_DEEP = 200
_SEED = 20_261_121


class Asker:
    """Sends the requests of every kind, with other values each time but the same in every run."""

    def __init__(self, products: int) -> None:
        self._products = products
        self._lots = Random(_SEED)
        owner = User.objects.create_user("benchmark", role=Role.ADMIN)
        scopes = [Scope.READ, Scope.WRITE]
        token = issue_api_key(owner=owner, name="benchmark", scopes=scopes).token
        self._client = Client(headers={"Authorization": f"Bearer {token}"})
        self._deep = self._walk()

    def kinds(self) -> dict[str, Callable[[], Any]]:
        """Return what sends one request of each kind."""
        return {
            "list": self._list,
            "list, by name": lambda: self._list(ordering="name"),
            "list, by price": lambda: self._list(ordering="-price"),
            "list, by last change": lambda: self._list(ordering="-updated_at"),
            "inactive ones": lambda: self._list(active="false"),
            "one brand": lambda: self._list(brand=self._brand()),
            "one category": lambda: self._list(category=self._category()),
            "price range": lambda: self._list(**self._prices()),
            "brand, active, price": lambda: self._list(
                brand=self._brand(), active="true", **self._prices()
            ),
            "one brand, by price": lambda: self._list(brand=self._brand(), ordering="price"),
            "search: a word": lambda: self._list(search=self._words(1)),
            "search: two words": lambda: self._list(search=self._words(2)),
            "search: a model": lambda: self._list(search=self._name().rpartition(" ")[2]),
            "search: nothing found": lambda: self._list(search=f"qx{self._number()}zz"),
            "deep page by cursor": lambda: self._get(self._lots.choice(self._deep)),
            "detail": lambda: self._get(f"/api/products/{self._number()}/"),
            "update": self._update,
        }

    def _list(self, **query: str) -> None:
        self._get(f"/api/products/?{urlencode(query)}")

    def _get(self, address: str) -> Any:
        answer = self._client.get(address)
        if answer.status_code != HTTPStatus.OK:
            message = f"{address}: {answer.status_code} {answer.content[:200]!r}"
            raise RuntimeError(message)
        return answer.json()

    def _update(self) -> None:
        address = f"/api/products/{self._number()}/"
        price = f"{self._lots.randint(1, 99_999) / 100:.2f}"
        answer = self._client.patch(address, {"price": price}, content_type="application/json")
        if answer.status_code != HTTPStatus.OK:
            message = f"{address}: {answer.status_code} {answer.content[:200]!r}"
            raise RuntimeError(message)

    def _walk(self) -> list[str]:
        """Follow the cursors far behind the last page that has a number."""
        address, deep = "/api/products/?page_size=500&cursor=", []
        for number in range(min(_PAGES_DEEP, self._products // 500 - 1)):
            address = self._get(address)["next"]
            if number > _PAGES_DEEP // 2:
                deep.append(address.replace("page_size=500", "page_size=50"))
        return deep

    def _number(self) -> int:
        return self._lots.randint(1, self._products)

    def _brand(self) -> str:
        return f"brand {self._lots.randint(1, BRANDS)}"

    def _category(self) -> str:
        return f"Category {self._lots.randint(1, CATEGORIES)}"

    def _prices(self) -> dict[str, str]:
        least = self._lots.randint(1, 1500)
        return {"price_min": str(least), "price_max": str(least + self._lots.choice((1, 20, 300)))}

    def _name(self) -> str:
        return Product.objects.values_list("name", flat=True).get(id=self._number())

    def _words(self, count: int) -> str:
        """Return words that stand together in the name of some product."""
        words = [word for word in self._name().split() if word.isalpha()]
        start = self._lots.randint(0, max(0, len(words) - count))
        return " ".join(words[start : start + count])


def measure(send: Callable[[], Any]) -> list[float]:
    """Return the seconds of each request."""
    for _ in range(_WARM_UP):
        send()
    seconds = []
    for _ in range(REQUESTS):
        began = perf_counter()
        send()
        seconds.append(perf_counter() - began)
    return seconds


if __name__ == "__main__":
    settings.ALLOWED_HOSTS = ["testserver"]
    asker = Asker(int(sys.argv[1]))
    print(json.dumps({name: measure(send) for name, send in asker.kinds().items()}))
