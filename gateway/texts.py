"""templates/sms/<language>/ in memory: every reply in every language, or no start.

Templates are Jinja2, but what an operator may write is allow-listed on the syntax tree when it is loaded: literal
text, the words of `WORDS`, `if` with comparisons.  No loop, call, filter, attribute or arithmetic: the sandbox alone
does not bound the work of an expression.  What people text is only ever a value.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import concat

from gateway.core.errors import TemplateFault
from gateway.core.query import TextError
from gateway.core.verdicts import Verdict
from gateway.core.wording import JUDGED, Words, fit
from smpp.alphabets import encode

WORDS: dict[str, str | int] = {
    "tail": "1974",
    "length": 20,
    "product": "玉泉白酒",
    "enterprise": "福清玉泉酒业",
    "specification": "500ml",
    "produced": "20080501",
    "expires": "2010-05-01",
    "level": 1,
    "reason": "标签有误",
    "first_time": "05-03 10:21",
    "earlier": 3,
    "callers": 4,
    "others": 3,
    "mine": 2,
    "lines": "尾号1974首查登记有效",
    "limit": 5,
    "batch": "080501",
    "count": 2,
    "days": 365,
}
"""The words that templates may use, each with an example."""

NAMES = (
    *(verdict.value for verdict in JUDGED),
    *(f"line_{verdict.value}" for verdict in JUDGED),
    *(f"error_{error.value}" for error in TextError),
    "line_separator",
    "several",
    "unavailable",
    "help",
    "greeting",
    "stop",
    "report",
    "complaint",
    "context",
    "limited",
    "vague",
    "recall_offer",
    "recall_wished",
    "recall_wished_tail",
    "recall_which",
    "recall_ended",
    "recall_notice",
)
"""The templates that a language has to have."""

_OF_CODE = ("tail", "length")
_OF_REGISTRATION = ("product", "enterprise", "specification", "produced", "expires", "level", "reason")
_OF_HISTORY = ("first_time", "earlier", "callers", "others", "mine")
_ASKED = (Verdict.FIRST, Verdict.REPEATED_SAME, Verdict.REPEATED_OTHER, Verdict.OVER_LIMIT)
_OTHER_WORDS = {
    "several": ("lines",),
    "report": ("tail",),
    "complaint": ("tail",),
    "context": ("tail",),
    "recall_wished": ("tail", "count", "days"),
    "recall_ended": ("count",),
    "recall_notice": ("product", "batch", "reason"),
}


def words_for(name: str) -> tuple[str, ...]:
    """The words that the template `name` may use: those that its reply always has."""
    if name.startswith("error_"):
        return ("limit",)
    judged = next((verdict for verdict in JUDGED if verdict.value == name.removeprefix("line_")), None)
    if judged is None:
        return _OTHER_WORDS.get(name, ())
    if judged is Verdict.UNKNOWN:
        return _OF_CODE
    return _OF_CODE + _OF_REGISTRATION + (_OF_HISTORY if judged in _ASKED else ())


UCS2_PART = 70  # characters of one part, 3GPP 23.040
GSM_PART = 160
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const,
    nodes.If, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip


def overrun(text: str) -> int:
    """How many characters `text` is longer than one SMS part (GSM 7-bit where it fits, else UCS-2)."""
    data_coding, octets = encode(text)
    return len(octets) // 2 - UCS2_PART if data_coding == 8 else len(octets) - GSM_PART


class Texts:
    """All replies, compiled.  `default` is the language for a caller whose language has no templates."""

    def __init__(self, languages: dict[str, dict[str, Template]], default: str) -> None:
        self._languages = languages
        self._default = default

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._languages)

    def render(self, language: str, name: str, words: Words) -> str:
        """The reply `name` in `language`, names not shortened."""
        templates = self._languages.get(language) or self._languages[self._default]
        template = templates[name]
        context = template.new_context(dict(words), shared=True)  # `shared`: no template may use Jinja2's globals
        return concat(template.root_render_func(context))

    def reply(self, language: str, name: str, words: dict[str, str | int]) -> str:
        """The reply `name` in `language`, names shortened so that it fits one part if that is possible."""
        return fit(lambda template, changed: self.render(language, template, changed), name, words, overrun)


def load(folder: Path, default: str = "zh") -> Texts:
    """The templates below `folder`, one sub-folder a language.  Raises TemplateFault with a line for each fault."""
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    faults: list[str] = []
    languages: dict[str, dict[str, Template]] = {}
    for path in sorted(path for path in folder.glob("*") if path.is_dir()) if folder.is_dir() else []:
        languages[path.name] = {name: _compile(environment, path / f"{name}.txt", faults) for name in NAMES}
        faults += [f"{extra}: no reply has this name" for extra in path.glob("*") if extra.stem not in NAMES]
    if default not in languages:
        faults.append(f"{folder / default}: there are no templates in the default language")
    if faults:
        raise TemplateFault("\n".join(faults))
    return Texts(languages, default)


def _compile(environment: ImmutableSandboxedEnvironment, path: Path, faults: list[str]) -> Template:
    """One template, or an empty one and a line in `faults`."""
    try:
        source = path.read_text(encoding="utf-8").rstrip("\n")
        tree = environment.parse(source, filename=str(path))
    except TemplateSyntaxError as exc:
        faults.append(f"{path}:{exc.lineno}: {exc.message}")
    except (OSError, UnicodeDecodeError) as exc:
        faults.append(f"{path}: {getattr(exc, 'strerror', None) or exc}")
    else:
        found = [fault for node in tree.find_all(nodes.Node) if (fault := _fault_of(node, words_for(path.stem)))]
        faults += [f"{path}:{line}: {fault}" for line, fault in found]
        if not found and not (template := environment.from_string(source)).render(WORDS).strip():
            faults.append(f"{path}: says nothing")
        elif not found:
            return template
    return environment.from_string("")


def _fault_of(node: nodes.Node, words: tuple[str, ...]) -> tuple[int, str] | None:
    if not isinstance(node, _ALLOWED):
        return node.lineno, f"{type(node).__name__} is not allowed here: only words, literal text and `if`"
    if isinstance(node, nodes.Name) and node.name not in words:
        return node.lineno, f"there is no word {node.name!r} here; the words are {', '.join(words) or 'none'}"
    return None
