from pathlib import Path

import pytest

from workbench.errors import Defect
from workbench.shipped import config_file, data_file

CHECKOUT = Path(__file__).parents[2]


def test_a_checkout_serves_its_own_folders() -> None:
    assert config_file("defaults.toml") == CHECKOUT / "configs" / "defaults.toml"
    assert data_file("sql") == CHECKOUT / "data" / "sql"


def test_a_missing_file_is_named() -> None:
    with pytest.raises(Defect, match=r"configs/nowhere\.toml"):
        config_file("nowhere.toml")
