"""Honest servers: they are asked as the API says, and what they answer arrives as it was said."""

from __future__ import annotations

import asyncio
import json
from functools import partial

import pytest

from local_models.staff.servers.problems import ServerError
from local_models.staff.servers.seat import USUAL_CONTEXT
from local_models.worker.protocol import Chat, Generate, Message, Piece, Sampling, Text, Tokens
from local_models.worker.structured import ask_json
from tests.models.servers import (
    HASTY,
    Good,
    Request,
    Respond,
    begin,
    event,
    lying,
    piece,
    reply,
    seated,
    serving,
)

HELLO = Chat((Message("system", "Be short."), Message("user", "hello")))


def ask(prompt: Chat | Text | Tokens = HELLO, **more: object) -> Generate:
    return Generate(0, prompt, **more)  # type: ignore[arg-type]


async def test_an_answer_arrives_piece_by_piece_with_how_it_ended() -> None:
    usage = {
        "prompt_tokens": 21,
        "completion_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 16},
    }
    with serving(Good(usage=usage)) as server:
        async with seated(server.address) as seat:
            speaker = await seat.open("It was asked for.")
            assert (speaker.name, speaker.context, speaker.digest) == ("some-model", 6000, "")
            assert (speaker.place, speaker.exact) == (server.address, False)
            answer = speaker.ask(ask(), urgent=True, what="a question", actor="somebody")
            pieces = [told.text async for told in answer if isinstance(told, Piece)]
    assert pieces == ["Hello", ", ", "world"]
    ended = answer.ended
    assert ended
    assert (ended.reason, ended.prompt_tokens, ended.tokens, ended.reused_tokens) == (
        "end",
        21,
        3,
        16,
    )


async def test_it_is_asked_for_what_was_wanted() -> None:
    sampling = Sampling(temperature=0.5, top_p=0.9, seed=7)
    with serving(Good()) as server:
        async with seated(server.address + "/v1/", asks="chosen") as seat:
            speaker = await seat.open("")
            wanted = ask(most=9, stop=("END",), sampling=sampling, grammar='root ::= "a"')
            await speaker.ask(wanted, urgent=True, what="a question").text()
        asked = server.asked()[0]
    assert asked.headers["accept-encoding"] == "identity"
    assert "authorization" not in asked.headers
    assert asked.body["model"] == "chosen"
    assert asked.body["messages"] == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "hello"},
    ]
    said = {name: asked.body[name] for name in ("max_tokens", "stop", "temperature", "top_p")}
    assert said == {"max_tokens": 9, "stop": ["END"], "temperature": 0.5, "top_p": 0.9}
    assert asked.body["seed"] == 7
    assert asked.body["grammar"] == 'root ::= "a"'


async def test_what_only_some_servers_know_is_left_out_once_one_refuses_it() -> None:
    async def strict(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.method == "POST" and "top_k" in request.body:
            problem = {"error": {"message": "Unrecognized request argument: top_k"}}
            await reply(writer, problem, status="400 Bad Request")
        else:
            await Good()(request, writer)

    with serving(strict) as server:
        async with seated(server.address) as seat:
            speaker = await seat.open("")
            for _ in range(2):
                text = await speaker.ask(ask(), urgent=True, what="a question").text()
                assert text == "Hello, world"
        assert ["top_k" in one.body for one in server.asked()] == [True, False, False]


async def test_a_form_of_json_is_asked_for_and_what_comes_is_checked() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 5}}}
    schema |= {"required": ["n"]}
    answers = iter((['{"n": 1}'], ['{"n": ', "7}"]))
    with serving(Good(says=lambda _: next(answers))) as server:
        async with seated(server.address) as seat:
            speaker = await seat.open("")
            asking = partial(speaker.ask, urgent=True, what="a form")
            found = await ask_json(asking, ask(), schema)
        first, second = server.asked()
    assert found.value == {"n": 7}
    assert first.body["response_format"]["json_schema"]["schema"] == schema
    assert "grammar" not in first.body
    assert second.body["messages"][-2]["content"] == '{"n": 1}'


@pytest.mark.parametrize(
    "said",
    [
        '```json\n{"n": 7}\n```',
        'Sure, here it is:\n```\n{"n": 7}\n```\nAnything else?',
        '<think>{maybe}</think>\n```json\n{"n": 7}\n```\n',
        'The answer is {"n": 7}.',
    ],
)
async def test_a_form_is_found_in_what_is_said_around_it(said: str) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    with serving(Good(says=[said])) as server:
        async with seated(server.address) as seat:
            asking = partial((await seat.open("")).ask, urgent=True, what="a form")
            found = await ask_json(asking, ask(), schema)
        assert len(server.asked()) == 1
    assert found.value == {"n": 7}


async def test_a_server_that_does_not_stream_is_understood() -> None:
    async def whole(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.method == "GET":
            await Good()(request, writer)
            return
        choice = {"index": 0, "message": {"content": "All at once."}, "finish_reason": "length"}
        await reply(writer, {"choices": [choice], "usage": {"completion_tokens": 4}})

    with serving(whole) as server:
        async with seated(server.address) as seat:
            answer = (await seat.open("")).ask(ask(), urgent=True, what="a question")
            assert await answer.text() == "All at once."
    assert answer.ended
    assert (answer.ended.reason, answer.ended.tokens) == ("most", 4)


async def test_events_may_be_cut_anywhere_and_have_comments_between_them() -> None:
    async def slow(_: Request, writer: asyncio.StreamWriter) -> None:
        await begin(writer)
        stream = f": ping\r\n\r\ndata: {json.dumps(piece('é 😀'), ensure_ascii=False)}\r\n\r\n"
        stream += f"event: message\rdata: {json.dumps(piece('!', 'stop'))}\r\rdata: [DONE]\n\n"
        for byte in stream.encode():
            writer.write(bytes((byte,)))
            await writer.drain()

    text, _ = await _answer(slow)
    assert text == "é 😀!"


async def test_halves_of_a_character_in_two_pieces_become_one() -> None:
    async def halves(_: Request, writer: asyncio.StreamWriter) -> None:
        await begin(writer)
        for half in ("a\\ud83d", "\\ude00b", "\\ud83d"):
            await event(writer, json.dumps(piece("HALF")).replace("HALF", half))
        await event(writer, piece(finish="stop"))
        await event(writer, "[DONE]")

    text, unreadable = await _answer(halves)
    assert (text, unreadable) == ("a😀b\ufffd", True)


async def test_what_a_model_thinks_is_a_sign_of_life_and_no_part_of_the_answer() -> None:
    async def thinking(_: Request, writer: asyncio.StreamWriter) -> None:
        await begin(writer)
        for _number in range(8):
            await event(writer, {"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]})
            await asyncio.sleep(HASTY.between / 4)
        await event(writer, piece("Yes.", "stop"))
        await event(writer, "[DONE]")

    assert (await _answer(thinking))[0] == "Yes."


async def test_a_stop_sequence_holds_even_where_the_server_forgets_it() -> None:
    with serving(Good(says=("one ", "E", "N", "D", " two"))) as server:
        async with seated(server.address) as seat:
            answer = (await seat.open("")).ask(ask(stop=("END",)), urgent=True, what="a question")
            assert await answer.text() == "one "
    assert answer.ended
    assert answer.ended.reason == "stop"


@pytest.mark.parametrize(
    ("models", "context"),
    [
        ({"data": [{"id": "a", "context_length": 123}]}, 123),
        ({"data": [{"id": "a", "meta": {"n_ctx_train": 9999}}]}, USUAL_CONTEXT),
        ({"object": "list", "data": [{"id": "a", "loaded_context_length": 77}, {"id": "b"}]}, 77),
    ],
)
async def test_a_server_says_what_fits_in_its_own_way(models: object, context: int) -> None:
    with serving(Good(models=models)) as server:
        async with seated(server.address) as seat:
            speaker = await seat.open("")
            assert (speaker.name, speaker.context) == ("a", context)


async def test_llama_server_says_elsewhere_what_fits() -> None:
    async def llama(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path == "/props":
            await reply(writer, {"default_generation_settings": {"n_ctx": 5120}})
        else:
            await Good(models={"data": [{"id": "a"}]})(request, writer)

    with serving(llama) as server:
        async with seated(server.address) as seat:
            assert (await seat.open("")).context == 5120


async def test_a_cancelled_answer_keeps_what_it_has_and_the_server_is_let_go() -> None:
    with serving(Good(says=["word "] * 1000, pause=0.01)) as server:
        async with seated(server.address) as seat:
            answer = (await seat.open("")).ask(ask(), urgent=True, what="a question")
            async for told in answer:
                if isinstance(told, Piece) and told.tokens == 3:
                    answer.cancel()
            assert answer.ended
            assert answer.ended.reason == "cancelled"
            assert answer.ended.tokens >= 3
            assert seat.idle
            assert await asyncio.to_thread(server.gone.wait, 5)


async def test_background_work_leaves_a_place_free_and_people_wait_in_order() -> None:
    with serving(Good(says=["a"] * 40, pause=0.01)) as server:
        async with seated(server.address, places=2) as seat:
            speaker = await seat.open("")
            names = ("first work", "second work", "a person", "another person")
            urgent = (False, False, True, True)
            answers = [
                speaker.ask(ask(), urgent=one, what=name, actor="me")
                for name, one in zip(names, urgent, strict=True)
            ]
            states = {one.what: one.state for one in seat.queue}
            assert states == {
                "first work": "running",
                "a person": "running",
                "another person": "waiting",
                "second work": "waiting",
            }
            assert [one.what for one in seat.queue][2:] == ["another person", "second work"]
            assert seat.cancel(answers[3].id)
            assert await answers[3].text() == ""
            assert answers[3].ended is None
            texts = await asyncio.gather(*(one.text() for one in answers[:3]))
            assert texts == ["a" * 40] * 3
            assert seat.queue == ()


async def test_tokens_are_estimated_rather_too_many_than_too_few() -> None:
    with serving(Good()) as server:
        async with seated(server.address) as seat:
            speaker = await seat.open("")
            counts = await speaker.count(["", "word", "слово", "字"])
            assert counts == (0, 2, 4, 1)
            assert await speaker.weigh(HELLO) > sum(await speaker.count(["Be short.", "hello"]))
            assert json.loads(await speaker.render(HELLO))[1]["content"] == "hello"


async def test_token_ids_mean_nothing_to_a_server() -> None:
    with serving(Good()) as server:
        async with seated(server.address) as seat:
            speaker = await seat.open("")
            with pytest.raises(ServerError) as refused:
                speaker.ask(ask(Tokens((1, 2))), urgent=True, what="a question")
    assert refused.value.kind == "unsuitable"


async def _answer(answer: Respond) -> tuple[str, bool]:
    with serving(lying(answer)) as server:
        async with seated(server.address) as seat:
            answering = (await seat.open("")).ask(ask(), urgent=True, what="a question")
            text = await answering.text()
            assert answering.ended
            return text, answering.ended.unreadable
