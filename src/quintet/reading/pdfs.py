"""Whether a PDF does something by itself or reaches for other files: scripts, programs that it starts, forms that are sent, content that lies
elsewhere, whatever an opened page sets off.

`python -m quintet.reading.pdfs` with the file as standard input. No list of objects that the file brings along is believed: whatever
follows the word `obj` anywhere in the file, in a comment, a text or a stream as well, is read as an object, and so is everything in an
object stream, from each place that its head names and from one end to the other. An object stream that cannot be unpacked is refused.
What opens without a password, as banks and tax offices protect their files, is decrypted for that; what asks for one is refused.
Last, the file must be whole: its end is there, and a page is reached from its root.
"""

import base64
import io
import re
import sys
import zlib
from collections.abc import Iterator
from typing import IO, Any

from quintet.reading.errors import Unreadable
from quintet.reading.processes import failure, limit, lines_of, told

MOST_OBJECTS = 64 * 2**20  # bytes of one object stream, unpacked
MOST_OBJECT = 8 * 2**20  # bytes of one object, without its stream
MOST_TIMES = 8  # how often a file may be read over again, where objects begin within objects
DEEPEST = 200  # values within values
_BEGIN = re.compile(rb"(?<!end)obj|trailer")
# Names that an object may not have, a stream that may hold others, an escape that spells a name in another way.
_WORTH_READING = re.compile(
    rb"#[0-9A-Fa-f]{2}|/(?:JavaScript|JS|Launch|XFA|RichMedia|ImportData|Encrypt|OpenAction|AA|ObjStm|First|SubmitForm|GoToR|GoToE|Rendition|OPI|"
    rb"URL|Ref|F|FFilter)(?![A-Za-z0-9_.\-])|/RichMedia"
)
_BLANKS = rb"(?:[\0\t\n\f\r ]++|%[^\r\n]*+)*+"
_TOKEN = re.compile(
    _BLANKS + rb"(?:(?P<name>/[^\0\t\n\f\r ()<>\[\]{}/%]*)|(?P<mark><<|>>|\[|\])|(?P<text>\()|(?P<hex><[^>]*>?)|"
    rb"(?P<word>[^\0\t\n\f\r ()<>\[\]{}/%]+)|(?P<other>[)>{}]))"
)
_IN_TEXT = re.compile(rb"[()]|\\.", re.DOTALL)
_STREAM = re.compile(_BLANKS + rb"stream(?:\r\n|\n|\r)?")
_NUMBERED = re.compile(rb"(\d{1,10})(?=[\0\t\n\f\r %])" + _BLANKS + rb"\d{1,5}" + _BLANKS + rb"obj")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_NUMBER = re.compile(rb"\d{1,10}")
_ACTIVE = frozenset(
    "JavaScript JS Launch XFA RichMedia RichMediaContent RichMediaExecute ImportData SubmitForm GoToR GoToE Rendition OPI".split()
)
_HARMLESS = frozenset("GoTo Named Hide SetOCGState Trans Thread".split())  # what a page may do when it is opened
_SHOWN = frozenset("Page Pages Catalog StructElem".split())
_FILTERS = {"FlateDecode": "flate", "Fl": "flate", "ASCIIHexDecode": "hex", "AHx": "hex", "ASCII85Decode": "ascii85", "A85": "ascii85"}


_MAY_BE_ENCRYPTED = re.compile(rb"/Encrypt|/[A-Za-z0-9]*#[0-9A-Fa-f]{2}")
_NUMBER_BEFORE = re.compile(rb"(\d{1,10})[\0\t\n\f\r ]+(\d{1,5})[\0\t\n\f\r ]*$")
_ROOT = re.compile(rb"/Root" + _BLANKS + rb"(\d{1,10})" + _BLANKS + rb"\d{1,5}" + _BLANKS + rb"R")
_LINEARIZED = re.compile(rb"/Linearized\b[^>]{0,200}?/L[\0\t\n\f\r ]*(\d{1,10})|/L[\0\t\n\f\r ]+(\d{1,10})[^>]{0,200}?/Linearized\b")
TAIL = 4096  # bytes in which the end is looked for: some programs write behind it


class Name(str):
    """A name of PDF, its escapes read."""


class Reference(int):
    """The number of another object."""


class Several(list[Any]):
    """The values of a key that stands more than once: one program goes by the first of them, another by the last."""


def check(file: IO[bytes], *, most_bytes: int) -> None:
    """Raises Unreadable for a PDF with scripts or programs in it, and for one that is not whole. Read in a process of its own."""
    for _said in lines_of("pdfs", file, most_bytes=most_bytes):
        pass


def check_content(content: bytes) -> None:
    """Raises Unreadable (`pdf_password`, `pdf_encrypted`, `pdf_active`, `pdf_unreadable`, `pdf_cut`, `pdf_no_page`)."""
    document = _Document(content)
    document.check()
    document.check_whole()


class _Document:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.packed: dict[int, list[tuple[bytes, int]]] = {}  # number → where in which unpacked stream
        self.set_off: list[Any] = []  # what opening the document or a page sets off
        self._places: dict[int, list[int]] | None = None
        self._left = MOST_OBJECT + MOST_TIMES * len(content)
        self._encryption: Any = None

    def check(self) -> None:
        if self._is_encrypted():
            self._encryption = _opened(self.content)
        last = max((found.start() for found in _WORTH_READING.finditer(self.content)), default=-1)
        for begin in _BEGIN.finditer(self.content, 0, last + 1):
            value, place = _value(self.content, begin.end(), begin.end() + MOST_OBJECT)
            self._left -= place - begin.end()
            if self._left < 0:
                raise Unreadable("pdf_unreadable")
            self._judge(value)
            if isinstance(value, dict) and _is_object_stream(value) and (stream := _STREAM.match(self.content, place)):
                self._check_packed(value, stream.end(), begin.start())
        seen: set[int] = set()
        for action in self.set_off:
            self._check_set_off(action, seen)

    def _judge(self, value: Any) -> None:
        """Raises Unreadable for a value that is active or says that the file is encrypted; keeps what is set off."""
        if isinstance(value, Name) and value == "URL":  # whatever names it as the place of a file
            raise Unreadable("pdf_active")
        for one in _all(value):
            if isinstance(one, Name) and one in _ACTIVE:
                raise Unreadable("pdf_active")
            if isinstance(one, dict):
                if self._encryption is None and _encrypts(one):
                    raise Unreadable("pdf_encrypted")
                if _lies_elsewhere(one):
                    raise Unreadable("pdf_active")
                self.set_off += [one[key] for key in ("OpenAction", "AA") if key in one]

    def _is_encrypted(self) -> bool:
        last = max((found.start() for found in _MAY_BE_ENCRYPTED.finditer(self.content)), default=-1)
        for begin in _BEGIN.finditer(self.content, 0, last + 1):
            value, place = _value(self.content, begin.end(), begin.end() + MOST_OBJECT)
            self._left -= place - begin.end()
            if self._left < 0:
                raise Unreadable("pdf_unreadable")
            if any(isinstance(one, dict) and _encrypts(one) for one in _all(value)):
                self._left = MOST_OBJECT + MOST_TIMES * len(self.content)
                return True
        return False

    def check_whole(self) -> None:
        """Raises Unreadable where the end is not there, or no page is reached from a root."""
        tail = self.content.rstrip(b"\0\t\n\f\r ")[-TAIL:]
        linearized = _LINEARIZED.search(self.content, 0, 1024 + TAIL)
        if b"%%EOF" not in tail or b"startxref" not in tail:
            raise Unreadable("pdf_cut")
        if linearized and int(linearized[1] or linearized[2]) > len(self.content):
            raise Unreadable("pdf_cut")
        if not any(self._leads_to_a_page(int(found[1])) for found in _ROOT.finditer(self.content)):
            raise Unreadable("pdf_no_page")

    def _leads_to_a_page(self, root: int) -> bool:
        waiting: list[Any] = [value.get("Pages") for value in self._objects(root) if isinstance(value, dict)]
        seen: set[int] = set()
        while waiting:
            one = waiting.pop()
            if isinstance(one, list):
                waiting += one
            elif isinstance(one, dict):
                if "Kids" not in one and ("Page" in _either(one.get("Type")) or "Parent" in one):
                    return True
                waiting.append(one.get("Kids"))
            elif isinstance(one, Reference) and one not in seen:
                seen.add(one)
                waiting += self._objects(one)
        return False

    def _check_packed(self, head: dict[str, Any], start: int, obj: int) -> None:
        first = head.get("First")
        if type(first) is not int or any(isinstance(value, Several) for value in head.values()):
            raise Unreadable("pdf_unreadable")
        data = self._decrypted(head, start, obj) if self._encryption else _unpacked(self.content, head, start)
        numbers = [int(number) for number in _NUMBER.findall(data[:first])]
        worth_reading = _WORTH_READING.search(data) is not None
        for number, offset in zip(numbers[::2], numbers[1::2], strict=False):
            self.packed.setdefault(number, []).append((data, first + offset))
            if worth_reading:
                self._judge(_value(data, first + offset, len(data))[0])
        place = 0
        while worth_reading and place < len(data):
            value, following = _value(data, place, len(data))
            self._judge(value)
            place = max(following, place + 1)

    def _decrypted(self, head: dict[str, Any], start: int, obj: int) -> bytes:
        """What an object stream holds that is encrypted for everybody who opens the file."""
        named = _NUMBER_BEFORE.search(self.content, max(0, obj - 40), obj)
        length = head.get("Length")
        if isinstance(length, Reference):
            length = next((value for value in self._objects(length) if type(value) is int), None)
        if named is None or type(length) is not int:
            raise Unreadable("pdf_unreadable")
        try:
            cipher = self._encryption._make_crypt_filter(int(named[1]), int(named[2])).stm_crypt
            plain = cipher.decrypt(self.content[start : start + length])
        except Exception:  # of a library, over whatever somebody has made up
            raise Unreadable("pdf_unreadable") from None
        return _unpacked(plain, {**head, "Length": len(plain)}, 0)

    def _check_set_off(self, action: Any, seen: set[int]) -> None:
        """Raises Unreadable where it does more than show another place of the same document."""
        for one in _all(action):
            if isinstance(one, dict):
                if any(isinstance(kind, Name) and kind not in _HARMLESS for kind in _either(one.get("S"))):
                    raise Unreadable("pdf_active")
            elif isinstance(one, Reference) and one not in seen:
                seen.add(one)
                for value in self._objects(one):
                    if not isinstance(value, dict) or "S" in value or value.get("Type") not in _SHOWN:
                        self._check_set_off(value, seen)

    def _objects(self, number: int) -> Iterator[Any]:
        """Whatever the file has under a number."""
        if self._places is None:
            self._places = {}
            for found in _NUMBERED.finditer(self.content):
                self._places.setdefault(int(found[1]), []).append(found.end())
        for place in self._places.get(number, ()):
            yield _value(self.content, place, place + MOST_OBJECT)[0]
        for data, place in self.packed.get(number, ()):
            yield _value(data, place, len(data))[0]


def _encrypts(trailer: dict[str, Any]) -> bool:
    return any(isinstance(inside, (dict, Reference)) for inside in _either(trailer.get("Encrypt")))


def _lies_elsewhere(one: dict[str, Any]) -> bool:
    """A file at an address, a stream whose content is in another file, a drawing that shows a page of another file."""
    stream = "Length" in one
    if any(isinstance(place, Name) and place == "URL" for place in _either(one.get("FS"))):
        return True
    return (stream and ("F" in one or "FFilter" in one)) or ("Ref" in one and (stream or "Form" in _either(one.get("Subtype"))))


def _opened(content: bytes) -> Any:
    """What decrypts the file as every program does that opens it without a password. Raises Unreadable."""
    from pypdf import PdfReader  # for those files alone

    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        opens = reader.is_encrypted and bool(reader.decrypt(""))
        asks = reader.is_encrypted and not opens
    except Exception:  # of a library, over whatever somebody has made up
        raise Unreadable("pdf_encrypted") from None
    if not opens:
        raise Unreadable("pdf_password" if asks else "pdf_encrypted")
    return reader._encryption


def _either(value: Any) -> list[Any]:
    return value if isinstance(value, Several) else [value]


def _is_object_stream(head: dict[str, Any]) -> bool:
    return "ObjStm" in _either(head.get("Type")) or ("First" in head and "N" in head)


def _unpacked(content: bytes, head: dict[str, Any], start: int) -> bytes:
    """What an object stream holds. Raises Unreadable for what no usual program writes: other filters, predictors, content elsewhere."""
    filters = head.get("Filter")
    filters = [] if filters is None else filters if isinstance(filters, list) else [filters]
    if "F" in head or any(isinstance(one, Reference) or _predicts(one) for one in _all(head.get("DecodeParms"))):
        raise Unreadable("pdf_unreadable")
    stated = head["Length"] if type(head.get("Length")) is int else 0
    found = content.find(b"endstream", start)
    end = max(start + stated, found if found >= 0 else len(content))
    data = content[start:end]
    for place, one in enumerate(filters):
        kind = _FILTERS.get(one) if isinstance(one, Name) else None
        if kind is None:
            raise Unreadable("pdf_unreadable")
        plain, whole = _decoded(kind, data)
        if not whole and place == 0:  # what marks an end may be content
            plain, _whole = _decoded(kind, content[start:])
        data = plain
    return data


def _predicts(parameters: Any) -> bool:
    return isinstance(parameters, dict) and parameters.get("Predictor", 1) != 1


def _decoded(kind: str, data: bytes) -> tuple[bytes, bool]:
    """What was encoded, and whether its end was there."""
    try:
        if kind == "hex":
            text, end, _behind = data.partition(b">")
            digits = re.sub(rb"[\0\t\n\f\r ]", b"", text).decode("ascii")
            return bytes.fromhex(digits + "0" * (len(digits) % 2)), bool(end)
        if kind == "ascii85":
            text, end, _behind = data.partition(b"~")
            return base64.a85decode(text.strip().removeprefix(b"<~"), ignorechars=b"\0\t\n\f\r "), bool(end)
        inflater = zlib.decompressobj()
        plain = inflater.decompress(data, MOST_OBJECTS)
    except (zlib.error, ValueError):
        raise Unreadable("pdf_unreadable") from None
    if inflater.unconsumed_tail:
        raise Unreadable("pdf_unreadable")
    return plain, inflater.eof


def _all(value: Any) -> Iterator[Any]:
    """A value and whatever is in it; keys of dictionaries as names."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += [*map(Name, one), *one.values()]


def _value(content: bytes, place: int, most: int) -> tuple[Any, int]:
    """The value that stands at a place, and where it ends. What is left open at the end of the file ends there.

    Raises Unreadable for an object that is longer or deeper than any honest one.
    """
    open_values: list[list[Any]] = []
    kinds: list[bytes] = []
    while True:
        token = _TOKEN.match(content, place)
        if token is None:
            place = len(content)
            value: Any = None
            while open_values:
                value = _closed(kinds.pop(), open_values.pop())
                if open_values:
                    open_values[-1].append(value)
            return value, place
        if token.end() > most or len(open_values) > DEEPEST:
            raise Unreadable("pdf_unreadable")
        place = token.end()
        if name := token["name"]:
            value = Name(_ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), name[1:]).decode("latin-1"))
        elif token["text"]:
            value, place = b"", _end_of_text(content, place)
        elif mark := token["mark"]:
            if mark in (b"<<", b"["):
                open_values.append([])
                kinds.append(mark)
                continue
            if not open_values:
                return None, place
            value = _closed(kinds.pop(), open_values.pop())
        elif word := token["word"]:
            if word in (b"endobj", b"stream", b"endstream", b"obj") and not open_values:
                return None, token.start("word")
            if word == b"R" and open_values and len(open_values[-1]) > 1 and isinstance(open_values[-1][-2], int):
                open_values[-1].pop()
                value = Reference(open_values[-1].pop())
            else:
                value = int(word) if _NUMBER.fullmatch(word) else None if word == b"null" else b""
        else:
            value = b""
        if not open_values:
            return value, place
        open_values[-1].append(value)


def _closed(kind: bytes, inside: list[Any]) -> Any:
    if kind == b"[":
        return inside
    made: dict[str, Any] = {}
    key: Name | None = None
    for one in inside:
        if key is None:
            if isinstance(one, Name):
                key = one
            else:
                made[""] = Several([*_either(made.get("")), one])
        else:
            made[key] = Several([*_either(made[key]), one]) if key in made else one
            key = None
    if key is not None:
        made.setdefault(key, None)
    return made


def _end_of_text(content: bytes, place: int) -> int:
    depth = 1
    for mark in _IN_TEXT.finditer(content, place):
        depth += {b"(": 1, b")": -1}.get(mark[0], 0)
        if not depth:
            return mark.end()
    return len(content)


if __name__ == "__main__":
    limit()
    try:
        check_content(sys.stdin.buffer.read())
        result: dict[str, object] = {"active": False}
    except (Unreadable, MemoryError, RecursionError) as error:
        result = failure(error)
    told(result, sys.stdout)
