"""How passwords are kept."""

from django.contrib.auth import hashers


class Argon2Hasher(hashers.Argon2PasswordHasher):
    """Argon2id with 19 MiB and one lane (OWASP): many sign in at once without spending the server's memory."""

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1
