"""The schema, in numbered steps that every database takes in the same order."""

from importlib import resources

from ..core.errors import ConfigError


def migrations() -> list[tuple[int, str]]:
    """Number and SQL of each migration, in order."""
    folder = resources.files(__package__) / "migrations"
    files = sorted((file.name, file.read_text()) for file in folder.iterdir() if file.name.endswith(".sql"))
    return [(int(name.split("_", 1)[0]), sql) for name, sql in files]


def refuse_newer(place: object, done: int, known: int) -> None:
    """:raises ConfigError: the database has migrations that this software does not know"""
    if done > known:
        raise ConfigError(
            f"VERIFIER_DATABASE_URL: {place} was written by a newer version (schema {done}, this one knows {known}): "
            f"run that version."
        )
