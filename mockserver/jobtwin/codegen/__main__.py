"""`python -m jobtwin.codegen`: generates generated/ from specs/, or checks that it is up to date."""

import sys
from pathlib import Path

import click

from jobtwin.codegen.output import differences, find_specs, replace, update
from jobtwin.codegen.packages import GenerationError
from jobtwin.errors import SpecRefused

HOME = Path(__file__).resolve().parents[3]
SHOWN = 20

at = click.Path(path_type=Path)
from_specs = click.option(
    "--specs", "home", type=at, default=HOME / "specs", help="The directory of all specs."
)
to_output = click.option(
    "--output", type=at, default=HOME / "generated", help="The directory that holds jobclients/."
)


@click.group()
def main() -> None:
    """Make generated/ from specs/."""


@main.command()
@click.argument("spec", nargs=-1, type=at)
@from_specs
@to_output
def generate(spec: tuple[Path, ...], home: Path, output: Path) -> None:
    """Write the package of each SPEC anew, or all of the output when none is named."""
    try:
        if spec:
            update(spec, output, click.echo)
        else:
            replace(find_specs(home), output, click.echo)
    except (GenerationError, SpecRefused) as error:
        sys.exit(str(error))


@main.command()
@from_specs
@to_output
def check(home: Path, output: Path) -> None:
    """Fail when the output is not, to the byte, what the specs make."""
    try:
        found = differences(find_specs(home), output)
    except (GenerationError, SpecRefused) as error:
        sys.exit(str(error))
    if found:
        more = [f"… and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        sys.exit("\n".join([*found[:SHOWN], *more, "mend with: make generate"]))
    click.echo(f"{output.name}/ is what {home.name}/ makes")


if __name__ == "__main__":
    main(prog_name="python -m jobtwin.codegen")
