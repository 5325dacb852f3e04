"""What a person can do in a conversation, in the order in which the footer offers it."""

from __future__ import annotations

from collections.abc import Callable

from screens.action import Action, Context, WhyNot, needs, needs_host_still

_NO_MESSAGE = "There is no message yet."


def _begun(context: Context) -> str:
    return "" if context.talk.messages else _NO_MESSAGE


def _of(author: str, told: str) -> WhyNot:
    return lambda one: "" if one.talk.author == author else told if one.talk.author else _NO_MESSAGE


def _running(context: Context) -> str:
    return "" if context.talk.running else "Nothing is being written."


def _rest(context: Context) -> str:
    return "Wait for the answer, or stop it." if context.talk.running else ""


def _code(context: Context) -> str:
    return "" if context.talk.blocks else "There is no block of code in this message."


def _sources(context: Context) -> str:
    return "" if context.talk.sources else "This message cites nothing."


def _twins(context: Context) -> str:
    return "" if context.talk.twins > 1 else "Nothing stands beside this message."


def _receipt(context: Context) -> str:
    return "" if context.talk.receipt else "No receipt was kept of this message."


def _proposal(context: Context) -> str:
    return "" if context.talk.proposal else "No proposal came of this conversation."


def _steps(context: Context) -> str:
    return "" if context.talk.steps else "This message has no plan."


def _goes_on(context: Context) -> str:
    waits = context.talk.state in ("waiting", "stopped", "interrupted", "failed")
    return "" if waits and context.talk.steps else "No task waits here."


def _compacted(context: Context) -> str:
    return "" if context.talk.compacted else "Nothing was summed up."


def _listed(context: Context) -> str:
    return "" if context.talk.listed else "There is no conversation yet."


def _a_text(context: Context) -> str:
    return "" if context.talk.manuscript else "Nothing is written."


def _paths(context: Context) -> str:
    return "" if context.talk.paths else "Nothing is offered."


def _a_page_of_a_file(context: Context) -> str:
    return "" if context.talk.visits else "This is no page of a file."


_PERSONS = _of("person", "That is not yours to edit: go to what you said.")
_ANSWER = _of("assistant", "That is no answer: go to one.")
_WHY_NOT: dict[str, tuple[WhyNot, ...]] = {
    "talk.write": (),
    "talk.stop": (needs_host_still, _running),
    "talk.go_on": (needs_host_still, _goes_on),
    "talk.edit": (needs_host_still, _rest, _PERSONS),
    "talk.retry": (needs_host_still, _rest, _ANSWER),
    "talk.next_twin": (needs_host_still, _twins),
    "talk.previous_twin": (needs_host_still, _twins),
    "talk.fork": (needs_host_still, _begun),
    "talk.name": (needs_host_still, _begun),
    "talk.export": (needs_host_still, _begun),
    "talk.copy_all": (needs_host_still, _begun),
    "talk.next_message": (_begun,),
    "talk.previous_message": (_begun,),
    "talk.next_block": (_begun,),
    "talk.previous_block": (_begun,),
    "talk.copy": (_begun,),
    "talk.copy_message": (_begun,),
    "talk.save": (_code,),
    "talk.run": (needs_host_still, _rest, _ANSWER, _code),
    "page.visit": (_a_page_of_a_file,),
    "models.choose": (needs_host_still,),
    "models.reset": (needs_host_still,),
    "models.cancel": (needs_host_still,),
    "talk.open": (needs_host_still, _sources),
    "talk.visit": (_sources,),
    "talk.receipt": (_receipt,),
    "talk.replay": (needs_host_still, _rest, _receipt),
    "talk.proposal": (_proposal,),
    "talk.plan": (needs_host_still, _steps),
    "talk.compact": (needs_host_still, _rest, _begun),
    "talk.undo_compaction": (needs_host_still, _compacted),
    "talk.models": (needs_host_still,),
    "talk.search": (needs_host_still,),
    "talks.open": (_listed,),
    "talks.search": (needs_host_still,),
    "talks.name": (needs_host_still, _listed),
    "talks.export": (needs_host_still, _listed),
    "write.send": (needs_host_still, _a_text),
    "write.stop": (needs_host_still, _running),
    "complete.take": (_paths,),
}
_NEXT: dict[str, Callable[[Context], bool]] = {
    "talk.stop": lambda one: one.talk.running,
    "write.stop": lambda one: one.talk.running,
    "talk.go_on": lambda one: one.talk.state == "waiting",
    "talk.proposal": lambda one: bool(one.talk.proposal),
}


def _action(identity: str, words: tuple[str, str], keys: str, label: str = "") -> Action:
    """Make an action; why it may not be done is in the table above."""
    why_not, is_next = needs(*_WHY_NOT.get(identity, ())), _NEXT.get(identity, lambda _: False)
    title, help_ = words
    scope = identity.partition(".")[0]
    return Action(identity, title, help_, tuple(keys.split()), scope, label, why_not, is_next)


TALK_ACTIONS: tuple[Action, ...] = (
    _action("talk.write", ("Write", "Write a message."), "enter i", "write"),
    _action("talk.stop", ("Stop", "End the answer where it is; what there is stays."), "x", "stop"),
    _action(
        "talk.go_on",
        ("Go on", "Go on with the task that waits or was stopped, by its plan as it is now."),
        "c",
        "go on",
    ),
    _action("talk.new", ("New conversation", "Begin a conversation."), "n", "new"),
    _action("talk.list", ("Conversations", "Go to the list of conversations."), "l", "list"),
    _action(
        "talk.copy",
        ("Copy", "Copy the block of code under the cursor, or the message, by the terminal."),
        "y",
        "copy",
    ),
    _action(
        "talk.open",
        ("Open a source", "Show the lines of the source under the cursor, or of a number."),
        "o",
        "source",
    ),
    _action(
        "talk.run",
        ("Run the code", "Run the block of code in the sandbox; what it prints follows below."),
        "!",
        "run",
    ),
    _action("talk.models", ("Models", "Choose who answers, and see what waits."), "m", "models"),
    _action(
        "talk.retry", ("Try again", "Have the answer made once more; both stay."), "r", "retry"
    ),
    _action(
        "talk.edit",
        ("Edit and send again", "Write what you said anew; it stands beside the old one."),
        "e",
        "edit",
    ),
    _action("talk.search", ("Search conversations", "Find conversations by a text."), "/"),
    _action("talk.next_message", ("Next message", "Go to the next message."), "J ]"),
    _action("talk.previous_message", ("Previous message", "Go to the message before."), "K ["),
    _action("talk.next_block", ("Next code", "Go to the next block of code."), "}"),
    _action("talk.previous_block", ("Previous code", "Go to the block of code before."), "{"),
    _action(
        "talk.next_twin",
        ("Next twin", "Go on from the twin of this message that was made after it."),
        "> right",
    ),
    _action(
        "talk.previous_twin",
        ("Previous twin", "Go on from the twin of this message that was made before it."),
        "< left",
    ),
    _action("talk.fork", ("Fork", "Begin a conversation that has all up to this message."), "f"),
    _action("talk.name", ("Name", "Give the conversation a name."), "N"),
    _action(
        "talk.export",
        ("Save the conversation", "Write it into a new file, as Markdown or, .json, as JSON."),
        "E",
    ),
    _action(
        "talk.copy_all",
        ("Copy the conversation", "Copy all of it as Markdown by the terminal."),
        "A",
    ),
    _action("talk.copy_message", ("Copy the message", "Copy it by the terminal."), "Y"),
    _action("talk.save", ("Save the code", "Write the block of code into a new file."), "s"),
    _action("talk.visit", ("Edit a source", "Open the source in your editor at its line."), "O"),
    _action("talk.receipt", ("Receipt", "Show what the answer was made of."), "v"),
    _action("talk.replay", ("Replay", "Make the answer again from its receipt."), "p"),
    _action(
        "talk.proposal", ("Review", "Go to the proposal that came of the task."), "P", "review"
    ),
    _action("talk.plan", ("Edit the plan", "Write the steps anew that are not done."), "t"),
    _action(
        "talk.compact",
        ("Sum up", "Have what was said summed up, to make room; it can be taken back."),
        "C",
    ),
    _action(
        "talk.undo_compaction",
        ("Take the summary back", "Let all that was said count again."),
        "U",
    ),
    _action("page.close", ("Close", "Go back."), "escape q enter", "close"),
    _action("page.visit", ("Edit", "Open the file in your editor at the line."), "o e", "edit"),
    _action("page.down", ("Scroll down", "Show the next line."), "j down", "scroll"),
    _action("page.up", ("Scroll up", "Show the line before."), "k up"),
    _action("page.page_down", ("Page down", "Show the next page."), "pagedown ctrl+d space"),
    _action("page.page_up", ("Page up", "Show the page before."), "pageup ctrl+u"),
    _action(
        "models.choose",
        ("Choose", "Let the model serve the role, or on a role, ask that one from now on."),
        "enter",
        "choose",
    ),
    _action("models.reset", ("Reset", "Try a model again that failed."), "r", "reset"),
    _action("models.cancel", ("Cancel", "End the request under the cursor."), "x", "cancel"),
    _action("models.close", ("Close", "Go back."), "escape q", "close"),
    _action("models.down", ("Down", "Go to the next row."), "j down", "move"),
    _action("models.up", ("Up", "Go to the row before."), "k up"),
    _action("talks.open", ("Open", "Show the conversation under the cursor."), "enter", "open"),
    _action("talks.back", ("Back", "Go back, or list all conversations again."), "escape", "back"),
    _action("talks.new", ("New conversation", "Begin a conversation."), "n", "new"),
    _action("talks.search", ("Search", "List those in which a text occurs."), "/", "search"),
    _action("talks.name", ("Name", "Give the conversation a name."), "N", "name"),
    _action("talks.export", ("Save the conversation", "Write it into a new file."), "E"),
    _action("write.send", ("Send", "Send what is written."), "enter", "send"),
    _action("write.stop", ("Stop", "End the answer where it is."), "ctrl+x", "stop"),
    _action(
        "write.line", ("New line", "Begin a new line."), "alt+enter ctrl+j shift+enter", "line"
    ),
    _action(
        "write.leave", ("Stop writing", "Go to the transcript; the text stays."), "escape", "read"
    ),
    _action(
        "write.editor", ("Write elsewhere", "Write the message in your editor."), "ctrl+o", "editor"
    ),
    _action(
        "write.kind",
        ("Kind", "Send it as a question, as a task, or let it be found out."),
        "ctrl+t",
        "kind",
    ),
    _action(
        "write.commands",
        ("Commands", "List what can be done here; so does a slash as first letter."),
        "ctrl+p",
    ),
    _action("write.up", ("Up", "Move up; in the first row, take what was sent before."), "up"),
    _action(
        "write.down", ("Down", "Move down; in the last row, take what was sent after."), "down"
    ),
    _action(
        "write.word_left", ("Word left", "Move to the start of the word."), "ctrl+left alt+left"
    ),
    _action(
        "write.word_right", ("Word right", "Move to the end of the word."), "ctrl+right alt+right"
    ),
    _action(
        "write.delete_to_end",
        ("Delete to the end", "Delete what is on the right in the line."),
        "ctrl+k",
    ),
    _action(
        "write.undo", ("Undo", "Take the last change of the text back."), "alt+z ctrl+underscore"
    ),
    _action("write.redo", ("Redo", "Make the change again."), "ctrl+y"),
    _action("write.page_up", ("Page up", "Show the page before of the transcript."), "pageup"),
    _action("write.page_down", ("Page down", "Show the next page of the transcript."), "pagedown"),
    _action("complete.take", ("Take it", "Put the path behind the @."), "tab enter", "take"),
    _action("complete.down", ("Down", "Go to the next path."), "down ctrl+n", "move"),
    _action("complete.up", ("Up", "Go to the path before."), "up ctrl+p"),
    _action("complete.close", ("Close", "Leave the text as it is."), "escape", "close"),
)
