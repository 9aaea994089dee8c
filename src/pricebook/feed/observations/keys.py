"""The keys under which price files say things; of those that an object has, the first counts.

They are those of scrapers' own records, of Scrapy items, and of zyte-common-items.
"""

from __future__ import annotations

PRICE = ("price_current", "price", "current_price")
SKU = ("sku", "product_id_store", "stockcode", "productId", "product_id", "id")
NAME = ("name", "title", "product_name")
BRAND = ("brand", "brandName")
DESCRIPTION = ("description", "description_long", "description_short")
UNIT_SIZE = ("size", "package_size", "unit_size")
IMAGE = ("aldi_image_url", "image_url", "image_url_main", "mainImage", "image", "images")
URL = ("url", "product_url")
GTIN = ("barcode", "gtin", "ean", "upc")
CATEGORY = ("category_path", "breadcrumbs", "category", "categories")
WAS_PRICE = ("price_was", "was_price", "regularPrice", "regular_price")
SAVED = ("price_save_amount", "save_amount")
UNIT_PRICE_WORDS = ("per_unit_price_string", "unit_price_string")
UNIT_PRICES = (
    (("unit_price", "price_unit"), ("unit_of_measure",)),
    (("per_unit_price_value",), ("per_unit_price_measure",)),
)
"""Of each: the keys of the amount, and those of its unit."""
PROMOTION = ("promotion_type", "promotion", "promotion_text")
SPECIAL = ("is_on_special", "on_special")
AVAILABLE = ("is_available", "availability", "in_stock")

BAR_CODE = "barcode"
"""The attribute that keeps a bar code which is no GTIN of one product."""
ATTRIBUTES = (
    *("ingredients", "allergens", "allergens_may_be_present", "country_of_origin"),
    *("health_star_rating", "nutritional_information", "dietary_information", "warnings"),
    *("storage_instructions", "usage_instructions", "alcohol_content", "colour", "color"),
    *("material", "model", "mpn", "manufacturer"),
)
"""What is kept of the rest. Ratings are not: they change by the day and are no fact about the
product; nor are a scraper's own helpers such as normalized_name."""

PRICE_HISTORY = "price_history"
"""What the products of a store archive have instead of a price."""
TIME = (
    "scraped_at",
    "scrape_date",
    "scraped_date",
    "date_scraped",
    "observed_at",
    "dateDownloaded",
)
STORE = (
    ("company", "company_name", "retailer"),
    ("store_id", "retailer_store_id"),
    ("store_name", "store"),
    ("state",),
)
"""Those of the fields of StoreRef."""
LIMITED_TO = ("category",)
