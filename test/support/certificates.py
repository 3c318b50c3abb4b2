"""Certificates for a test's own authority, made by openssl: good ones, expired ones, for other hosts."""

import shutil
import subprocess

from support.case import Skip


class Authority:
    """Makes keys and certificates in `folder`; `file` is what clients trust."""

    def __init__(self, folder, name="test"):
        if not shutil.which("openssl"):
            raise Skip("no openssl here to make certificates with (Debian: apt-get install openssl)")
        self.folder, self.name = folder, name
        self.file, self._key = folder / f"{name}-ca.pem", folder / f"{name}-ca.key"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN=sluice {name} CA",
                "-keyout", self._key, "-out", self.file)

    def issue(self, name, host="IP:127.0.0.1", days=2):
        """Files of a certificate and its key; negative days: expired."""
        key, request = self.folder / f"{name}.key", self.folder / f"{name}.csr"
        certificate, extension = self.folder / f"{name}.pem", self.folder / f"{name}.ext"
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        extension.write_text(f"subjectAltName={host}\n")
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self._key, "-CAcreateserial",
                "-days", str(days), "-extfile", extension, "-out", certificate)
        return certificate, key

    def keystore(self, name, **options):
        """One PEM file with both, as a broker takes it."""
        certificate, key = self.issue(name, **options)
        store = self.folder / f"{name}-store.pem"
        store.write_text(key.read_text() + certificate.read_text() + self.file.read_text())
        return store


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
