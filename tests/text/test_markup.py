"""Markdown, HTML that is taken apart, and pages."""

import base64
import hashlib
import re
from xml.etree import ElementTree

import pytest
from jinja2 import UndefinedError

from nhsreform.text import html, html_clean, markdown


@pytest.mark.parametrize(
    ("text", "xhtml"),
    [
        ("One\ntwo.\n\nThree.", "<p>One two.</p><p>Three.</p>"),
        ("- a *b*\n- c\n  d", "<ul><li>a <em>b</em></li><li>c d</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("> **a**\n> b", "<blockquote><p><strong>a</strong> b</p></blockquote>"),
        ("## Title", "<p><strong>Title</strong></p>"),
        ("`a < b` & “c”", "<p><code>a &lt; b</code> &amp; “c”</p>"),
        ("[x](https://a.org/b_(c)?d=1&e=2)", '<p><a href="https://a.org/b_(c)?d=1&amp;e=2">x</a></p>'),
        ("[x](javascript:alert(1)) [y](../data/README.md)", "<p>x y</p>"),
        ("a\\*b q1_1 q1_2", "<p>a*b q1_1 q1_2</p>"),
        ("a  \nb", "<p>a<br/>b</p>"),
    ],
)
def test_markdown_is_xhtml(text, xhtml):
    assert markdown.to_xhtml(text) == xhtml
    ElementTree.fromstring(f"<div>{xhtml}</div>")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a ![b](c.png)", "a picture"),
        ("```\nx\n```", "a block of code"),
        ("|a|\n|-|\n|b|", "a table"),
        ("a <b>c</b>", "HTML"),
        ("<div>\nc\n</div>", "HTML"),
        ("> - a ![b](c.png)", "a picture"),
    ],
)
def test_what_has_no_xhtml_is_refused(text, said):
    with pytest.raises(markdown.MarkupError, match=said):
        markdown.to_xhtml(text)
    assert said in markdown.beyond_xhtml(text)


def test_a_line_is_no_paragraph_and_no_list():
    assert markdown.inline_xhtml("1. *a*\n b") == "1. <em>a</em> b"
    with pytest.raises(markdown.MarkupError):
        markdown.inline_xhtml("<b>a</b>")


def test_the_source_is_cut_into_parts_and_items():
    assert markdown.parts("a\nb\n\n  \n- c\n- d\n") == ["a\nb", "- c\n- d"]
    assert markdown.items("a\n- b") == []


def test_html_is_plain_text():
    assert html_clean.plain("<p>a</p><ul><li>b</li><li>c &amp; d</li></ul><p><em>e</em></p>") == "a\n- b\n- c & d\ne"


def test_every_value_in_a_template_is_escaped_and_must_be_given(tmp_path):
    template = tmp_path / "a.html"
    template.write_text('<p title="{{ name }}">{{ name }} {{ name | by_stranger }} {{ 2 | plural("dog") }}</p>\n')
    said = html.render(template, name='"<b>\u202e')
    assert said == '<p title="&quot;&lt;b&gt;\u202e">&quot;&lt;b&gt;\u202e <bdi>&quot;&lt;b&gt;</bdi> 2 dogs</p>'
    with pytest.raises(UndefinedError):
        html.render(template)


def test_a_page_fetches_nothing_and_runs_its_own_script_alone():
    page = html.page("A <b>", "<p>body</p>", "p { color: red; }\n", "let a = '1' && \"2\";")
    digest = base64.b64encode(hashlib.sha256(re.search("<script>(.*)</script>", page)[1].encode()).digest()).decode()
    assert f"content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'\"" in page
    assert "<title>A &lt;b&gt;</title>" in page and "\n<p>body</p>\n" in page and "p { color: red; }" in page
    plain = html.page("A", "")
    assert "script" not in plain and plain.endswith("</html>\n")
