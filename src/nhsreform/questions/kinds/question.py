"""What every kind of question has: its fields as they stand in the key, and what a kind has to be able to do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

from nhsreform.questions.judge import Verdict, wrong
from nhsreform.questions.kinds.quiz_item import Gap, Option, Shape, Words
from nhsreform.questions.value import Plain, describe

# A question as JSON, as it stands in key.json once it is opened.
Entry = dict[str, Any]
# An optional field of a key cell, and the type that TOML gives it.
Settings = Mapping[str, type | tuple[type, ...]]


@dataclass(frozen=True, kw_only=True)
class Question(ABC):
    """A question of the key. A subclass adds `answer`, and the fields that its kind's key cell may hold.

    exercise: the notebook's name. core: whether it counts towards marks. minutes: how long it takes. variable: the name
    that a learner sets. untouched: the plain value of the stub. right: what is said to a right answer. hints: one after
    another. why: the reason behind the answer. worked: the code of the worked answer; "" in a bundle for a class.
    """

    kind: ClassVar[str]
    # How a quiz platform asks it.
    shape: ClassVar[Shape]
    # Whether a person marks it, and not the judge.
    by_person: ClassVar[bool] = False
    # What a key cell of this kind may hold besides what every key cell holds, and what it has to, with the words for it.
    settings: ClassVar[Settings] = {}
    needs: ClassVar[Mapping[str, str]] = {}
    # Fields that are named otherwise in the key, because their names there are words of Python's.
    named_in_key: ClassVar[Mapping[str, str]] = {}

    exercise: str = ""
    core: bool = False
    points: int = 0
    minutes: int = 0
    variable: str = ""
    untouched: Plain | None = None
    right: str = ""
    hints: list[str] = field(default_factory=list)
    why: str = ""
    worked: str = ""

    # --- from the key cell ------------------------------------------------------------------------------

    @classmethod
    def read(cls, entry: Entry) -> Self:
        """Return the question of an entry of the key."""
        names = {one.name: cls.named_in_key.get(one.name, one.name) for one in fields(cls)}
        return cls(**{name: entry[in_key] for name, in_key in names.items() if in_key in entry})

    @classmethod
    def answer_of(cls, value: Plain) -> Any:
        """Return the answer that the key holds, of the worked cell's value; None when it cannot answer this kind."""
        return value["value"] if value["type"] == "text" else None

    @classmethod
    def completed(cls, entry: Entry) -> Entry:
        """Return an entry with what the judge will need of the tables and the texts; called when the key is built.

        Raises ValueError with a sentence when the entry does not hold against them, SourceError when a text is missing.
        """
        return entry

    @classmethod
    def opened(cls, entry: Entry) -> Entry:
        """Return an entry with what the judge needs and the key may not hold. Raises SourceError when it is missing."""
        return entry

    def problem(self) -> str:
        """Return a sentence on what does not hold together in the key, such as an option that nobody explains, or ""."""
        return ""

    def named_wrong(self) -> list[tuple[Plain, str]]:
        """Return (value, message) for each wrong answer that the key names."""
        return []

    # --- judging ----------------------------------------------------------------------------------------

    def form(self) -> str:
        """Return a sentence on the form of an answer."""
        return "Give text in quotation marks."

    @abstractmethod
    def judge(self, value: Plain) -> Verdict:
        """Return the verdict on a value that is neither blank nor cut."""

    def not_of_the_form(self, value: Plain) -> Verdict:
        """Return the verdict on a value of another type."""
        return wrong(f"Your answer is {describe(value)}. {self.form()}")

    # --- on a quiz platform -----------------------------------------------------------------------------

    def labels(self) -> list[str]:
        """Return the labels to choose among, in the order of the question; none where nothing is chosen."""
        return []

    def options_shown(self, words: Words) -> tuple[Option, ...]:
        """Return the options as a platform shows them: messages speak of them by their letters, so in this order."""
        return ()

    @abstractmethod
    def gaps(self, words: Words) -> tuple[Gap, ...]:
        """Return what is to be answered, with every answer that is foreseen."""

    def closing(self) -> list[str]:
        """Return sentences to stand below the question."""
        return []

    def changes(self) -> list[str]:
        """Return what a platform asks otherwise than the notebook, in words."""
        return []

    def quoted(self) -> list[str]:
        """Return what the question quotes outside its own words, such as the lines of a match."""
        return []
