"""What the generated products say, as a wholesaler of housewares writes it."""

from itertools import product

CATEGORIES = ("KIT", "GAR", "OFF", "BTH", "LGT", "TLS", "PET", "TOY", "GRO", "SPT", "BED", "ELC")

MATERIALS = (
    *("Oak", "Ceramic", "Brushed Steel", "Copper", "Bamboo", "Glass", "Linen", "Organic Cotton"),
    *("Cast-iron", "Walnut", "Silicone", "Enamel", "Wool", "Marble", "Crème", "Rosé", "Recycled"),
)
THINGS = (
    *("Teapot", "Shelf", "Desk Lamp", "Towel", "Storage Box", "Café Table", "Cutting Board"),
    *("Watering Can", "Dog Bowl", "Screwdriver Set", "Pillow", "Purée Sieve", "Fondue Set"),
    *("Coat Hook", "Notebook", "Lunch Box", "Picture Frame", "Crêpe Pan", "Door Mat", "Carafe"),
)
SIZES = (
    *("", ", small", ", medium", ", large", " 0.5 l", " 1.2 l", " 2 l", " 30 cm", " 60 × 40 cm"),
    *(' 8"', ' 12"', " set of 2", " set of 4", ", pack of 10", " 250 g", " 1 kg", " blue", " sand"),
)
NAMES = tuple(
    f"{material} {thing}{size}" for material, thing, size in product(MATERIALS, THINGS, SIZES)
)

_OPENINGS = (
    "Well made, easy to clean and built to last for years of daily use",
    "A quiet design that goes well with what you already have at home",
    "Made in small batches by a family workshop in the Jura mountains",
    "Light enough to carry, sturdy enough for a whole season outdoors",
    'The one that our customers call "the best thing in the drawer"',
    "Dishwasher safe, stain resistant and free of any harmful coating",
    "Finished by hand, so that no two of them are ever quite the same",
    "A handy helper for the kitchen, the garden and the workshop",
    "Designed in Málaga for small flats from 80 % recycled material",
    "Rounded edges, non-slip feet and a handle that always stays cool",
    "Keeps its colour in the sun, its shape in the wash, its price in a sale",
    "Our buyers' choice of the year, also as a present for a house-warming",
)
# Most descriptions end with their first sentence.
_ENDINGS = (
    *["."] * 9,
    ". Two-year guarantee.",
    ". Comes flat-packed, with all screws.",
    ". Wipe with a damp cloth, don't soak.",
    ". Fits standard 60 cm cupboards, à la carte colours on request.",
    '. Spare parts are available; ask for the "long life" kit when you order.',
    ". Ships in plain cardboard, packed by a sheltered workshop near Besançon, in two days.",
)
DESCRIPTIONS = tuple(f"{opening}{ending}" for opening, ending in product(_OPENINGS, _ENDINGS))
