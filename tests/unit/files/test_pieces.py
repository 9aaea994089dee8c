"""A stream of pieces, or of something far away, gives the same bytes however it is cut and read."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricebook.files import pieces
from pricebook.files.contract import StorageUnavailable
from pricebook.files.pieces import Body, Dropped, open_distant, open_pieces
from tests.depth import examples

# The buffer that is asked for is 1 MiB; with a small one the cuts fall in all places of it.
BUFFERS = st.integers(1, 70)
CONTENTS = st.binary(max_size=300)
# How much is asked for at once; -1 is all the rest.
READS = st.lists(st.integers(-1, 90), min_size=1, max_size=20)

exhaustive = settings(database=None, deadline=None, max_examples=examples(50))


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that would have been made."""
    made: list[float] = []
    monkeypatch.setattr("time.sleep", made.append)
    return made


@contextmanager
def buffer_of(size: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "_BUFFER", size)
        yield


class FakeBody:
    """An answer that gives so many bytes and then drops, or ends as if it were whole."""

    def __init__(self, content: bytes, given: int, *, drops: bool = True) -> None:
        self._rest = io.BytesIO(content[:given])
        self._whole = given >= len(content)
        self._drops = drops
        self.closed = False

    def read(self, size: int) -> bytes:
        assert size > 0
        assert not self.closed
        data = self._rest.read(size)
        if not data and self._drops and not self._whole:
            raise Dropped
        return data

    def close(self) -> None:
        self.closed = True


class Distant:
    """Storage that answers with one of the bodies after the other, the last time with all."""

    def __init__(self, content: bytes, cuts: list[tuple[int, bool]]) -> None:
        self.content = content
        self.cuts = iter(cuts)
        self.places: list[int] = []
        self.bodies: list[FakeBody] = []

    def open_at(self, place: int) -> Body:
        assert all(body.closed for body in self.bodies)
        self.places.append(place)
        rest = self.content[place:]
        given, drops = next(self.cuts, (len(rest), True))
        # At least a byte an answer: this is about cuts, not about giving up.
        self.bodies.append(FakeBody(rest, max(given, 1), drops=drops))
        return self.bodies[-1]


def read_by(stream: BinaryIO, sizes: list[int]) -> bytes:
    """Read to the end, by sizes that come round again."""
    collected, at_end = b"", False
    while not at_end:
        for size in sizes:
            data = stream.read(size)
            collected += data
            at_end = not data and size != 0
            if at_end:
                break
        else:
            at_end = not any(sizes)
    return collected + stream.read()


@exhaustive
@given(CONTENTS, st.lists(st.tuples(st.integers(1, 80), st.booleans())), READS, BUFFERS)
def test_cuts_change_no_byte(
    content: bytes, cuts: list[tuple[int, bool]], sizes: list[int], buffer: int
) -> None:
    distant = Distant(content, cuts)
    with buffer_of(buffer), open_distant(distant.open_at, len(content)) as stream:
        assert read_by(stream, sizes) == content
        assert stream.read() == b""
    assert all(body.closed for body in distant.bodies)
    # Nothing is asked for twice, and nothing is left out.
    assert distant.places == sorted(set(distant.places))
    assert len(distant.bodies) <= len(cuts) + 1


@exhaustive
@given(st.lists(st.binary(max_size=60), max_size=8), READS, BUFFERS)
def test_borders_between_files_change_no_byte(
    contents: list[bytes], sizes: list[int], buffer: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        paths = [Path(name) / str(number) for number in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        with buffer_of(buffer), open_pieces(paths) as stream:
            assert read_by(stream, sizes) == b"".join(contents)


@exhaustive
@given(CONTENTS, st.lists(st.tuples(st.integers(1, 80), st.booleans())), BUFFERS)
def test_lines_are_the_same(content: bytes, cuts: list[tuple[int, bool]], buffer: int) -> None:
    distant = Distant(content, cuts)
    with buffer_of(buffer), open_distant(distant.open_at, len(content)) as stream:
        assert list(stream) == list(io.BytesIO(content))


@given(st.integers(0, 6), st.integers(0, 300))
def test_it_bears_a_cut_and_six_failures_after_it(failures: int, place: int) -> None:
    content = bytes(range(256)) * 2
    left = {0: failures, place: failures}

    def open_at(at: int) -> Body:
        if left.get(at):
            left[at] -= 1
            raise Dropped
        return FakeBody(content[at:], place - at if at < place else len(content))

    with buffer_of(512), open_distant(open_at, len(content)) as stream:
        assert stream.read() == content


def failing(_place: int) -> Body:
    raise Dropped("It is away.")


def test_it_gives_up_after_eight_attempts_and_some_twenty_seconds(no_pauses: list[float]) -> None:
    with open_distant(failing, 10) as stream:
        with pytest.raises(StorageUnavailable, match=r"after 8 attempts: It is away\."):
            stream.read()
        assert len(no_pauses) == 7
        assert all(
            0.2 * 2**number / 2 <= pause <= 0.2 * 2**number
            for number, pause in enumerate(no_pauses)
        )


def test_who_asks_again_after_that_is_refused_at_once(no_pauses: list[float]) -> None:
    with open_distant(failing, 10) as stream:
        for _ in range(3):
            with pytest.raises(StorageUnavailable):
                stream.read(1)
    assert len(no_pauses) == 7


def test_answers_without_a_byte_count_as_failures() -> None:
    distant: list[int] = []

    def open_at(place: int) -> Body:
        distant.append(place)
        return FakeBody(b"x" * 10, 0, drops=False)

    with open_distant(open_at, 10) as stream, pytest.raises(StorageUnavailable, match="0 of 10"):
        stream.read()
    assert distant == [0] * 8


@pytest.mark.parametrize("method", ["read1", "readline", "readlines"])
def test_an_empty_file_asks_for_nothing(method: str) -> None:
    with open_distant(failing, 0) as stream:
        call: Callable[[], object] = getattr(stream, method)
        assert not call()


def test_a_refusal_is_passed_on_and_closes_nothing_twice() -> None:
    def refused(_place: int) -> Body:
        raise StorageUnavailable("It is another file now.")

    with open_distant(refused, 10) as stream, pytest.raises(StorageUnavailable, match="another"):
        stream.read()
    assert stream.closed


def test_the_connection_is_given_back_when_reading_stops_early() -> None:
    distant = Distant(b"x" * 5000, [])
    with buffer_of(100):
        stream = open_distant(distant.open_at, 5000)
        assert stream.read(10) == b"x" * 10
        stream.close()
    assert [body.closed for body in distant.bodies] == [True]


def test_files_are_open_one_at_a_time(tmp_path: Path) -> None:
    paths = [tmp_path / str(number) for number in range(3)]
    for path in paths:
        path.write_bytes(b"abc")
    with buffer_of(1), open_pieces(paths) as stream:
        assert stream.read(4) == b"abca"
        # The last one has not been opened yet.
        paths[2].unlink()
        with pytest.raises(FileNotFoundError):
            stream.read()
