"""YAML files read through pydantic, with errors that name file, line and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class ConfigurationError(ValueError):
    """A configuration or mapping file is wrong; the message names file, line and remedy."""


class Strict(BaseModel):
    """A part of a configuration: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Loader(yaml.SafeLoader):
    """Dates stay text for the model to read: a day that does not exist is then a fault with its line."""


_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _line(node: yaml.Node | None, place: tuple[int | str, ...]) -> int:
    """Line of the deepest node on the way to `place`, 1-based."""
    line = 1
    for step in place:
        if node is None:
            break
        line = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == step), None)
            if pair is None:
                continue
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif (
            isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value)
        ):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def read_yaml(path: Path, model: type[Model]) -> Model:
    """Read a YAML file into a model.

    Args:
        path: The file.
        model: The pydantic model it must fit.

    Returns:
        The model.

    Raises:
        ConfigurationError: The file is missing, is not YAML, or does not fit; one line per fault.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}); check the path"
        ) from error
    try:
        node = yaml.compose(text, Loader=_Loader)
        data: Any = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not YAML: {error}") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = [
            f"{path}:{_line(node, fault['loc'])}: {'.'.join(map(str, fault['loc']))}: {fault['msg']} "
            f"(found {fault['input']!r})"
            for fault in error.errors()
        ]
        raise ConfigurationError("\n".join(faults)) from error
