"""HAR files in the dialects of the tools that write them."""

import base64
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobtwin.errors import BadRecording
from jobtwin.judge.traffic import recordings
from jobtwin.judge.traffic.encoding import LARGEST, Unpacker
from jobtwin.judge.traffic.har import RecordedExchange, UnreadableEntry
from jobtwin.judge.traffic.recordings import read, read_all

Har = Callable[..., Path]


@pytest.fixture
def har(tmp_path: Path) -> Har:
    """Write entries as a HAR file."""

    def write(*entries: Any, name: str = "session.har") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
        return path

    return write


def entry(**changes: Any) -> dict[str, Any]:
    """Returns an entry; a change's name is a dotted place, with `__` for the dot."""
    made: dict[str, Any] = {
        "startedDateTime": "2026-03-01T12:00:00.250Z",
        "time": 120.5,
        "request": {"method": "GET", "url": "https://api.test/prints/7", "headers": []},
        "response": {"status": 200, "headers": [], "content": {"size": 2, "text": "{}"}},
    }
    for place, value in changes.items():
        *above, last = place.split("__")
        node = made
        for key in above:
            node = node.setdefault(key, {})
        node[last] = value
    return made


def headers(**named: str) -> list[dict[str, str]]:
    """Returns headers as in a HAR; `_` is written as `-`."""
    return [{"name": name.replace("_", "-"), "value": value} for name, value in named.items()]


def one(path: Path) -> RecordedExchange:
    """Returns the only entry of a file."""
    [recorded] = read(path).entries
    return recorded


def test_entry(har: Har) -> None:
    """An entry is an exchange that starts at its moment and lasts for its time."""
    recorded = one(har(entry(request__url="https://api.test/prints/7?full=yes#top")))

    exchange = recorded.exchange
    assert recorded.where == "session.har#/log/entries/0"
    assert exchange.at.isoformat() == "2026-03-01T12:00:00.250000+00:00"
    assert exchange.until is not None
    assert (exchange.until - exchange.at).total_seconds() == 0.1205
    assert exchange.url == "https://api.test/prints/7?full=yes"
    assert (exchange.status, exchange.answered) == (200, {})


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-01T14:00:00.250+02:00", "2026-03-01T12:00:00.250000"),
        ("2026-03-01T12:00:00.2501234Z", "2026-03-01T12:00:00.250123"),
        ("2026-03-01T12:00:00", "2026-03-01T12:00:00"),
    ],
    ids=["offset", "seven-digits", "no-zone"],
)
def test_moment(text: str, utc: str, har: Har) -> None:
    """A moment may have an offset, seven digits, or no zone."""
    at = one(har(entry(startedDateTime=text))).exchange.at

    assert at.timestamp() == at.fromisoformat(utc + "+00:00").timestamp()


def test_base64(har: Har) -> None:
    """Firefox and proxies encode a body in base64, and mark it."""
    content = {"encoding": "base64", "text": base64.b64encode(b'{"id": 7}').decode()}

    assert one(har(entry(response__content=content))).exchange.answered == {"id": 7}


@pytest.mark.parametrize(
    ("text", "body", "whole"),
    [
        ("eyJpZCI6\r\n IDd9\n", b'{"id": 7}', True),
        ("eyJpZCI6IDd9Cg", b'{"id": 7}\n', True),
        ('{"id": 7}', b'{"id": 7}', True),
        ("null", b"null", True),
        ("%", b"", False),
        ("eyJpZ", b"", False),
    ],
    ids=["lines", "no-padding", "never-encoded", "a-word", "none", "cut"],
)
def test_base64__odd(text: str, body: bytes, har: Har, *, whole: bool) -> None:
    """Base64 may have lines and no padding; other text is not encoded or was not recorded."""
    recorded = one(har(entry(response__content={"encoding": "base64", "text": text})))

    assert (recorded.exchange.response_body, recorded.whole) == (body, whole)


BODY = b'{"a": 1}'
PACKED = gzip.compress(BODY, mtime=0)
RAW = zlib.compressobj(wbits=-15)
BARE = RAW.compress(BODY) + RAW.flush()
BOMB = gzip.compress(b" " * (LARGEST + 1), mtime=0)


@pytest.mark.parametrize(
    ("coding", "sent", "body", "whole"),
    [
        ("gzip", PACKED, BODY, True),
        ("gzip", BODY, BODY, True),
        ("gzip", PACKED[:-9], b"", False),
        ("gzip", PACKED + gzip.compress(b" ", mtime=0), BODY + b" ", True),
        ("gzip, GZIP", gzip.compress(PACKED), BODY, True),
        ("", PACKED, BODY, True),
        ("gzip", BOMB, b"", False),
        ("", BOMB, b"", False),
        ("deflate", zlib.compress(BODY), BODY, True),
        ("deflate", BARE, BODY, True),
        ("deflate", zlib.compress(BODY)[:-5], b"", False),
        ("br", b"\x8b\x03\x80", b"", False),
        ("br", BODY, BODY, True),
        ("identity", b"\xff", b"\xff", True),
    ],
    ids=[
        *("gzip", "gzip-unpacked", "gzip-cut", "gzip-members", "gzip-twice", "gzip-untold"),
        *("bomb", "bomb-untold", "deflate", "deflate-raw", "deflate-cut", "br", "br-unpacked"),
        "binary",
    ],
)
def test_packed(coding: str, sent: bytes, body: bytes, har: Har, *, whole: bool) -> None:
    """A compressed body is decompressed, or counts as not recorded."""
    content = {"size": len(sent), "encoding": "base64", "text": base64.b64encode(sent).decode()}
    packed = {"headers": headers(content_encoding=coding), "content": content, "status": 200}

    recorded = one(har(entry(response=packed)))

    assert (recorded.exchange.response_body, recorded.whole) == (body, whole)


@pytest.mark.slow
def test_packed__bounded() -> None:
    """Decompression stops at the limit, and the bodies of a file share one more limit."""
    unpacker, packed = Unpacker(most=2 * len(BODY)), gzip.compress(b" " * 8 * LARGEST)
    tracemalloc.start()

    bomb = Unpacker().unpack(packed, "gzip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    bodies = [unpacker.unpack(PACKED, "gzip") for _ in range(3)]

    assert bomb is None
    assert peak < 4 * LARGEST
    assert bodies == [BODY, BODY, None]


CUT = '{"id": 7, "items": [{"state": "pri'


@pytest.mark.parametrize(
    ("response", "whole"),
    [
        ({"content": {"text": CUT}}, False),
        ({"content": {"size": -1, "text": CUT}}, False),
        ({"content": {"size": 999, "text": CUT}}, False),
        ({"content": {"size": len(CUT), "text": CUT}}, True),
        ({"content": {"text": CUT}, "headers": headers(content_length="34")}, True),
        ({"content": {"text": CUT}, "headers": headers(content_length="99")}, False),
        ({"content": {"text": '{"id": tr'}}, False),
        ({"content": {"text": '{"id": 7} and more'}}, True),
        ({"content": {"text": "{id: 7, state: printed, of: none}"}}, True),
        ({"content": {"size": 999, "text": '{"id": 7}'}}, True),
        ({"content": {"text": '{"id": 7}'}, "_error": "net::ERR_INCOMPLETE_CHUNKED_ENCODING"}, False),
        ({"content": {"text": {"id": 7}}}, False),
    ],
    ids=[
        *("no-size", "unknown-size", "shorter", "sent-so", "length-agrees", "length-more", "literal"),
        *("more-than-json", "no-json", "other-charset", "broken-connection", "no-text"),
    ],
)  # fmt: skip
def test_cut_off(response: dict[str, Any], har: Har, *, whole: bool) -> None:
    """A body that the tool truncated is distinguished from one that the vendor cut off."""
    assert one(har(entry(response={"status": 200, **response}))).whole is whole


def test_half_a_pair(har: Har) -> None:
    """An entry with half of a surrogate pair, as browsers may write it, is not skipped."""
    assert one(har(entry(response__content__text="\ud800"))).exchange.status == 200


def test_recorded_twice(har: Har) -> None:
    """An exchange recorded in two files counts once."""
    first, again = read_all([har(entry()), har(entry(), name="again.har")]).entries

    assert (first.skipped, again.skipped) == (None, "was recorded before")


def test_pseudo_headers(har: Har) -> None:
    """Chrome's HTTP/2 pseudo-headers are dropped, and its lower-case names are found."""
    sent = [{"name": ":authority", "value": "api.test"}, {"name": "x-trace", "value": "1"}]

    exchange = one(har(entry(request__headers=sent))).exchange

    assert exchange.request_headers == {"x-trace": "1"}
    assert exchange.header("X-Trace") == "1"


def test_repeated_header(har: Har) -> None:
    """A repeated header is joined to one list."""
    sent = [{"name": "Vary", "value": "Accept"}, {"name": "Vary", "value": "Origin"}]

    assert (
        one(har(entry(response__headers=sent))).exchange.answer_header("vary") == "Accept, Origin"
    )


def test_type__from_content(har: Har) -> None:
    """Without headers, the content's own type counts."""
    content = {"mimeType": "application/json", "text": "{}"}

    exchange = one(har(entry(response__content=content))).exchange

    assert exchange.answer_header("content-type") == "application/json"


@pytest.mark.parametrize(
    ("response", "whole"),
    [
        ({"content": {"size": 512}}, False),
        ({"content": {}}, False),
        ({"content": {"size": -1}, "bodySize": -1}, False),
        ({"content": {"size": 0}, "bodySize": 0}, True),
        ({"content": {"size": 90, "text": "{}"}, "bodySize": 40}, True),
        ({"content": {"size": 512}, "bodySize": 0}, False),
        ({"content": {"size": 512, "text": ""}}, False),
        ({"content": {"text": ""}}, True),
    ],
    ids=[
        "not-saved",
        "nothing-said",
        "unknown",
        "none",
        "compressed",
        "from-cache",
        "left-empty",
        "empty",
    ],
)
def test_whole(response: dict[str, Any], har: Har, *, whole: bool) -> None:
    """A body that was not recorded is distinguished from one that was not sent."""
    recorded = one(har(entry(response={"status": 200, "headers": [], **response})))

    assert recorded.whole is whole


def test_form(har: Har) -> None:
    """A form without its text gets its body from the fields."""
    fields = [{"name": "to", "value": "cool down"}, {"name": "now"}]
    post = {"mimeType": "application/x-www-form-urlencoded", "params": fields}

    assert one(har(entry(request__postData=post))).exchange.request_body == b"to=cool+down&now="


def test_sent(har: Har) -> None:
    """A request's body is a text beside its type."""
    post = {"mimeType": "application/json", "text": '{"wish": "stop"}'}

    assert one(har(entry(request__postData=post))).exchange.sent == {"wish": "stop"}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"response__status": 0}, "was not answered"),
        ({"response__status": 304}, "was answered from a cache"),
        (
            {
                "request__method": "OPTIONS",
                "request__headers": headers(Access_Control_Request_Method="GET"),
            },
            "is a browser's question whether it may ask",
        ),
        ({}, None),
    ],
    ids=["blocked", "cached", "preflight", "answered"],
)
def test_skipped(changes: dict[str, Any], why: str | None, har: Har) -> None:
    """Blocked, cached and preflight entries are skipped."""
    assert one(har(entry(**changes))).skipped == why


@pytest.mark.parametrize("took", [None, -1, 1e300])
def test_until__not_told(took: float | None, har: Har) -> None:
    """An entry with an impossible duration has no end."""
    assert one(har(entry(time=took))).exchange.until is None


def test_order(har: Har) -> None:
    """Entries of several files are sorted by time."""
    late, early = "2026-03-01T12:00:02Z", "2026-03-01T12:00:00Z"
    files = [
        har(entry(startedDateTime=late), entry(startedDateTime=early)),
        har(entry(startedDateTime="2026-03-01T12:00:01Z"), name="b.har"),
    ]

    assert [r.exchange.at.second for r in read_all(files).entries] == [0, 1, 2]


def test_mark(har: Har) -> None:
    """A file may begin with a byte order mark."""
    path = har(entry())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert one(path).exchange.status == 200


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"startedDateTime": "noon"}, "has no moment that can be read"),
        ({"startedDateTime": "9999-12-31T23:59:59-14:00"}, "has no moment that can be read"),
        ({"startedDateTime": None}, "has no moment that can be read"),
        ({"startedDateTime": 1767225600}, "has no moment that can be read"),
        ({"request__method": None}, "has no method"),
        ({"response": []}, "was not answered"),
        ({"response": None}, "was not answered"),
        ({"response__status": "ok"}, "was not answered"),
        ({"response__status": 101}, "was not answered"),
        ({"_fromCache": "disk"}, "was answered from a cache"),
    ],
)
def test_odd__skipped(changes: dict[str, Any], why: str, har: Har) -> None:
    """An entry that lacks a necessary part is skipped, with the reason."""
    [recorded, _] = read(har(entry(**changes), entry())).entries

    assert recorded.skipped == why


@pytest.mark.parametrize(
    "changes",
    [
        {"request__headers": {}},
        {"request__headers": [1, {"value": "a"}, {"name": 7}]},
        {"request__headers": None},
        {"response__headers": {"Content-Type": "application/json"}},
        {"response__status": "200"},
        {"response__status": 200.0},
        {"response__content__size": "2"},
        {"response__content__encoding": 7},
        {"request__postData": "a=b"},
        {"request__queryString": 7},
        {"time": "12"},
        {"time": float("nan")},
    ],
    ids=str,
)
def test_odd__judged(changes: dict[str, Any], har: Har) -> None:
    """An entry with one unreadable detail is still judged."""
    recorded = one(har(entry(**changes)))

    assert (recorded.skipped, recorded.whole) == (None, True)
    assert (recorded.exchange.status, recorded.exchange.answered) == (200, {})


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (entry(request__url="http://[::1/x"), "has no URL that can be read"),
        (entry(request__url=5), "has no URL that can be read"),
        (entry(request=None), "has no URL that can be read"),
        (7, "is a number in place of a map"),
    ],
)
def test_odd__unreadable(odd: Any, why: str, har: Har) -> None:
    """An entry without a readable URL is reported with its place; the others are read."""
    recording = read(har(entry(), odd, entry()))

    assert len(recording.entries) == 2
    assert recording.unreadable == [UnreadableEntry("session.har#/log/entries/1", why)]


def test_query_beside(har: Har) -> None:
    """A URL without its query takes it from the entry's query list."""
    changes = {"request__queryString": [{"name": "limit", "value": "5"}]}

    assert one(har(entry(**changes))).exchange.query == {"limit": ("5",)}


def test_guessed_type(har: Har) -> None:
    """A type that a browser guessed is not taken for the vendor's if the headers have none."""
    response = {"status": 200, "headers": headers(Date="now"), "content": {"text": "{}"}}
    response["content"] |= {"mimeType": "text/plain"}  # type: ignore[operator]  # a map

    assert one(har(entry(response=response))).exchange.answer_header("Content-Type") is None


def test_broken_off(har: Har) -> None:
    """The complete entries of a truncated file are read."""
    path = har(entry(), entry(), entry())
    path.write_text(path.read_text()[:-100])

    recording = read(path)

    assert len(recording.entries) == 2
    assert [each.where for each in recording.unreadable] == ["session.har:1"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-le"])
def test_encoding(encoding: str, har: Har) -> None:
    """A file may be in UTF-16 or have a byte order mark."""
    path = har(entry())
    path.write_text(path.read_text(), encoding=encoding)

    assert one(path).exchange.status == 200


def test_large(har: Har, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over the limit is refused before it is read completely."""
    monkeypatch.setattr(recordings, "LARGEST", 100)

    with pytest.raises(BadRecording, match=r"session\.har: is larger than 0 MiB"):
        read(har(entry()))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "a.har:1: is not JSON: "),
        ("[]", "a.har: is neither a HAR (a map with `log`) nor a journal (a map with `entries`)"),
        ('{"log": {}}', "a.har#/log/entries: is null; HAR 1.2 has a list here"),
        ('{"log": []}', "a.har#/log: is a list; HAR 1.2 has a map here"),
        ('{"entries": {}}', "a.har#/entries: is no list; a journal has its entries here"),
        (
            '{"entries": [{"number": 1}]}',
            "a.har#/entries/0: has no text as its `at`; none of the 1 entries can be read",
        ),
        (
            '{"log": {"entries": [{}, 7]}}',
            "a.har#/log/entries/0: has no URL that can be read; none of the 2 entries can be read",
        ),
        ('{"log": ' + "[" * 100_000, "a.har: is nested too deep"),
    ],
)
def test_refused__file(text: str, said: str, tmp_path: Path) -> None:
    """A file in another format is refused."""
    path = tmp_path / "a.har"
    path.write_text(text)

    with pytest.raises(BadRecording) as bad:
        read(path)

    assert str(bad.value).startswith(said)


def test_refused__missing(tmp_path: Path) -> None:
    """A missing file is refused."""
    with pytest.raises(BadRecording, match="cannot be read: No such file"):
        read(tmp_path / "none.har")
