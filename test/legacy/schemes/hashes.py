"""Hashes the passwords on standard input in every way that Python and passlib know, as the applications do."""

import base64
import hashlib
import hmac
import json
import os
import random
import string
import sys
import unicodedata
import warnings

warnings.filterwarnings("ignore")
from passlib import hash as known  # noqa: E402
from passlib.utils.binary import ab64_encode  # noqa: E402

made = []


def add(name, password, text, salt=None, algorithm=None, iterations=None, secrets=None):
    parts = {"text": text, "salt": salt, "algorithm": algorithm, "iterations": iterations}
    made.append(
        {
            "name": name,
            "password": password,
            "hash": {key: value for key, value in parts.items() if value is not None},
            "secrets": secrets or {},
        }
    )


def b64(data):
    return base64.b64encode(data).decode()


def letters(count):
    return "".join(random.choice(string.ascii_letters) for _ in range(count))


def pbkdf2(digest, password, salt, rounds, length):
    return hashlib.pbkdf2_hmac(digest, password.encode(), salt, rounds, length)


PASSLIB = {
    "bcrypt": known.bcrypt.using(rounds=4, truncate_error=False),
    "bcrypt 2a": known.bcrypt.using(rounds=4, ident="2a"),
    "bcrypt_sha256": known.bcrypt_sha256.using(rounds=4),
    "bcrypt_sha256 v1": known.bcrypt_sha256.using(rounds=4, version=1),
    "argon2id": known.argon2.using(rounds=2, memory_cost=64, parallelism=2, type="ID"),
    "argon2i": known.argon2.using(rounds=3, memory_cost=32, parallelism=1, type="I"),
    "argon2d": known.argon2.using(rounds=1, memory_cost=32, parallelism=1, type="D"),
    "scrypt": known.scrypt.using(rounds=5, block_size=4, parallelism=2),
    "pbkdf2_sha1": known.pbkdf2_sha1.using(rounds=100),
    "pbkdf2_sha256": known.pbkdf2_sha256.using(rounds=100),
    "pbkdf2_sha512": known.pbkdf2_sha512.using(rounds=100),
    "ldap_pbkdf2_sha1": known.ldap_pbkdf2_sha1.using(rounds=100),
    "ldap_pbkdf2_sha256": known.ldap_pbkdf2_sha256.using(rounds=100),
    "ldap_pbkdf2_sha512": known.ldap_pbkdf2_sha512.using(rounds=100),
    "phpass": known.phpass.using(rounds=7),
    "phpass of phpBB": known.phpass.using(rounds=7, ident="H"),
    "md5_crypt": known.md5_crypt,
    "apr_md5_crypt": known.apr_md5_crypt,
    "sha256_crypt": known.sha256_crypt.using(rounds=1001),
    "sha512_crypt": known.sha512_crypt.using(rounds=5000),
    "ldap_sha1": known.ldap_sha1,
    "ldap_md5": known.ldap_md5,
    "ldap_salted_sha1": known.ldap_salted_sha1,
    "ldap_salted_md5": known.ldap_salted_md5,
    "ldap_salted_sha256": known.ldap_salted_sha256,
    "ldap_salted_sha512": known.ldap_salted_sha512,
    "ldap_sha512_crypt": known.ldap_sha512_crypt.using(rounds=1000),
    "ldap_bcrypt": known.ldap_bcrypt.using(rounds=4),
    "django_pbkdf2_sha256": known.django_pbkdf2_sha256.using(rounds=100),
    "django_pbkdf2_sha1": known.django_pbkdf2_sha1.using(rounds=100),
    "django_argon2": known.django_argon2.using(rounds=2, memory_cost=64, parallelism=2),
    "django_bcrypt": known.django_bcrypt.using(rounds=4),
    "django_bcrypt_sha256": known.django_bcrypt_sha256.using(rounds=4),
    "django_salted_sha1": known.django_salted_sha1,
    "django_salted_md5": known.django_salted_md5,
    "mysql41": known.mysql41,
    "hex_md5": known.hex_md5,
    "hex_sha1": known.hex_sha1,
    "hex_sha256": known.hex_sha256,
    "hex_sha512": known.hex_sha512,
}


def scram(digest, password, salt, rounds):
    salted = hashlib.pbkdf2_hmac(digest, unicodedata.normalize("NFKC", password).encode(), salt, rounds)
    client = hmac.new(salted, b"Client Key", digest).digest()
    server = hmac.new(salted, b"Server Key", digest).digest()
    return hashlib.new(digest, client).digest(), server


def scrypt_file(password):
    salt = os.urandom(32)
    header = b"scrypt\0" + bytes([5]) + (8).to_bytes(4, "big") + (1).to_bytes(4, "big") + salt
    header += hashlib.sha256(header).digest()[:16]
    key = hashlib.scrypt(password.encode(), salt=salt, n=32, r=8, p=1, dklen=64)
    return (header + hmac.new(key[32:], header, "sha256").digest()).hex()


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def sha1(text):
    return hashlib.sha1(text.encode()).hexdigest()


def drupal(password):
    digits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    salt = letters(8)
    digest = hashlib.sha512((salt + password).encode()).digest()
    for _ in range(2**8):
        digest = hashlib.sha512(digest + password.encode()).digest()
    bits = int.from_bytes(digest, "little")
    return "$S$" + digits[8] + salt + "".join(digits[(bits >> (6 * at)) & 63] for at in range(43))


def applications(password):
    salt = letters(10)
    add("Grafana", password, pbkdf2("sha256", password, salt.encode(), 10000, 50).hex(), salt, "grafana")
    add("Grafana by its shape", password, pbkdf2("sha256", password, salt.encode(), 10000, 50).hex(), salt)
    raw = os.urandom(16)
    text = pbkdf2("sha256", password, raw, 500, 50).hex()
    add("Gitea", password, text, raw.hex(), "pbkdf2$500$50")
    add("Gitea of old", password, pbkdf2("sha256", password, salt.encode(), 10000, 50).hex(), salt, "gitea")
    text = hashlib.scrypt(password.encode(), salt=raw, n=64, r=4, p=2, dklen=50).hex()
    add("Gitea with scrypt", password, text, raw.hex(), "scrypt$64$4$2$50")
    add("Seafile", password, f"PBKDF2SHA256$100${raw.hex()}${pbkdf2('sha256', password, raw, 100, 32).hex()}")
    fixed = bytes.fromhex("db9145c306c7cc26")
    add("Seafile of old", password, hashlib.sha256(password.encode() + fixed).hexdigest(), None, "seafile")
    add("Seafile of very old", password, sha1(password), None, "seafile")
    text = pbkdf2("sha256", password, raw.hex().encode(), 640, 32).hex()
    add("Discourse", password, text, raw.hex(), "$pbkdf2-sha256$i=640,l=32$")
    add("Discourse of old", password, text, raw.hex(), "discourse", "640")
    text = pbkdf2("sha384", password, raw[:8], 777, 48).hex()
    add("Mumble", password, text, raw[:8].hex(), "mumble", "777")
    add("Mumble of old", password, sha1(password), "", "mumble", "")
    add("a table by hand", password, pbkdf2("sha512", password, raw, 99, 40).hex(), "hex:" + raw.hex(), "pbkdf2-sha512", "99")
    add("a table by hand, in Base64", password, b64(pbkdf2("sha1", password, raw, 99, 20)), "base64:" + b64(raw), "pbkdf2-sha1", "99")
    add("Django with scrypt", password, f"scrypt$64${salt}$8$2$" + b64(hashlib.scrypt(password.encode(), salt=salt.encode(), n=64, r=8, p=2, dklen=64)))
    add("HedgeDoc 1", password, scrypt_file(password))
    add("Drupal", password, drupal(password))
    add("Drupal from MD5", password, "U" + drupal(md5(password)))
    add("phpass from MD5", password, "U" + known.phpass.using(rounds=7).hash(md5(password)))
    pepper = letters(20)
    bcrypt = known.bcrypt.using(rounds=4, truncate_error=False)
    add("Synapse", password, bcrypt.hash(unicodedata.normalize("NFKC", password) + pepper), None, "synapse", None, {"pepper": pepper})
    add("Synapse without a pepper", password, bcrypt.hash(unicodedata.normalize("NFKC", password)), None, "synapse")
    add("Devise", password, bcrypt.using(ident="2a").hash(password + pepper), None, "devise", None, {"pepper": pepper})
    for digest, name in (("sha1", "1"), ("sha256", "256"), ("sha512", "512")):
        stored, server = scram(digest, password, raw, 64)
        add(f"SCRAM-SHA-{name}, RFC 5803", password, f"SCRAM-SHA-{name}$64:{b64(raw)}${b64(stored)}:{b64(server)}")
        number = {"1": 2, "256": 3, "512": 4}[name]
        add("ejabberd", password, b64(stored), b64(raw), f"ejabberd-{number}", "64")
        stored, _ = scram(digest, password, b"0f6c3b3a-uuid", 64)
        add("Prosody", password, stored.hex(), "0f6c3b3a-uuid", "prosody", "64")
    typed = unicodedata.normalize("NFC", password)
    add("MediaWiki A", password, ":A:" + md5(typed))
    inner = md5("a1b2c3d4-" + md5(typed))
    add("MediaWiki B", password, ":B:a1b2c3d4:" + inner)
    add("MediaWiki", password, f":pbkdf2:sha512:100:64:{b64(raw)}:" + b64(pbkdf2("sha512", typed, raw, 100, 64)))
    add("MediaWiki, layered A", password, f":pbkdf2-legacyA:!sha256:100:128!!{b64(raw)}!" + b64(pbkdf2("sha256", md5(typed), raw, 100, 128)))
    add("MediaWiki, layered B", password, f":pbkdf2-legacyB:!sha512:100:64!a1b2c3d4!{b64(raw)}!" + b64(pbkdf2("sha512", inner, raw, 100, 64)))
    add("passlib's SHA-512, digits as Odoo writes them", password, "$pbkdf2-sha512$25$" + ab64_encode(raw).decode() + "$" + ab64_encode(pbkdf2("sha512", password, raw, 25, 64)).decode())


random.seed(8)
for password in json.load(sys.stdin):
    for name, scheme in PASSLIB.items():
        add(name, password, scheme.hash(password))
    applications(password)
json.dump(made, sys.stdout)
