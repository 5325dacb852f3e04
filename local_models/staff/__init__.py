"""Who speaks in a role: a model in its worker, or a server that speaks the API of OpenAI.

Whoever wants an answer asks `Staff` for a `Speaker`, and never knows more of it than that.
"""

from local_models.staff.embedding import Embedding
from local_models.staff.speaking import Answering, Post, Speaker, Waits
from local_models.staff.staff import Staff

__all__ = ["Answering", "Embedding", "Post", "Speaker", "Staff", "Waits"]
