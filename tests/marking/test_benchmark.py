"""The benchmark's made-up class: notebooks that nbval and nbgrader can read too, or there is nothing to compare with."""

import nbformat
import pytest
from benchmarks import marking as benchmark

from tests.marking.made_up_notebooks import EXERCISES


# The cells made up here have no ids, and the older form asks for none.
@pytest.mark.filterwarnings("ignore::nbformat.warnings.MissingIDFieldWarning")
def test_its_whole_notebooks_are_notebooks(tmp_path):
    whole = benchmark.build(tmp_path, 10)
    assert len(whole) == 9 * len(EXERCISES)
    for path in whole:
        nbformat.validate(nbformat.read(path, as_version=4), version=4, version_minor=4, relax_add_props=True)
