from screens.blank import BlankScreen
from widgets.empty import Emptiness


class M(BlankScreen):
    place_name = "metrics"
    emptiness = Emptiness("Metrics", "a", "b", "c", "d")


SCREEN = M
