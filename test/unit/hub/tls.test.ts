import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { get } from 'node:https';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { selfSigned } from '../../hub/tls.ts';
import { useSharedHub } from '../support/useHub.ts';

describe('TLS', () => {
  const hub = useSharedHub({ models: 60 });

  const ask = async (session: ClientHttp2Session, path: string) => {
    const stream = session.request({ ':path': path });
    const [headers] = (await once(stream, 'response')) as [Record<string, string | number>];
    let length = 0;
    for await (const piece of stream) length += (piece as Buffer).length;
    return { headers, length };
  };

  it('has a certificate that strict clients take for the loopback', () => {
    const certificate = new X509Certificate(hub().caCertificate);
    assert.ok(
      certificate.checkIP('127.0.0.1') &&
        certificate.checkIP('::1') &&
        certificate.checkHost('localhost'),
    );
    assert.equal(certificate.checkHost('example.com'), undefined);
    assert.ok(certificate.verify(certificate.publicKey));
    assert.ok(certificate.ca);
    assert.notEqual(
      new X509Certificate(selfSigned(Date.now()).certificate).serialNumber,
      certificate.serialNumber,
    );
  });

  it('speaks HTTP/2 to those who can, many requests on one connection', async () => {
    const session = connectHttp2(hub().tlsUrl, { ca: hub().caCertificate });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask(session, '/api/models?limit=20&full=true')),
    );
    assert.equal(session.alpnProtocol, 'h2');
    assert.ok(answers.every(({ headers, length }) => headers[':status'] === 200 && length > 1000));
    const link = (await ask(session, '/api/models?limit=1')).headers['link'];
    assert.match(String(link), /^<https:\/\/127\.0\.0\.1:\d+\/api\/models/);
    session.close();
    await once(session, 'close');
    const { models } = hub().stats().routes;
    assert.deepEqual([models?.requests, models?.connections], [9, 1]);
  });

  it('speaks HTTP/1.1 to the rest', async () => {
    const status = await new Promise((resolve, reject) => {
      get(
        `${hub().tlsUrl}/cortex/healthz`,
        { ca: hub().caCertificate, agent: false },
        (response) => {
          response
            .resume()
            .on('end', () => resolve(`${response.httpVersion} ${response.statusCode}`));
        },
      ).on('error', reject);
    });
    assert.equal(status, '1.1 200');
  });

  it('is refused by clients that do not know the certificate', async () => {
    await assert.rejects(fetch(`${hub().tlsUrl}/api/models`), TypeError);
  });

  it('counts the encrypted bytes of the TCP connection', async () => {
    const url = new URL(hub().tlsUrl);
    const socket = connect(Number(url.port), url.hostname);
    const secure = connectTls({ socket, ca: hub().caCertificate, ALPNProtocols: ['h2'] });
    const session = connectHttp2(url, { createConnection: () => secure });
    const { length } = await ask(session, '/api/models?limit=50&full=true');
    session.close();
    await once(socket, 'close');
    const { total } = hub().stats();
    assert.equal(total.connections, 1);
    assert.equal(total.bytesIn, socket.bytesWritten);
    assert.equal(total.bytesOut, socket.bytesRead);
    assert.ok(total.bytesOut > length);
  });

  it('breaks off one stream and leaves the others alone', async () => {
    hub().setFaults({ match: 'tree', reset: true });
    const session = connectHttp2(hub().tlsUrl, { ca: hub().caCertificate });
    const broken = assert.rejects(ask(session, '/api/models/janhq/Jan-v1-4B-GGUF/tree/main'));
    const whole = await ask(session, '/api/models?limit=20&full=true');
    await broken;
    assert.equal(whole.headers[':status'], 200);
    session.close();
    await once(session, 'close');
  });
});
