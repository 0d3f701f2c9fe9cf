"""Shell completion: the scripts, and the names that the specs know."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

from jobtwin.errors import SpecRefused
from jobtwin.lifecycle import Machine
from jobtwin.openapi import load, spec_folder

_INSTALL = {
    "bash": 'put into ~/.bashrc: eval "$(jobtwin completion bash)"',
    "zsh": 'put into ~/.zshrc: eval "$(jobtwin completion zsh)"',
    "fish": "say: jobtwin completion fish > ~/.config/fish/completions/jobtwin.fish",
}


@click.command(epilog='Example: eval "$(jobtwin completion bash)"')
@click.argument("shell", type=click.Choice(list(_INSTALL)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes jobtwin's words in SHELL.

    Its last line says how to install it. Names of APIs, machines and scenarios are completed, too:
    those of the specs that come with jobtwin.
    """
    script = get_completion_class(shell)
    if script is None:
        raise click.ClickException(f"click cannot complete in {shell}")
    command = context.find_root().command
    click.echo(script(command, {}, "jobtwin", "_JOBTWIN_COMPLETE").source().rstrip())
    click.echo(f"# To install it, {_INSTALL[shell]}")


def apis(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Names of APIs that begin so."""
    return [CompletionItem(name) for name in _names() if name.startswith(begun)]


def machines(
    context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    """Names of the machines of the API that stands before."""
    found = _machines(context)
    return [CompletionItem(m.name, help=m.summary) for m in found if m.name.startswith(begun)]


def scenarios(
    context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    """Names of the scenarios of the API, and the machine, that stand before."""
    chosen = context.params.get("machine")
    found = {
        scenario.name: scenario.summary
        for machine in _machines(context)
        if chosen in (None, machine.name)
        for scenario in machine.scenarios.values()
    }
    return [CompletionItem(n, help=says) for n, says in found.items() if n.startswith(begun)]


def _names() -> list[str]:
    stems = (path.stem for path in spec_folder().glob("*.yaml"))
    return sorted(stem for stem in stems if stem != "control")


def _machines(context: click.Context) -> list[Machine]:
    # Where a flag still lacks its value, click leaves what stood before it unread.
    api = context.params.get("api") or next(iter(context.args), None)
    if api not in _names():
        return []
    try:
        return list(load(spec_folder() / f"{api}.yaml").jobs.values())
    except SpecRefused:
        return []
