"""Every command of ours explains itself in the reader's language, Vietnamese first."""

from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator

import pytest
from django.core.management import BaseCommand, get_commands, load_command_class
from django.utils.translation import override

COMMANDS = {name: app for name, app in get_commands().items() if app in {"inspections", "api"}}
COMMON = {action.dest for action in BaseCommand().create_parser("manage.py", "x")._actions}


def told(parser: ArgumentParser, name: str) -> Iterator[tuple[str, str | None]]:
    """Yield what a command, its steps and its options say of themselves."""
    yield name, parser.description
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            for choice in action._choices_actions:
                yield f"{name} {choice.dest}", choice.help
            for step, sub_parser in action.choices.items():
                yield from told(sub_parser, f"{name} {step}")
        elif action.dest not in COMMON:
            yield f"{name} {action.dest}", action.help


def told_in(language: str, command: str) -> dict[str, str | None]:
    with override(language):
        parser = load_command_class(COMMANDS[command], command).create_parser("manage.py", command)
        return dict(told(parser, command))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_explains_all_that_it_takes_in_either_language(command: str) -> None:
    vietnamese, english = told_in("vi", command), told_in("en", command)
    same_in_both = {name for name, text in english.items() if vietnamese[name] == text}
    assert {name for name, text in vietnamese.items() if not text} == set()
    assert same_in_both == set()


def test_nobody_need_ask_for_vietnamese() -> None:
    parser = load_command_class("inspections", "import").create_parser("manage.py", "import")
    assert "Nhiệm vụ" in parser.format_help()
