"""Reading the environment: what is not of its kind stops the start, with a sentence that says what is."""

from django.core.exceptions import ImproperlyConfigured

from crowd.environment import EnvironmentFileError, told


def text(name: str, default: str = "") -> str:
    """Return the environment's value, or that of the file it names; the default where it is unset or empty."""
    try:
        return told(name) or default
    except EnvironmentFileError as error:
        raise ImproperlyConfigured(str(error)) from None


def flag(name: str, *, default: bool = False) -> bool:
    """Return True for 1, true, yes and on; False for 0, false, no and off; refuse anything else."""
    value = text(name, str(default)).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; use true or false.")


def number(name: str, default: int) -> int:
    """Return a whole number."""
    try:
        return int(text(name, str(default)))
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {text(name)!r}; use a whole number.") from None


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]
