"""The guide to marking: every command, option and picture in it exists."""

import re

import pytest

from nhsreform import commands
from nhsreform.marking.hand_ins import late_work
from tests.marking.made_up_notebooks import ROOT

GUIDE = (ROOT / "teaching" / "marking.md").read_text(encoding="utf-8")
COMMANDS = ["collect", "mark", "gradebook", "feedback", "report", "prose prepare", "prose collect", "release"]


def help_of(command, capsys):
    with pytest.raises(SystemExit) as ended:
        commands.main([*command.split(), "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_every_option_in_the_guide_is_one(capsys):
    helps = {command: help_of(command, capsys) for command in COMMANDS}
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", GUIDE)):
        assert any(re.search(rf"{option}\b", text) for text in helps.values()), option
    written = re.findall(r"nhsreform ((?:prose )?[a-z]+)([^`\n]*)", GUIDE)
    assert {command for command, _ in written} == set(COMMANDS)
    for command, rest in written:
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in helps[command], f"{command} {option}"


def test_its_pictures_are_there_and_small():
    pictures = re.findall(r"!\[[^\]]+\]\((images/[^)]+)\)", GUIDE)
    assert len(pictures) == 2
    for picture in pictures:
        assert (ROOT / "teaching" / picture).stat().st_size < 150_000


def test_its_late_rule_is_read(tmp_path):
    rule = re.search(r"```\n(deadline.*?)```", GUIDE, re.DOTALL)
    (tmp_path / "late.toml").write_text(rule[1], encoding="utf-8")
    read = late_work.read_late_rule(tmp_path / "late.toml")
    assert read.rule == late_work.CAP and read.cap == 0.4
    assert read.due("Ada Lovelace", "01-joint-report") > read.due("Anybody Else", "01-joint-report")
