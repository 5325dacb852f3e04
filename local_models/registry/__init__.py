"""Which models there are, where they lie, and what serves which role."""

from local_models.registry.adding import Added, Wanted, add
from local_models.registry.memory import Need, Room, context_for, needed, room
from local_models.registry.roles import Choice, Circumstances, choose
from local_models.registry.shelf import Registry, models_folder
from local_models.registry.values import Model, Progress, Role, Shelf, Unusable

__all__ = [
    "Added",
    "Choice",
    "Circumstances",
    "Model",
    "Need",
    "Progress",
    "Registry",
    "Role",
    "Room",
    "Shelf",
    "Unusable",
    "Wanted",
    "add",
    "choose",
    "context_for",
    "models_folder",
    "needed",
    "room",
]
