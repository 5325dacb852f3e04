import pytest

from rooms import Booking, Room, Taken, overlap


@pytest.fixture
def room():
    return Room()


def test_a_room_is_booked(room):
    assert room.book("Ada", 9, 11) == Booking("Ada", 9, 11)
    assert room.is_taken(9)
    assert not room.is_taken(11)


def test_nobody_books_what_is_taken(room):
    room.book("Ada", 9, 11)
    for start, end in [(9, 11), (8, 10), (10, 12), (8, 12)]:
        with pytest.raises(Taken):
            room.book("Ben", start, end)


def test_one_booking_follows_another(room):
    room.book("Ada", 9, 11)
    room.book("Ben", 11, 12)
    assert room.free_hours() == [8, 12, 13, 14, 15, 16, 17]


def test_one_booking_comes_before_another(room):
    room.book("Ada", 9, 11)
    room.book("Ben", 8, 9)
    assert room.free_hours() == [11, 12, 13, 14, 15, 16, 17]


def test_the_room_is_closed_at_night(room):
    with pytest.raises(ValueError):
        room.book("Ada", 6, 9)


def test_bookings_apart_do_not_overlap():
    assert not overlap(Booking("Ada", 9, 10), Booking("Ben", 14, 15))
    assert not overlap(Booking("Ada", 14, 15), Booking("Ben", 9, 10))
