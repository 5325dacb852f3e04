"""Bookings of one meeting room, by the hour."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Booking:
    """The room is taken from `start` on, and free again at `end`."""

    who: str
    start: int
    end: int


class Taken(Exception):
    """Somebody has the room at that time."""


class Room:
    """A room that opens and closes at full hours."""

    def __init__(self, opens=8, closes=18):
        self.opens = opens
        self.closes = closes
        self.bookings = []

    def book(self, who, start, end):
        """Book the room for somebody and return the booking."""
        if not self.opens <= start < end <= self.closes:
            raise ValueError(f"The room is open from {self.opens} to {self.closes}.")
        wanted = Booking(who, start, end)
        for other in self.bookings:
            if overlap(wanted, other):
                raise Taken(f"{other.who} has the room until {other.end}.")
        self.bookings.append(wanted)
        return wanted

    def free_hours(self):
        """Return the hours of the day at which the room can be had."""
        hours = range(self.opens, self.closes)
        return [hour for hour in hours if not self.is_taken(hour)]

    def is_taken(self, hour):
        """Tell whether somebody has the room at that hour."""
        return any(one.start <= hour < one.end for one in self.bookings)


def overlap(one, other):
    """Tell whether two bookings want the room at the same time."""
    return one.start < other.end and other.start <= one.end
