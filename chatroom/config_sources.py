"""Sources of settings, in ascending order: defaults, TOML file, environment, command line.

Reading is strict. An unknown key or a wrong type is a :class:`StartError` that names its source and
key. Only environment variables, which are text, are converted. ``rates.messages.burst`` is
``[rates.messages] burst = 20`` in the file and ``CHATROOM_RATES_MESSAGES_BURST`` in the
environment. Ranges are checked when settings are read; code that builds a Config may exceed them.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import attrs
from cattrs import ClassValidationError, Converter, transform_error
from cattrs.gen import make_dict_structure_fn

from .config import Config
from .errors import StartError
from .setting_types import some_text

PREFIX: Final = "CHATROOM_"
CONFIG_VARIABLE: Final = "CHATROOM_CONFIG"
"""Names the settings file, so it is not a setting."""

# Kubernetes sets variables with these prefixes for a service called "chatroom". No setting has one.
_FOREIGN: Final = ("CHATROOM_SERVICE_", "CHATROOM_PORT")


def load(file: Path | None, environment: Mapping[str, str], flags: Mapping[str, object]) -> Config:
    """Return the settings of all sources. A flag that is None was not given.

    :raises StartError: names the source and the wrong key.
    """
    config = Config()
    if file is not None:
        config = _overlaid(config, _read(file), str(file))
    for variable, value in _from_environment(environment):
        config = _overlaid(config, value, variable)
    for name, flag in flags.items():
        if flag is not None:
            config = _overlaid(config, {name: flag}, f"--{name.replace('_', '-')}")
    return config


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise StartError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StartError(f"{file}: not TOML: {error}") from None


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    settings = {PREFIX + "_".join(path).upper(): (path, kind) for path, kind in _leaves(Config)}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or variable.startswith(_FOREIGN):
            continue
        if variable == CONFIG_VARIABLE:
            continue
        if variable not in settings:
            raise StartError(f"{variable}: unknown setting")
        path, kind = settings[variable]
        value: Any = _from_text(text, kind)
        for key in reversed(path):
            value = {key: value}
        yield variable, value


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
    if extra := getattr(error, "extra_fields", None):
        return f"unknown setting: {', '.join(sorted(extra))}"
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
