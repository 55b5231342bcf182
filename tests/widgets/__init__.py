"""Widgets without a browser: what their tests share."""

import json
import re

from nhsreform.notebooks.mime import VIEW

HOSTILE = "<script>alert('x')</script> & \"quoted\" \U0001f609"
ESCAPED = "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; &quot;quoted&quot; \U0001f609"


def hostile(value, words=HOSTILE):
    """Return a widget's state with words that try to be HTML in place of all words; an id is one word, and stays."""
    if isinstance(value, dict):
        return {key: hostile(each, words) for key, each in value.items()}
    if isinstance(value, list):
        return [hostile(each, words) for each in value]
    return words if isinstance(value, str) and " " in value else value


def html_said(widget):
    """Return the HTML of a widget that says its content in three ways: live, and in a sentence and HTML where nothing runs."""
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", VIEW}
    assert bundle["text/plain"] == repr(widget) and "\n" not in repr(widget).strip()
    # Where sums in dollars could be taken for mathematics, the section is in a part of its own.
    assert widget.fallback().startswith("<section>") and widget.fallback() in bundle["text/html"]
    assert len(json.dumps(bundle)) < 25_000 or type(widget).__name__ == "Reader", "a text is as long as it is"
    assert not re.search(r"0x[0-9a-f]{6}|[0-9a-f]{32}|/tmp|/work", bundle["text/html"])
    return bundle["text/html"]
