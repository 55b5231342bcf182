"""Every rule the tables and texts keep. Each breach names file, row, column and rule. Called by `nhsreform validate`.

Reads the files with the standard library alone, so that it can say what is wrong with a file that pandas
would refuse or silently mend. A new rule goes into the file that is about its table.
"""

from __future__ import annotations

from nhsreform.checkout import data_folder
from nhsreform.data import tables
from nhsreform.data.validate import coding, schema, small_tables, spans
from nhsreform.data.validate.checker import Checker, Problem


def problems() -> list[Problem]:
    """Return every breach in the checkout's data/ and seeds/; an empty list when all is well."""
    checker = Checker()
    resources = tables.package()["resources"]
    listed = {resource["path"] for resource in resources}
    for path in sorted(data_folder().glob("*.csv")):
        if path.name not in listed:
            checker.say_of(f"data/{path.name}", "is not described in datapackage.json")
    for resource in resources:
        schema.read(checker, resource)
    for resource in resources:
        schema.foreign_keys(checker, resource)
    spans.read_seeds(checker)
    passages = spans.passages(checker)
    spans.claims(checker, passages)
    coding.check(checker)
    spans.figures(checker, passages)
    spans.contact_words(checker, passages)
    small_tables.check(checker)
    return sorted(set(checker.problems))
