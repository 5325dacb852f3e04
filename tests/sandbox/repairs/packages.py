"""A package below src, whose faults lie in one of its files, in another, or in all."""

from __future__ import annotations

from tests.sandbox.repairs.values import Repair, project

SHOP_INIT = '"""A shop."""\n\nfrom shop.cart import Cart\n\n__all__ = ["Cart"]\nRATE = 20\n'
SHOP_ERRORS = """\
class ShopError(Exception):
    pass


class Unknown(ShopError, LookupError):
    def __init__(self, name):
        super().__init__(f"no {name}")
        self.name = name
"""
SHOP_CART = """\
from decimal import Decimal

from . import errors, prices


class Cart:
    def __init__(self):
        self.lines = {}

    def add(self, name, count=1):
        prices.price_of(name)
        self.lines[name] = count

    def total(self):
        return sum((prices.price_of(name) for name in self.lines), Decimal(0))

    def remove(self, name):
        del self.lines[name]


__all__ = ["Cart", "errors"]
"""
SHOP_PRICES = """\
from decimal import Decimal

PRICES = {"pen": Decimal("1.50"), "ink": Decimal("4.25")}


def price_of(name):
    return PRICES[name]
"""
SHOP_TESTS = """\
from decimal import Decimal

import pytest

import shop
from shop import Cart
from shop.errors import ShopError, Unknown
from shop.prices import price_of


@pytest.fixture
def cart():
    return Cart()


def test_total(cart):
    cart.add("pen", 2)
    cart.add("ink")
    assert cart.total() == Decimal("7.25")


def test_twice(cart):
    cart.add("pen")
    cart.add("pen")
    assert cart.lines == {"pen": 2}


def test_unknown():
    with pytest.raises(Unknown, match="no hat") as caught:
        price_of("hat")
    assert caught.value.name == "hat"


def test_unknown_in_the_cart(cart):
    with pytest.raises(ShopError):
        cart.add("hat")


def test_removed(cart):
    with pytest.raises(Unknown):
        cart.remove("pen")


def test_rate():
    assert shop.RATE == 19
"""
SHOP_FILES = {
    "src/shop/__init__.py": SHOP_INIT,
    "src/shop/errors.py": SHOP_ERRORS,
    "src/shop/cart.py": SHOP_CART,
    "src/shop/prices.py": SHOP_PRICES,
    "tests/test_shop.py": SHOP_TESTS,
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n",
}
_ALL = "tests/test_shop.py "
SHOP = project(
    "shop",
    "src/shop/cart.py",
    SHOP_FILES,
    _ALL + "test_total test_twice test_unknown test_unknown_in_the_cart test_removed test_rate",
)
_CART_RIGHT = (
    SHOP_CART.replace("= count", "= self.lines.get(name, 0) + count")
    .replace(
        "(prices.price_of(name) for name in self.lines)",
        "(prices.price_of(name) * count for name, count in self.lines.items())",
    )
    .replace(
        "        del self.lines[name]",
        "        if name not in self.lines:\n"
        "            raise errors.Unknown(name)\n"
        "        del self.lines[name]",
    )
)
_PRICES_RIGHT = "from .errors import Unknown\n" + SHOP_PRICES.replace(
    "    return PRICES[name]",
    "    try:\n        return PRICES[name]\n"
    "    except KeyError:\n        raise Unknown(name) from None",
)
_INIT_RIGHT = SHOP_INIT.replace("20", "19")

SHOP_OF_CARTS = project(
    "shop-of-carts",
    "src/shop/cart.py",
    SHOP_FILES,
    _ALL + "test_total test_twice test_removed",
)
SHOP_OF_PRICES = project(
    "shop-of-prices",
    "src/shop/prices.py",
    SHOP_FILES,
    _ALL + "test_unknown test_unknown_in_the_cart",
)
SHOP_OF_RATES = project("shop-of-rates", "src/shop/__init__.py", SHOP_FILES, _ALL + "test_rate")

REPAIRS = (
    Repair(
        "shop-in-three-files",
        SHOP,
        {
            "src/shop/cart.py": _CART_RIGHT,
            "src/shop/prices.py": _PRICES_RIGHT,
            "src/shop/__init__.py": _INIT_RIGHT,
        },
    ),
    Repair("shop-of-carts", SHOP_OF_CARTS, {"src/shop/cart.py": _CART_RIGHT}),
    Repair("shop-of-prices", SHOP_OF_PRICES, {"src/shop/prices.py": _PRICES_RIGHT}),
    Repair(
        "shop-of-prices-with-a-test-of-presence",
        SHOP_OF_PRICES,
        {
            "src/shop/prices.py": "from .errors import Unknown\n"
            + SHOP_PRICES.replace(
                "    return", "    if name not in PRICES:\n        raise Unknown(name)\n    return"
            )
        },
    ),
    Repair("shop-of-rates", SHOP_OF_RATES, {"src/shop/__init__.py": _INIT_RIGHT}),
    Repair(
        "shop-of-rates-from-a-new-module",
        SHOP_OF_RATES,
        {
            "src/shop/rates.py": "RATE = 19\n",
            "src/shop/__init__.py": SHOP_INIT.replace("RATE = 20\n", "")
            + "from shop.rates import RATE\n",
        },
    ),
)
