"""Every command there is, as one type that the host decodes."""

from __future__ import annotations

from workbench.api.chatting import AnyOfChat
from workbench.api.commands import AnyOfProject
from workbench.api.knowing import AnyOfKnowledge
from workbench.api.memory import AnyOfMemory
from workbench.api.models import AnyOfModels
from workbench.api.subjects import AnyOfSubjects

AnyCommand = AnyOfProject | AnyOfModels | AnyOfChat | AnyOfKnowledge | AnyOfSubjects | AnyOfMemory
