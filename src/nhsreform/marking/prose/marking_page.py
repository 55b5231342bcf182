"""The page on which a question's answers are read, by keyboard, from a plain folder, without a network."""

from __future__ import annotations

import re
from pathlib import Path

from nhsreform.marking.by_hand import digest
from nhsreform.marking.pages.page import page
from nhsreform.marking.prose.codes import Question
from nhsreform.text.html import render
from nhsreform.text.markdown import to_html

_TEMPLATE = Path(__file__).with_name("page.html")


def marking_page(question: Question, asked: str, bank: str, second: bool = False) -> str:
    """Return the page. `asked`: the question in Markdown. `bank`: comments, one a line. `second`: for a second reader."""
    file = f"{'moderation' if second else 'marks'}-{question.question}.csv"
    title = f"Question {question.question}: {'second reading' if second else 'answers to read'}"
    # A heading of the question's would break into the page's own.
    plain = re.sub(r"<(/?)h\d>", lambda tag: "</strong></p>" if tag[1] else "<p><strong>", to_html(asked))
    body = render(
        _TEMPLATE,
        title=title,
        file=file,
        draft=digest({"codes": [answer.code for answer in question.answers], "file": file})[:16],
        question=question.question,
        most=question.max,
        asked=plain,
        bank=bank,
        answers=question.answers,
    )
    return page(title, body, _TEMPLATE.with_suffix(".css"), _TEMPLATE.with_suffix(".js"))
