"""Replaces the functions of `time` and `asyncio` with a sandbox's clock for the code under test."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import FunctionType, ModuleType
from typing import Any, Protocol

from jobtwin.testing.machine import keeps_machine_time

Function = Callable[..., Any]


class SandboxTime(Protocol):
    """The clock of a sandbox."""

    def time(self) -> float:
        """Returns seconds since 1970."""

    def sleep(self, seconds: float, /) -> None:
        """Advances by some seconds."""

    async def asleep(self, seconds: float, /) -> None:
        """Advances by some seconds, for code that awaits."""


_INFRASTRUCTURE = {
    *sys.stdlib_module_names,
    *("_pytest", "pluggy", "pytest", "pytest_asyncio", "xdist", "execnet", "hypothesis"),
    *("anyio", "h11", "h2", "httpcore", "httptools", "httpx", "outcome", "sniffio", "trio"),
    *("aiohttp", "requests", "urllib3", "uvicorn", "uvloop", "starlette", "connexion"),
    *("jobcall", "jobtwin", "jobwait.sending"),
}
"""Packages that keep the machine's time, so that their own timeouts are real."""

_SLEEPS = {"anyio": "sleep", "trio": "sleep"}
"""Functions that sleep like `asyncio.sleep`, replaced if their package is loaded."""


@contextmanager
def patched(clock: SandboxTime, modules: tuple[str | ModuleType, ...]) -> Iterator[None]:
    """Gives the clock's time to code in these modules, or in all modules but infrastructure.

    Imported names (`from time import sleep`) and defaults of parameters (`sleep=time.sleep`) are
    replaced as well.
    """
    names = tuple(each if isinstance(each, str) else each.__name__ for each in modules)
    replaced = {real: _chosen(real, new, names) for real, new in _functions(clock).items()}
    with ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if isinstance(module, ModuleType) and (_is_home(name) or _applies(name, names)):
                _replace(stack, module, replaced)
        yield


def _functions(clock: SandboxTime) -> Mapping[Function, Function]:
    """Returns the sandbox's replacement for each function of the machine's time."""
    # Continues from the machine's value, so that differences across the patch are meaningful.
    ahead = time.monotonic() - clock.time()
    found: dict[Function, Function] = {
        time.time: clock.time,
        time.time_ns: lambda: int(clock.time() * 1e9),
        time.monotonic: lambda: clock.time() + ahead,
        time.monotonic_ns: lambda: int((clock.time() + ahead) * 1e9),
        time.sleep: clock.sleep,
        asyncio.sleep: _awaited(clock),
    }
    for package, name in _SLEEPS.items():
        if package in sys.modules:
            found[getattr(sys.modules[package], name)] = _awaited(clock)
    return found


def _awaited(clock: SandboxTime) -> Function:
    async def sleep(delay: float, result: Any = None) -> Any:
        await clock.asleep(delay)
        return result

    return sleep


def _chosen(real: Function, new: Function, names: tuple[str, ...]) -> Function:
    """Returns a function that uses the sandbox's time for code under test, or the machine's."""

    def function(*args: Any, **kwargs: Any) -> Any:
        caller = str(sys._getframe(1).f_globals.get("__name__"))  # noqa: SLF001 - the one way to know
        applies = _applies(caller, names) and not keeps_machine_time()
        return (new if applies else real)(*args, **kwargs)

    return function


def _is_home(module: str) -> bool:
    return module in ("time", "asyncio", *_SLEEPS)


def _applies(module: str, names: tuple[str, ...]) -> bool:
    """Returns True if a module is code under test."""
    if names:
        return any(module == name or module.startswith(f"{name}.") for name in names)
    if module == "__main__":
        return True
    return not {module, module.partition(".")[0]} & _INFRASTRUCTURE


def _replace(stack: ExitStack, module: ModuleType, replaced: Mapping[Function, Function]) -> None:
    """Temporarily replaces the functions among a module's names and its functions' defaults."""
    for name, value in list(vars(module).items()):
        if new := _new(value, replaced):
            setattr(module, name, new)
            stack.callback(setattr, module, name, value)
        elif isinstance(value, FunctionType) and value.__module__ == module.__name__:
            _replace_defaults(stack, value, replaced)


def _replace_defaults(
    stack: ExitStack, function: FunctionType, replaced: Mapping[Function, Function]
) -> None:
    plain, named = function.__defaults__ or (), function.__kwdefaults__ or {}
    if any(_new(value, replaced) for value in plain):
        stack.callback(setattr, function, "__defaults__", plain)
        function.__defaults__ = tuple(_new(value, replaced) or value for value in plain)
    _replace_named(stack, function, named, replaced)


def _replace_named(
    stack: ExitStack,
    function: FunctionType,
    named: dict[str, Any],
    replaced: Mapping[Function, Function],
) -> None:
    if any(_new(value, replaced) for value in named.values()):
        stack.callback(setattr, function, "__kwdefaults__", named)
        function.__kwdefaults__ = {k: _new(v, replaced) or v for k, v in named.items()}


def _new(value: Any, replaced: Mapping[Function, Function]) -> Function | None:
    # Values of modules may be unhashable, or have unusual comparisons.
    return next((new for real, new in replaced.items() if real is value), None)
