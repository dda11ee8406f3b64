# SPDX-License-Identifier: Apache-2.0
"""The database server over TLS: whom it refuses, and what it does when its
keys change."""
import os
import shutil
import socket
import ssl
import stat
import threading
import time

import pytest
from ovsdb import Server, insert, select, update
from pki import Authority, TlsClient, free_port, openssl, retry, tls_context

pytestmark = [
    pytest.mark.weir_only,      # It starts our server itself.
    pytest.mark.filterwarnings('ignore::DeprecationWarning')]


@pytest.fixture(scope='module')
def pki(tmp_path_factory):
    folder = tmp_path_factory.mktemp('pki')
    authority = Authority(folder)
    authority.server = authority.issue('server')
    authority.good = authority.issue('good')
    authority.stranger = Authority(folder, 'stranger')
    return authority


def crl(authority, identity):
    """A list of revoked certificates with one in it."""
    config = authority.folder + '/config'
    openssl('ca', '-config', config, '-revoke', identity.cert)
    path = authority.folder + '/crl.pem'
    openssl('ca', '-config', config, '-gencrl', '-out', path)
    return path


class TlsServer(Server):
    def __init__(self, folder, authority, *options):
        self.port = free_port()
        super().__init__(folder, options=[
            f'--remote=pssl:{self.port}:127.0.0.1',
            *authority.options(authority.server), *options])

    def accepts(self, context):
        """Does a request get an answer?"""
        try:
            client = TlsClient(self.port, context)
        except (OSError, ssl.SSLError):
            return False
        try:
            return client.call('list_dbs') == ['T', '_Server']
        except (OSError, EOFError):
            return False
        finally:
            client.close()


def limited(identity, **settings):
    """A client that can do old or weak things only."""
    context = tls_context(identity=identity)
    for name, value in settings.items():
        if name == 'ciphers':
            context.set_ciphers(value)
        else:
            setattr(context, name, value)
    return context


def bad_clients(pki):
    """Those that must be refused, by name."""
    old = ssl.TLSVersion
    yield 'none', tls_context()
    yield 'expired', tls_context(identity=pki.issue(
        'expired', start='20200101000000Z', end='20210101000000Z'))
    yield 'not yet valid', tls_context(identity=pki.issue(
        'early', start='20480101000000Z', end='20490101000000Z'))
    yield 'wrong CA', tls_context(identity=pki.stranger.issue('good'))
    own = pki.folder + '/self'
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt',
            'ec_paramgen_curve:P-256', '-nodes', '-keyout', own + '.key',
            '-out', own + '.pem', '-subj', '/CN=good')
    self_signed = tls_context()
    self_signed.load_cert_chain(own + '.pem', own + '.key')
    yield 'self-signed', self_signed
    weak = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    weak.check_hostname = False
    weak.verify_mode = ssl.CERT_NONE
    weak.set_ciphers('DEFAULT:@SECLEVEL=0')
    short = pki.issue('short', rsa_bits=1024)
    weak.load_cert_chain(short.cert, short.key)
    yield 'weak key', weak
    for version in (old.TLSv1, old.TLSv1_1):
        yield version.name, limited(
            pki.good, ciphers='DEFAULT:@SECLEVEL=0', minimum_version=version,
            maximum_version=version)
    for ciphers in ('eNULL', 'aNULL:!eNULL', 'MD5:!aNULL'):
        try:
            yield ciphers, limited(
                pki.good, ciphers=ciphers + ':@SECLEVEL=0',
                maximum_version=old.TLSv1_2)
        except ssl.SSLError:
            pass            # This OpenSSL has none of that kind.


def good_clients(pki):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        yield version.name, limited(pki.good, minimum_version=version,
                                    maximum_version=version)
    yield 'checks us', tls_context(pki.cert, pki.good)


def test_no_bad_client_is_served(tmp_path, pki):
    with TlsServer(tmp_path, pki) as server:
        retry(lambda: TlsClient(server.port, tls_context(
            identity=pki.good)).close())
        for name, context in good_clients(pki):
            assert server.accepts(context), name
        refused = [name for name, context in bad_clients(pki)
                   if not server.accepts(context)]
        assert refused == [name for name, _ in bad_clients(pki)]
        assert len(refused) >= 9
        assert server.accepts(tls_context(identity=pki.good))
        with open(server.log, encoding='utf-8') as f:
            assert 'PRIVATE' not in f.read()


def test_a_revoked_client_is_refused(tmp_path, pki):
    gone = pki.issue('gone')
    both = str(tmp_path / 'ca.pem')
    with open(both, 'w', encoding='ascii') as out:
        for path in (pki.cert, crl(pki, gone)):
            with open(path, encoding='ascii') as f:
                out.write(f.read())
    with TlsServer(tmp_path, pki, '--ca-cert=' + both) as server:
        assert retry(lambda: TlsClient(server.port, tls_context(
            identity=pki.good)))
        assert server.accepts(tls_context(identity=pki.good))
        assert not server.accepts(tls_context(identity=gone))


def test_versions_and_ciphers_can_be_chosen(tmp_path, pki):
    with TlsServer(tmp_path, pki, '--ssl-protocols=TLSv1.3',
                   '--ssl-ciphersuites=TLS_AES_256_GCM_SHA384') as server:
        client = retry(lambda: TlsClient(server.port, tls_context(
            identity=pki.good)))
        assert client.sock.version() == 'TLSv1.3'
        assert client.sock.cipher()[0] == 'TLS_AES_256_GCM_SHA384'
        assert not server.accepts(limited(
            pki.good, maximum_version=ssl.TLSVersion.TLSv1_2))


def test_a_wrong_server_is_refused(tmp_path, pki):
    """The server connects, and checks whom it reached."""
    listener = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    other = pki.stranger.issue('listener')
    listener.load_cert_chain(other.cert, other.key)
    port = free_port()
    with socket.create_server(('127.0.0.1', port)) as raw, Server(
            tmp_path, options=[f'--remote=ssl:127.0.0.1:{port}',
                               *pki.options(pki.server)]):
        raw.settimeout(10)
        conn, _ = raw.accept()
        with pytest.raises((ssl.SSLError, ConnectionError)):
            tls = listener.wrap_socket(conn, server_side=True)
            tls.sendall(b'{"method":"list_dbs","params":[],"id":1}')
            if not tls.recv(1):
                raise ConnectionError
        conn.close()


def presented(port, pki):
    client = TlsClient(port, tls_context(identity=pki.good))
    cert = client.sock.getpeercert(binary_form=True)
    client.close()
    return cert


def replace(path, source):
    shutil.copy(source, path + '.new')
    os.rename(path + '.new', path)


def test_new_keys_are_used_and_no_session_is_dropped(tmp_path, pki):
    key, cert = str(tmp_path / 'key.pem'), str(tmp_path / 'cert.pem')
    shutil.copy(pki.server.key, key)
    shutil.copy(pki.server.cert, cert)
    dropped, n_done, stop = [], [0], threading.Event()
    with TlsServer(tmp_path, pki, '--private-key=' + key,
                   '--certificate=' + cert) as server:
        clients = [retry(lambda: TlsClient(server.port, tls_context(
            identity=pki.good))) for _ in range(8)]

        def work(client):
            try:
                while not stop.is_set():
                    client.transact(update('A', [], {'n': n_done[0]}))
                    n_done[0] += 1
            except (OSError, EOFError, AssertionError) as e:
                dropped.append(e)

        clients[0].transact(insert('A', {'name': 'x'}))
        threads = [threading.Thread(target=work, args=(c,)) for c in clients]
        for thread in threads:
            thread.start()
        seen = {presented(server.port, pki)}
        for i in range(5):
            fresh = pki.issue('server', file=f'rotated{i}')
            replace(key, fresh.key)
            replace(cert, fresh.cert)
            before = n_done[0]
            seen.add(presented(server.port, pki))
            while n_done[0] < before + 20 and not dropped:
                time.sleep(0.01)
        stop.set()
        for thread in threads:
            thread.join()
        assert not dropped and len(seen) == 6
        for client in clients:
            client.close()


SCHEMA = {'name': 'T', 'version': '1.0.0', 'tables': {'S': {
    'isRoot': True, 'columns': {name: {'type': 'string'} for name in
                                ('key', 'cert', 'ca')}}}}


def test_files_named_in_the_database(tmp_path, pki):
    port = free_port()
    with Server(tmp_path, schema=SCHEMA, options=[
            f'--remote=pssl:{port}:127.0.0.1', '--private-key=db:T,S,key',
            '--certificate=db:T,S,cert', '--ca-cert=db:T,S,ca']) as server:
        admin = server.client()
        with pytest.raises(OSError):
            presented(port, pki)
        admin.transact(insert('S', {
            'key': pki.server.key, 'cert': pki.server.cert,
            'ca': pki.cert}))
        first = retry(lambda: presented(port, pki))
        old = TlsClient(port, tls_context(identity=pki.good))
        fresh = pki.issue('server', file='fresh')
        admin.transact(update('S', [], {'key': fresh.key,
                                        'cert': fresh.cert}))
        assert retry(lambda: presented(port, pki)) != first
        assert old.transact(select('S'))        # It goes on.
        # Only another authority's clients are welcome now.
        admin.transact(update('S', [], {'ca': pki.stranger.cert}))
        with pytest.raises((OSError, EOFError)):
            TlsClient(port, tls_context(identity=pki.good)).call('list_dbs')


def test_a_key_that_all_can_read_is_told_of(tmp_path, pki):
    key = str(tmp_path / 'open.key')
    shutil.copy(pki.server.key, key)
    os.chmod(key, 0o644)
    with TlsServer(tmp_path, pki, '--private-key=' + key) as server:
        retry(lambda: presented(server.port, pki))
        with open(server.log, encoding='utf-8') as f:
            assert 'its mode is 644' in f.read()
        # And the socket is not for everybody.
        for path in (server.socket, server.ctl):
            assert not stat.S_IMODE(os.stat(path).st_mode) & 0o007
        mode = os.stat(server.file).st_mode
        assert not stat.S_IMODE(mode) & 0o007
