from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from qa.answering.assistant import Assistant
from qa.answering.parts import Parts
from qa.cli.chat import line_editor, start
from qa.cli.chat.loop import Repl
from qa.cli.chat.screen import Screen
from qa.conversation.conversation import Conversation
from qa.conversation.sessions import Sessions
from qa.errors import PromptError, SourceError, UsageError
from qa.settings import Settings
from tests import collecting
from tests.conftest import FakeGenerator, FakeReader

Make = Callable[..., Assistant]
FOUNDED = "Maria Lopez founded the bakery [1]."


def talk(assistant: Assistant, *lines: str | type[BaseException], terminal: bool = False) -> str:
    left = list(lines)

    def read() -> str:
        line = left.pop(0) if left else EOFError
        if isinstance(line, str):
            return line
        raise line

    out = io.StringIO()
    Repl(Conversation(assistant), Screen(Console(file=out, width=200, force_terminal=terminal))).run(read)
    return out.getvalue()


def test_an_answer_is_followed_by_its_quote(make_assistant: Make) -> None:
    shown = talk(make_assistant(FOUNDED, reader=FakeReader("Maria Lopez")), "Who founded the bakery?")
    assert "Maria Lopez founded the bakery [1].\n[1] “Maria Lopez founded it in Hilltown.”" in shown
    assert "bakery.txt, characters 27-62" in shown


def test_on_a_terminal_a_marker_has_the_colour_of_its_quote(make_assistant: Make) -> None:
    assistant = make_assistant(FOUNDED, reader=FakeReader("Maria Lopez"))
    shown = talk(assistant, "Who founded the bakery?", terminal=True)
    assert "\x1b[1;36m[1]\x1b[0m" in shown
    assert "\x1b[36m[1] \x1b[0m" in shown


def test_what_the_article_does_not_say_is_said(make_assistant: Make) -> None:
    assert "The article does not say." in talk(make_assistant(reader=FakeReader("none")), "Who?")


def test_a_follow_up_is_understood_and_why_shows_how_it_came_about(make_assistant: Make) -> None:
    assistant = make_assistant("Peter Smith [1].", FOUNDED, reader=FakeReader("Maria Lopez founded"))
    shown = talk(assistant, "/why", "Who founded the bakery?", "/why", "/more", "/clear", "/why", "Who is she?")
    assert shown.count("nothing has been asked yet") == 2
    assert "searched for: Who founded the bakery?" in shown
    assert "written: “Peter Smith.”: dropped, the quote does not name 'Smith'" in shown
    assert "confidence:" in shown


def test_a_quote_is_shown_in_its_paragraph(make_assistant: Make) -> None:
    assistant = make_assistant(FOUNDED, reader=FakeReader("Maria Lopez"))
    shown = talk(assistant, "Who founded the bakery?", "/cite 1", "/cite 7", "/cite")
    assert "The bakery opened in 1990. »Maria Lopez founded it in Hilltown.«" in shown
    assert "bakery.txt, paragraph 1, line 1, characters 27-62" in shown
    assert "/cite 7: the last answer has the quotes 1" in shown
    assert "/cite needs an argument: /cite N" in shown


def test_more_evidence_is_shown_until_there_is_none(make_assistant: Make) -> None:
    assistant = make_assistant(FOUNDED, reader=FakeReader("Maria Lopez"))
    shown = talk(assistant, "Who founded the bakery?", *["/more"] * 3)
    assert "“It sells 40 kinds of bread." in shown
    assert "there is no more evidence" in shown


def test_the_last_question_is_asked_again_in_the_place_of_its_answer(make_assistant: Make) -> None:
    assistant = make_assistant(FOUNDED, "Maria Lopez founded it [1].", reader=FakeReader("Maria Lopez"))
    conversation = Conversation(assistant)
    repl = Repl(conversation, Screen(Console(file=io.StringIO())))
    list(conversation.ask("Who founded the bakery?"))
    repl.commands.run("/retry")
    assert [a.answer for a in conversation.answers] == ["Maria Lopez founded it [1]."]


def test_a_question_that_was_stopped_is_asked_again_and_the_answer_before_stays(
    make_assistant: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = make_assistant(FOUNDED, FOUNDED, reader=FakeReader("Maria Lopez"))
    conversation = Conversation(assistant)
    repl = Repl(conversation, Screen(Console(file=io.StringIO())))
    list(conversation.ask("Who founded the bakery?"))

    def stopped(*_: object, **__: object) -> Iterator[str]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(assistant, "stream", stopped)
        with pytest.raises(KeyboardInterrupt):
            list(conversation.ask("Who founded it in Hilltown?"))
    repl.commands.run("/retry")
    conversation.again()
    with pytest.raises(UsageError, match="/retry asks again"):
        repl.commands.run("/why")
    list(conversation.ask("Who founded it in Hilltown?"))
    assert [a.question for a in conversation.answers] == ["Who founded the bakery?", "Who founded it in Hilltown?"]


def test_a_conversation_is_saved(make_assistant: Make, tmp_path: Path) -> None:
    assistant = make_assistant(FOUNDED, reader=FakeReader("Maria Lopez"))
    path = tmp_path / "talk.html"
    shown = talk(assistant, f"/save {path}", "Who founded the bakery?", *[f"/save {path}"] * 2, "/save talk.doc")
    assert "nothing has been asked yet" in shown
    assert f"saved {path}\nsaved {path}, in place of the file that was there\n" in shown
    assert "<mark" in path.read_text(encoding="utf-8")
    assert "talk.doc: a conversation is saved as" in shown


def test_sources_are_added_and_chosen(make_assistant: Make, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("The mill is old. It grinds wheat.", encoding="utf-8")
    assistant = make_assistant(reader=FakeReader("none"))
    shown = talk(assistant, f"/load {other}", "/source other", "/source nothing", "/source", "/load gone.txt", "Who?")
    assert "other.txt: 7 words, 1 passages" in shown
    assert "bakery.txt: 24 words, 3 passages (not in use; /source selects all)" in shown
    said = "nothing: no article has this in its path; those with other stay chosen; /sources lists them"
    assert said in shown
    assert "gone.txt: no such file" in shown
    assert len(assistant.sources) == 2


def test_what_is_chosen_stands_before_the_next_message(make_assistant: Make) -> None:
    conversation = Conversation(make_assistant())
    repl = Repl(conversation, Screen(Console(file=io.StringIO())))
    shown = [start.prompt(conversation)]
    for line in ("/source bakery", "/source"):
        repl.commands.run(line)
        shown.append(start.prompt(conversation))
    assert shown == ["> ", "bakery> ", "> "]


def test_a_model_that_cannot_be_used_leaves_the_one_before(make_assistant: Make, tmp_path: Path) -> None:
    assistant = make_assistant(reader=FakeReader("none"))
    shown = talk(assistant, "/model", f"/model {tmp_path / 'none.gguf'}", "/model")
    assert shown.count("generator: scripted") == 2
    assert "none.gguf: no such model file" in shown


def test_without_a_clipboard_the_way_out_is_named(make_assistant: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyperclip

    copied: list[str] = []
    assistant = make_assistant(FOUNDED, reader=FakeReader("Maria Lopez"))
    monkeypatch.setattr(pyperclip, "copy", copied.append)
    assert "copied" in talk(assistant, "Who founded the bakery?", "/copy")
    assert copied[0].startswith(FOUNDED)

    def none(_: str) -> None:
        raise pyperclip.PyperclipException("none")

    monkeypatch.setattr(pyperclip, "copy", none)
    assistant = make_assistant(FOUNDED, reader=FakeReader("Maria Lopez"))
    assert "/save FILE.md saves the conversation" in talk(assistant, "/copy", "Who founded the bakery?", "/copy")


@pytest.mark.parametrize("word", ["/exit", "/quit", "quit", "EXIT"])
def test_a_word_to_leave_leaves(make_assistant: Make, word: str) -> None:
    assistant = make_assistant(FOUNDED, reader=FakeReader("Maria Lopez"))
    assert "Lopez" not in talk(assistant, word, "Who founded the bakery?")


def test_commands_are_helped_and_mistyped_ones_understood(make_assistant: Make) -> None:
    shown = talk(make_assistant(), "/help", "", "/soruces", "/xyzzy now", "/sources now", "/exit", "never read")
    assert "/cite N" in shown
    assert "/soruces: no such command; did you mean /sources?" in shown
    assert "/xyzzy: no such command; /help lists them" in shown
    assert "/sources takes no argument" in shown


def test_commands_sources_and_numbers_are_completed(make_assistant: Make, article: Path) -> None:
    conversation = Conversation(make_assistant(FOUNDED, reader=FakeReader("Maria Lopez")))
    complete = Repl(conversation, Screen(Console(file=io.StringIO()))).commands.complete
    assert "/cite" in (complete("/c") or [])
    assert complete("Who") == complete("Who is") == complete("/cite ") == []
    list(conversation.ask("Who founded the bakery?"))
    assert complete("/cite ") == ["1"]
    assert complete("/source ") == [str(article)]
    assert complete("/save ") is None


def test_an_interrupt_stops_the_answer_and_stays(make_assistant: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    assistant = make_assistant()

    def interrupted(*_: Any, **__: Any) -> Iterator[str]:
        yield "Half an"
        raise KeyboardInterrupt

    monkeypatch.setattr(assistant, "stream", interrupted)
    shown = talk(assistant, KeyboardInterrupt, "Who?", "/help")
    assert "Half an\nstopped" in shown
    assert "Ctrl-D" in shown


def test_an_error_is_one_line_and_the_chat_goes_on(make_assistant: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    assistant = make_assistant()

    def failing(*_: Any, **__: Any) -> Iterator[str]:
        raise PromptError("the question is too long")
        yield ""

    monkeypatch.setattr(assistant, "stream", failing)
    shown = talk(assistant, "Who?", "/help")
    assert "the question is too long\n" in shown
    assert "/cite N" in shown


def test_an_answer_is_kept_and_the_chat_goes_on_with_it(make_assistant: Make, tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "sessions")
    assistant = make_assistant(FOUNDED, reader=FakeReader("Maria Lopez"))
    list(Conversation(assistant, sessions.begin(assistant.sources)).ask("Who founded the bakery?"))
    (kept,) = sessions.all()
    again = Conversation(assistant, sessions.again(kept), kept.answers)
    assert again.history == [("Who founded the bakery?", FOUNDED)]


def test_an_article_is_described(make_assistant: Make) -> None:
    (line,) = start.articles(make_assistant())
    assert line.startswith("The bakery opened in 1990. Maria Lopez founded it in Hilltown. (")
    assert line.endswith("24 words, 1 min to read, en)")


def test_an_article_with_a_title_of_its_own_is_described_by_it(make_assistant: Make, tmp_path: Path) -> None:
    page = tmp_path / "mill.html"
    page.write_text(
        "<!doctype html><html><head><title>The old mill</title></head><body><article><p>The mill of Hilltown was built"
        " by Maria Lopez in 1990, and grinds about 40 tons of wheat a year.</p></article></body></html>",
        encoding="utf-8",
    )
    assistant = make_assistant()
    assistant.add(str(page))
    assert start.articles(assistant)[1].startswith("The old mill (")


def test_a_quote_is_shown_from_the_open_index(make_assistant: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def unread(*_: object) -> None:
        raise AssertionError("the article was read again")

    monkeypatch.setattr("qa.cli.chat.slash_commands.load", unread)
    assistant = make_assistant(FOUNDED, reader=FakeReader("Maria Lopez"))
    assert "»Maria Lopez founded it in Hilltown.«" in talk(assistant, "Who founded the bakery?", "/cite 1")


def test_a_quote_of_a_changed_or_deleted_article_is_not_shown(make_assistant: Make, article: Path) -> None:
    conversation = Conversation(make_assistant(FOUNDED, reader=FakeReader("Maria Lopez")))
    commands = Repl(conversation, Screen(Console(file=io.StringIO()))).commands
    list(conversation.ask("Who founded the bakery?"))
    article.write_text("Another text. It says nothing of the kind.", encoding="utf-8")
    with pytest.raises(UsageError, match="has changed since the answer"):
        commands.run("/cite 1")
    article.unlink()
    with pytest.raises(SourceError, match="no such file"):
        commands.run("/cite 1")


@pytest.mark.parametrize("name", ["bundled", "small", "openai:owner//small", "~/small.gguf"])
def test_a_model_is_named_as_in_the_flag(name: str, make_assistant: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str] = []

    def with_model(parts: Parts, _: Settings, name: str) -> Parts:
        named.append(name)
        return replace(parts, generator=FakeGenerator())

    monkeypatch.setattr("qa.conversation.conversation.with_model", with_model)
    talk(make_assistant(), f"/model {name}")
    assert named == [name]


def test_a_model_is_described_as_in_the_flag(make_assistant: Make) -> None:
    shown = talk(make_assistant(), "/help")
    assert "/model [MODEL]" in shown
    assert "a GGUF file, a name from `qa models`, or openai:NAME" in shown


def test_lines_come_from_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("one\n"))
    read = line_editor.line_reader(lambda _: [], None, str)
    assert read() == "one\n"
    with pytest.raises(EOFError):
        read()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"M\xfcller?\n"), encoding="utf-8"))
    with pytest.raises(UsageError, match="not text in UTF-8"):
        read()


def test_a_line_breaks_between_signs_where_no_spaces_part_words() -> None:
    out = io.StringIO()
    Screen(Console(file=out, width=11, height=9, force_terminal=True, color_system=None)).words(
        "茶市重新开放。她说这个地方 [1]。"
    )
    assert out.getvalue().splitlines() == ["茶市重新开", "放。她说这", "个地方 ", "[1]。"]


def test_a_collection_is_counted_listed_and_narrowed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("qa.cli.chat.slash_commands._LISTED", 2)
    where = msgspec.structs.replace(settings, collections_dir=tmp_path / "collections")
    texts = {"bakery": "Maria Lopez founded the bakery.", "mill": "The mill was closed.", "school": "It has a roof."}
    folder = collecting.write(tmp_path / "articles", **texts)
    collecting.index(folder, where)
    with closing(collecting.over(where, texts=(FOUNDED,), reader=FakeReader("Maria Lopez"))) as assistant:
        assert start.articles(assistant) == ["news: 3 documents; /sources lists them"]
        (folder / "bakery.txt").unlink()
        lines = "/sources", "Who founded the bakery?", "/cite 1", "/save talk.html", "/load other.txt"
        shown = talk(assistant, *lines, "/source mill", "Who founded it?").splitlines()
    assert shown[1:4] == [
        "articles/bakery.txt: 5 words, 1 passages",
        "articles/mill.txt: 4 words, 1 passages",
        "and 1 more; /source NAME uses those with NAME in their path",
    ]
    assert "»Maria Lopez founded the bakery.«" in shown
    assert '<mark id="d0-0">' in Path("talk.html").read_text(encoding="utf-8")
    assert "other.txt: not added; `qa index -c news other.txt` adds it to the collection" in shown
    assert shown[-3:] == ["articles/mill.txt: 4 words, 1 passages", "The article does not say.", ""]
