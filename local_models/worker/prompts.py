"""Prompts as token ids: turns through the model's template, text as it stands, or ids."""

from __future__ import annotations

from functools import cached_property

from local_models.worker.native import Model
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Chat, Prompt, Text
from local_models.worker.templates import Template


class Prompts:
    """What a model makes of what it is asked."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def tokens(self, prompt: Prompt) -> list[int]:
        match prompt:
            case Chat():
                return self._of_chat(prompt)
            case Text():
                return self._model.tokenize(prompt.text)
            case _:
                return self._checked(list(prompt.tokens))

    def plain(self, text: str) -> list[int]:
        """Return the tokens of a part of a prompt."""
        return self._model.tokenize(text, begin=False)

    def written(self, chat: Chat) -> str:
        return "".join(self._parts(chat))

    def _parts(self, chat: Chat) -> list[str]:
        return self._template.render(chat.messages, answer=chat.answer)

    def _of_chat(self, chat: Chat) -> list[int]:
        """Only the template may name special tokens; it may have begun the text itself."""
        parts = self._parts(chat)
        begin = self._model.begin_text
        begun = bool(begin) and parts[0].startswith(begin)
        found = self._model.tokenize(parts[0], special=True, begin=not begun)
        for part in parts[1:]:
            found += self._model.tokenize(part, special=True, begin=False)
        return found

    @cached_property
    def _template(self) -> Template:
        model = self._model
        return Template(model.template, model.begin_text, model.end_text, model.special_texts)

    def _checked(self, tokens: list[int]) -> list[int]:
        if all(0 <= token < self._model.size for token in tokens):
            return tokens
        raise WorkerError(
            "unsuitable",
            f"Some token ids are not in the vocabulary of {self._model.size:,}.",
            "They may come from another model's tokenizer.",
        )
