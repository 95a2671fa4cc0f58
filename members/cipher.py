"""Encrypt secrets that the database keeps."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def build_cipher(purpose: str) -> MultiFernet:
    """Return the cipher for one purpose. Its keys come from SECRET_KEY and the former keys, which only decrypt."""

    def derive_key(secret: str) -> Fernet:
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
        return Fernet(base64.urlsafe_b64encode(hkdf.derive(secret.encode())))

    return MultiFernet(
        [derive_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )
