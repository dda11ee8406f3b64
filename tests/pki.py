# SPDX-License-Identifier: Apache-2.0
"""Keys and certificates, made by openssl for one test, and TLS clients."""
import os
import socket
import ssl
import subprocess
import time

from ovsdb import Client

DAY = 86400


def openssl(*args, **kwargs):
    done = subprocess.run(['openssl', *args], capture_output=True, text=True,
                          check=False, **kwargs)
    assert not done.returncode, (args, done.stderr)
    return done.stdout


def free_port():
    """A TCP port that nobody uses at present."""
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def retry(connect, seconds=10):
    """What connect() returns, once it succeeds."""
    end = time.monotonic() + seconds
    while True:
        try:
            return connect()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


class Identity:
    """A private key and a certificate in files."""

    def __init__(self, key, cert):
        self.key, self.cert = key, cert


class Authority:
    """A certificate authority in a folder of its own."""

    def __init__(self, folder, name='ca'):
        self.folder = str(folder / name)
        os.makedirs(self.folder)
        self.name = name
        self.key = self.folder + '/key.pem'
        self.cert = self.folder + '/cert.pem'
        openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt',
                'ec_paramgen_curve:P-256', '-nodes', '-keyout', self.key,
                '-out', self.cert, '-days', '30', '-subj', '/CN=' + name,
                '-addext', 'basicConstraints=critical,CA:true')
        open(self.folder + '/index', 'w', encoding='ascii').close()
        with open(self.folder + '/config', 'w', encoding='ascii') as f:
            f.write(f"""
[ca]
default_ca = a
[a]
database = {self.folder}/index
new_certs_dir = {self.folder}
certificate = {self.cert}
private_key = {self.key}
default_md = sha256
policy = p
rand_serial = yes
unique_subject = no
default_crl_days = 30
[p]
commonName = supplied
""")

    def issue(self, name, start='20200101000000Z', end='20500101000000Z',
              rsa_bits=None, file=None):
        """A certificate for the common name 'name'."""
        base = self.folder + '/' + (file or name)
        kind = (['-newkey', f'rsa:{rsa_bits}'] if rsa_bits else
                ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'])
        openssl('req', *kind, '-nodes', '-keyout', base + '.key', '-out',
                base + '.csr', '-subj', '/CN=' + name)
        openssl('ca', '-batch', '-notext', '-config',
                self.folder + '/config', '-in', base + '.csr', '-out',
                base + '.pem', '-startdate', start, '-enddate', end)
        os.chmod(base + '.key', 0o600)
        return Identity(base + '.key', base + '.pem')

    def options(self, identity):
        """TLS options of a program that trusts this authority."""
        return ['--private-key=' + identity.key,
                '--certificate=' + identity.cert, '--ca-cert=' + self.cert]


def tls_context(ca_cert=None, identity=None):
    """A client that does not check the server, unless 'ca_cert' is given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if ca_cert else ssl.CERT_NONE
    if ca_cert:
        context.load_verify_locations(ca_cert)
    if identity:
        context.load_cert_chain(identity.cert, identity.key)
    return context


class TlsClient(Client):
    """A JSON-RPC connection over TLS."""

    def __init__(self, port, context, host='127.0.0.1'):
        self.setup()
        raw = socket.create_connection((host, port), 10)
        try:
            self.sock = context.wrap_socket(raw, server_hostname=host)
        except BaseException:
            raw.close()
            raise


class TcpClient(Client):
    """A JSON-RPC connection over TCP."""

    def __init__(self, port, host='127.0.0.1'):
        self.setup()
        self.sock = socket.create_connection((host, port), 10)
