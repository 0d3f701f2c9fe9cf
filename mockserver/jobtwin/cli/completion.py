"""Shell completion: scripts for shells, and names from the bundled specs."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

from jobtwin.errors import SpecRefused
from jobtwin.lifecycle import Machine
from jobtwin.openapi import load, spec_folder

_INSTALL = {
    "bash": 'add to ~/.bashrc: eval "$(jobtwin completion bash)"',
    "zsh": 'add to ~/.zshrc: eval "$(jobtwin completion zsh)"',
    "fish": "run: jobtwin completion fish > ~/.config/fish/completions/jobtwin.fish",
}


@click.command(epilog='Example: eval "$(jobtwin completion bash)"')
@click.argument("shell", type=click.Choice(list(_INSTALL)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    Its last line explains the installation. Names of APIs, machines and scenarios are completed
    from the bundled specs.
    """
    script = get_completion_class(shell)
    if script is None:
        raise click.ClickException(f"click cannot complete in {shell}")
    command = context.find_root().command
    click.echo(script(command, {}, "jobtwin", "_JOBTWIN_COMPLETE").source().rstrip())
    click.echo(f"# To install it, {_INSTALL[shell]}")


def apis(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Completes names of APIs."""
    return [CompletionItem(name) for name in _names() if name.startswith(begun)]


def machines(
    context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    """Completes names of machines of the API on the command line."""
    found = _machines(context)
    return [CompletionItem(m.name, help=m.summary) for m in found if m.name.startswith(begun)]


def scenarios(
    context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    """Completes names of scenarios of the API, and of the machine, on the command line."""
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
    # While a flag lacks its value, click leaves the arguments before it unparsed.
    api = context.params.get("api") or next(iter(context.args), None)
    if api not in _names():
        return []
    try:
        return list(load(spec_folder() / f"{api}.yaml").jobs.values())
    except SpecRefused:
        return []
