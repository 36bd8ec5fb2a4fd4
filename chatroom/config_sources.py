"""Sources of settings, in ascending order: defaults, TOML file, environment, command line.

Reading is strict. An unknown key or a wrong type is a :class:`StartError` that names its source and
key. An unknown variable is only reported, since container platforms set variables with our prefix
for a service called "chatroom". Only environment variables, which are text, are converted.
``rates.messages.burst`` is ``[rates.messages] burst = 20`` in the file and
``CHATROOM_RATES_MESSAGES_BURST`` in the environment. Ranges are checked when settings are read;
code that builds a Config may exceed them.
"""

import difflib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import attrs
from cattrs import ClassValidationError, Converter, ForbiddenExtraKeysError, transform_error
from cattrs.gen import make_dict_structure_fn

from .config import Config
from .errors import StartError
from .frozen import frozen
from .setting_types import some_text

PREFIX: Final = "CHATROOM_"
CONFIG_VARIABLE: Final = "CHATROOM_CONFIG"
"""Names the settings file, so it is not a setting."""


@frozen
class Settings:
    """The settings of all sources.

    :ivar sources: the source of each setting that is in one, by names as ``rates.messages.burst``:
        the file's path, a variable or a flag.
    :ivar unknown: variables with our prefix that are no settings, each with the most similar name
        of a setting in brackets, if one is similar.
    :ivar reload: reads all sources again.
    """

    config: Config
    sources: Mapping[str, str]
    unknown: tuple[str, ...]
    reload: "Callable[[], Settings]"


def load(
    file: Path | None, environment: Mapping[str, str], flags: Mapping[str, object]
) -> Settings:
    """Return the settings of all sources. A flag that is None was not given.

    :raises StartError: names the source and the wrong key.
    """
    config = Config()
    sources: dict[str, str] = {}
    for source, values in chain(
        [] if file is None else [(str(file), _read(file))],
        _from_environment(environment),
        _from_flags(flags),
    ):
        config = _overlaid(config, values, source)
        sources |= dict.fromkeys(_names(values), source)
    again = partial(load, file, environment, flags)
    return Settings(config, sources, tuple(_unknown(environment)), again)


def _names(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Return the names of settings in a nested table."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _names(value, f"{prefix}{key}.")
        else:
            yield prefix + key


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise StartError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StartError(f"{file}: not TOML: {error}") from None


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, kind in _leaves(Config):
        variable = _variable(path)
        if variable in environment:
            value: Any = _from_text(environment[variable], kind)
            for key in reversed(path):
                value = {key: value}
            yield variable, value


def _from_flags(flags: Mapping[str, object]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, value in flags.items():
        if value is not None:
            yield f"--{name.replace('_', '-')}", {name: value}


def _unknown(environment: Mapping[str, str]) -> Iterator[str]:
    known = [CONFIG_VARIABLE, *(_variable(path) for path, _ in _leaves(Config))]
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and variable not in known:
            yield variable + _similar(variable, known)


def _similar(word: str, known: Iterable[str]) -> str:
    """Return a question with the most similar known word in brackets; "" if none is similar."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.8)
    return f" (did you mean {found[0]}?)" if found else ""


def _variable(path: tuple[str, ...]) -> str:
    return PREFIX + "_".join(path).upper()


def _leaves(shape: type[attrs.AttrsInstance]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for field in attrs.fields(shape):
        kind: Any = field.type
        if attrs.has(kind):
            for path, inner in _leaves(kind):
                yield (field.name, *path), inner
        else:
            yield (field.name,), kind


def _from_text(text: str, kind: Any) -> object:
    origin: Any = get_origin(kind)
    if origin in (Union, UnionType):  # Count | None
        return None if text == "" else _from_text(text, get_args(kind)[0])
    if origin is Annotated and get_origin(get_args(kind)[0]) is None:
        try:
            return get_args(kind)[0](text)
        except ValueError:
            pass  # the type's check raises with a message for the operator
    return text


def _overlaid(config: Config, values: Mapping[str, Any], source: str) -> Config:
    merged = _merged(_CONVERTER.unstructure(config), values)
    try:
        return _CONVERTER.structure(merged, Config)
    except ClassValidationError as error:
        # The earlier sources were valid, so the error is in this one.
        problems = transform_error(error, path="", format_exception=_describe)
        raise StartError(f"{source}: {'; '.join(map(_key_first, problems))}") from None


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            value = _merged(under, value)
        merged[key] = value
    return merged


def _key_first(problem: str) -> str:
    what, _, path = problem.rpartition(" @ ")
    key = path.lstrip(".")
    return f"{key}: {what}" if key else what


def _describe(error: BaseException, _type: type | None) -> str:
    if isinstance(error, ForbiddenExtraKeysError):
        known = [field.name for field in attrs.fields(error.cl)]
        return ", ".join(
            f"unknown setting: {key}{_similar(key, known)}" for key in sorted(error.extra_fields)
        )
    return str(error)


# ---- strict reading, by type


def _make_converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(Path, str)
    converter.register_structure_hook(Path, lambda value, _: Path(some_text(value)))
    converter.register_structure_hook_factory(
        _made_of(Literal), lambda kind: _one_of(get_args(kind))
    )
    converter.register_structure_hook_factory(
        _made_of(Annotated), lambda kind: _checked(get_args(kind)[1])
    )
    converter.register_structure_hook_factory(
        attrs.has, lambda shape: _table(make_dict_structure_fn(shape, converter))
    )
    return converter


def _made_of(origin: object) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _one_of(words: tuple[str, ...]) -> Callable[[object, object], Any]:
    def structure(value: object, _: object) -> object:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return value

    return structure


def _checked(check: Callable[[Any], Any]) -> Callable[[object, object], Any]:
    return lambda value, _: check(value)


def _table(structure: Callable[[Any, Any], Any]) -> Callable[[object, object], Any]:
    def structure_table(value: object, shape: object) -> Any:
        if not isinstance(value, dict):
            raise ValueError("must be a table")
        return structure(value, shape)

    return structure_table


_CONVERTER: Final = _make_converter()
