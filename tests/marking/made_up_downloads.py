"""Whole classes in the forms of Moodle and Canvas: a download, and the worksheet that goes with it; one file in ten is odd."""

import csv
import io
import json
import zipfile
from itertools import cycle, islice

from tests.marking.made_up_notebooks import as_bytes, code, with_answers, worked, wrong

ONE = "01-joint-report"
FIRST = ("Ada", "Zoë", "Siân", "Łukasz", "Mohammed", "小明", "Ana María", "Jo", "Priya", "Owen")
LAST = ("Lovelace", "Müller", "O'Brien", "Żak", "Al-Ahmad", "王", "Núñez", "Smith", "Patel", "Jones")
LAST_MODIFIED = "Friday, 20 November 2026, 3:00 PM"


def names(count):
    """Return that many names, no two alike."""
    return [f"{FIRST[n % 10]} {LAST[n // 10 % 10]}{' ' + chr(65 + n // 100) if n >= 100 else ''}" for n in range(count)]


def _without(name, question):
    """A notebook whose answer cell of a question was deleted, and its answer typed into text."""
    learner = worked(name)
    for cell in learner["cells"]:
        if cell["metadata"].get("nhsreform", {}).get("question") == question and "answer" in cell["metadata"]["tags"]:
            cell["cell_type"] = "markdown"
            cell.pop("outputs", None)
            cell.pop("execution_count", None)
    return learner


def partly(name):
    """A learner's notebook in which one answer was not tried."""
    first = f"{int(name[:2])}.1"
    return with_answers(name, {first: f"q{first.replace('.', '_')} = ..."})


def odd_hand_ins(name=ONE):
    """Return {kind: files by name}, each as some student hands in."""
    first = f"{int(name[:2])}.1"
    variable = f"q{first.replace('.', '_')}"
    right = as_bytes(worked(name))
    return {
        "empty": {f"{name}.ipynb": b""},
        "torn": {f"{name}.ipynb": right[:-3000]},
        "printed": {f"{name}.ipynb": as_bytes(with_answers(name, {first: "print('include')"}))},
        "renamed": {f"{name}.ipynb": as_bytes(with_answers(name, {first: f"my_{variable} = 'include'"}))},
        "in text": {f"{name}.ipynb": as_bytes(_without(name, first))},
        "word": {"essay.docx": b"PK\x03\x04 no notebook"},
        "blank twin": {f"{name}.ipynb": right, f"{name} (1).ipynb": as_bytes(with_answers(name, {first: f"{variable} = ..."}))},
        "crash": {f"{name}.ipynb": as_bytes(with_answers(name, {first: "1 / 0"}))},
        "no quotes": {f"{name}.ipynb": as_bytes(with_answers(name, {first: f"{variable} = include"}))},
        "other notebook": {"holiday.ipynb": as_bytes(code("mine = 1"))},
    }  # fmt: skip


def hand_ins(count, name=ONE, odd=10):
    """Return [(student, kind, files)]: of each `odd` students one hands in something odd; of the others half are all right."""
    kinds = islice(cycle(odd_hand_ins(name).items()), count)
    class_ = []
    for number, student in enumerate(names(count)):
        if number % odd == odd - 1:
            kind, files = next(kinds)
        else:
            kind = ("right", "wrong", "partly")[number % 3]
            learner = wrong(name) if kind == "wrong" else worked(name) if kind == "right" else partly(name)
            learner["cells"].append(code(f"mine = {number}")["cells"][0])
            files = {f"{name}.ipynb": as_bytes(learner)}
        class_.append((student, kind, files))
    return class_


def moodle(folder, class_, top=4):
    """Write a Moodle download and its worksheet into a folder."""
    rows = []
    with zipfile.ZipFile(folder / "submissions.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (student, _, files) in enumerate(class_, 2001):
            for name, data in files.items():
                archive.writestr(f"{student}_{number}_assignsubmission_file/{name}", data)
            cells = [f"Participant {number}", student, f"s{number}@example.org", "Submitted for grading", ""]
            rows.append([*cells, f"{top:.2f}", "Yes", LAST_MODIFIED, "-", ""])
    head = "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission),Last modified (grade),Feedback comments"
    _write(folder / "worksheet.csv", [head.split(","), *rows])


def canvas(folder, class_, top=4):
    """Write a Canvas download and its gradebook into a folder."""
    rows = [["    Points Possible", "", "", "", "", top, "(read only)"]]
    with zipfile.ZipFile(folder / "submissions.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (student, _, files) in enumerate(class_, 77):
            first, _, last = student.partition(" ")
            squeezed = "".join(sign for sign in f"{last}{first}".lower() if sign.isalnum())
            for at, (name, data) in enumerate(files.items()):
                archive.writestr(f"{squeezed}_{number}_{9000 + 10 * number + at}_{name}", data)
            rows.append([f"{last}, {first}", number, f"S{number}", f"u{number}", "Seminar 1", "", 0])
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Exercise 01 (5501)", "Final Score"]
    _write(folder / "gradebook.csv", [head, *rows])


def _write(path, rows):
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    path.write_bytes(stream.getvalue().encode("utf-8-sig"))


def read_zip(path):
    """Return {name: content} of a zip."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def cell_texts(notebook):
    """Return what stands in a notebook's cells."""
    return ["".join(cell["source"]) for cell in json.loads(notebook)["cells"]]
