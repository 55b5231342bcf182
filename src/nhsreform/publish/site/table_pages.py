"""The tables as pages of the reading edition: one for each table, with every row, and one that lists them."""

from __future__ import annotations

from html import escape
from typing import Any

from nhsreform.checkout import checkout
from nhsreform.debate.card import KEPT_BACK_SENTENCE, OPEN_COLUMNS
from nhsreform.publish.site.pages import linked, raw, wide
from nhsreform.text.csv_files import rows_of

# A cell of this many characters is a sentence, and gets room; a shorter one stays on one line.
_SENTENCE, _WORD = 60, 28


def table_page(resource: dict[str, Any], kept_back: set[str]) -> str:
    """Return a page on one table: what it holds, what each column means, and every row.

    `kept_back` are the ids of claims whose codes are left out, because notebook 06 asks the learner to code them.
    """
    fields = resource["schema"]["fields"]
    rows = rows_of(checkout() / "data" / resource["path"], [])
    left_out = ""
    if resource["name"] == "claims":
        rows = [_open(row) if row["claim_id"] in kept_back else row for row in rows]
        left_out = f"Of {len(kept_back)} claims the codes are left out here: notebook 06 asks you to code them."
    elif resource["name"] == "codings":
        rows = [row for row in rows if row["claim_id"] not in kept_back]
        left_out = f"The rows on {len(kept_back)} claims are left out here: notebook 06 asks you to code them."
    key = resource["schema"].get("primaryKey", [])
    key = [key] if isinstance(key, str) else key
    columns = "".join(
        f"<tr><th scope='row'><code>{escape(field['name'])}</code></th><td>{escape(field['type'])}</td>"
        f"<td class='long'>{escape(field['description'])}</td><td>{_limits(field)}</td></tr>\n"
        for field in fields
    )
    heads = "".join(f"<th scope='col'>{escape(name)}</th>" for name in ("column", "type", "what it holds", "limits"))
    return "\n".join(
        [
            f"# {resource['title']}",
            "",
            f"The table `{resource['name']}`. {resource['description']}",
            "",
            *([left_out, ""] if left_out else []),
            f"How it was made: {resource['howMade']}",
            "",
            "## What each column means",
            "",
            raw(
                f"{wide('What each column means')}<table class='dictionary'><thead><tr>{heads}</tr></thead>\n"
                f"<tbody>{columns}</tbody></table></div>"
            ),
            "## Every row" if len(rows) > 1 else "## The row",
            "",
            raw(_rows_html(resource["title"], [field["name"] for field in fields], rows, key)),
        ]
    )


def _open(row: dict[str, str]) -> dict[str, str]:
    """Return a kept-back claim with its codes taken out."""
    shown = {name: value if name in OPEN_COLUMNS else "" for name, value in row.items()}
    return shown | {"paraphrase": KEPT_BACK_SENTENCE}


def _limits(field: dict[str, Any]) -> str:
    limits = field.get("constraints", {})
    parts = [", ".join(f"<code>{escape(str(code))}</code>" for code in limits.get("enum", []))]
    if "minimum" in limits:
        parts.append(
            f"{limits['minimum']} to {limits['maximum']}" if "maximum" in limits else f"from {limits['minimum']}"
        )
    if field.get("unit"):
        parts.append(escape(field["unit"]))
    return "; ".join(part for part in parts if part)


def _rows_html(label: str, names: list[str], rows: list[dict[str, str]], key: list[str]) -> str:
    longest = {name: max((len(row[name]) for row in rows), default=0) for name in names}
    kinds = {
        name: " class='long'" if longest[name] > _SENTENCE else " class='short'" if longest[name] <= _WORD else ""
        for name in names
    }
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in names)
    body = []
    for row in rows:
        cells = "".join(
            f"<th scope='row'{kinds[name]}>{escape(row[name])}</th>"
            if [name] == key
            else f"<td{kinds[name]}>{linked(row[name])}</td>"
            for name in names
        )
        anchor = f" id='row-{escape(row[key[0]])}'" if len(key) == 1 else ""
        body.append(f"<tr{anchor}>{cells}</tr>\n")
    opening = wide(f"{label}: {len(rows)} rows").replace('class="wide"', 'class="wide rows"')
    return f"{opening}<table><thead><tr>{head}</tr></thead>\n<tbody>{''.join(body)}</tbody></table></div>"


def tables_page(package: dict[str, Any]) -> str:
    """Return the page that lists every table."""
    items = [
        f"- [{resource['title']}]({resource['name']}.md) (`{resource['name']}`): {resource['description']}"
        for resource in package["resources"]
    ]
    return "\n".join(
        [
            "# The tables",
            "",
            "Everything that the notebooks count, quote and draw stands in these tables, every row of them. In the pack they",
            'are CSV files in the folder `data`, and `nr.table("claims")` gives one as a pandas DataFrame.',
            "",
            "Our own words and codes are under CC BY 4.0. The five texts and the quotations from them (`exact`, `prefix`,",
            "`suffix`, `condition` and the like) are not ours to license:",
            "see [where the texts come from](../texts-from.md).",
            "",
            *items,
        ]
    )
