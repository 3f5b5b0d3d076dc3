// The transport of the REST interface: connections, bodies, bounds, TLS (server-api §1.3, RFC 9112).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { RawHttp } from './support/raw_http.mjs';
import { Server } from './support/server.mjs';

const IMPORT = 'im_open_login_svc/account_import';
const MAX_BODY = 1 << 20;

let server, app;

before(async () => {
  server = await Server.start();
  app = await server.app();
  await server.cli(
    ...['limit', 'set', '--app', app.sdkappid, '--limit', 'call_rate', '--value', 10000],
    ...['--reason', 'tests'],
  );
});

after(() => server?.remove());

async function connect(t) {
  const http = await RawHttp.open(server.address);
  t.after(() => http.close());
  return http;
}

/** The head of a call; `more` are its other lines. */
function head(command, ...more) {
  const query =
    `sdkappid=${app.sdkappid}&identifier=administrator&usersig=${encodeURIComponent(app.rest.sig)}` +
    '&random=1&contenttype=json';
  return [`POST /v4/${command}?${query} HTTP/1.1`, 'Host: test', ...more, '', ''].join('\r\n');
}

function call(command, body, ...more) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return head(command, `Content-Length: ${Buffer.byteLength(text)}`, ...more) + text;
}

const imported = async (name) => {
  const { ResultItem } = await app.rest.ok('im_open_login_svc/account_check', {
    CheckItem: [{ UserID: name }],
  });
  return ResultItem[0].AccountStatus === 'Imported';
};

describe('a connection', () => {
  test('serves one call after the other', async (t) => {
    const http = await connect(t);
    for (let i = 0; i < 20; i++) {
      http.write(call(IMPORT, { Identifier: `keep_${i}` }));
      const { status, headers, body } = await http.answer();
      assert.equal(status, 200);
      assert.equal(headers.connection, 'keep-alive');
      assert.equal(JSON.parse(body).ErrorCode, 0);
    }
  });

  test('goes on after a refused call', async (t) => {
    const http = await connect(t);
    for (const [body, code] of [['', 60003], ['{}', 70402], ['{"Identifier":"on"}', 0]]) {
      http.write(call(IMPORT, body));
      assert.equal((await http.json()).ErrorCode, code);
    }
  });

  test('answers calls that come at once in their order, quick refusals included', async (t) => {
    const http = await connect(t);
    const codes = [];
    let text = '';
    for (let i = 0; i < 100; i++) {
      const kind = i % 4;
      if (kind === 0) text += call(IMPORT, { Identifier: `pipe_${i}` });
      else if (kind === 1) text += call(IMPORT, '{');
      else if (kind === 2) text += call('openim/nothing', {});
      else text += call('openim/querystate', { To_Account: [`pipe_${i - 3}`] });
      codes.push([0, 60003, 60009, 0][kind]);
    }
    http.write(text);
    for (let i = 0; i < 100; i++) {
      const reply = await http.json();
      assert.equal(reply.ErrorCode, codes[i], `answer ${i}`);
      if (i % 4 === 3) assert.equal(reply.QueryResult[0].To_Account, `pipe_${i - 3}`);
    }
  });

  test('understands a call that comes byte by byte', async (t) => {
    const http = await connect(t);
    for (const byte of call(IMPORT, { Identifier: 'bytes' })) http.write(byte);
    assert.equal((await http.json()).ErrorCode, 0);
  });

  test('ends when the caller asks for it, and after HTTP/1.0', async (t) => {
    const asked = await connect(t);
    asked.write(call(IMPORT, { Identifier: 'end_a' }, 'Connection: close'));
    assert.equal((await asked.answer()).headers.connection, 'close');
    await asked.ended();

    const old = await connect(t);
    old.write(call(IMPORT, { Identifier: 'end_b' }).replace('HTTP/1.1', 'HTTP/1.0'));
    assert.equal((await old.json()).ErrorCode, 0);
    await old.ended();
  });

  test('passes over empty lines between calls', async (t) => {
    const http = await connect(t);
    for (let i = 0; i < 2; i++) {
      http.write(`\r\n\r\n${call(IMPORT, { Identifier: 'lines' })}`);
      assert.equal((await http.json()).ErrorCode, 0);
    }
  });

  test('that breaks off in a call changes nothing', async (t) => {
    const http = await connect(t);
    const text = call(IMPORT, { Identifier: 'broken' });
    http.write(text.slice(0, -3));
    http.close();
    await http.ended();
    assert.equal(await imported('broken'), false);
  });
});

describe('a body', () => {
  test('may come in chunks, with extensions and trailers', async (t) => {
    const http = await connect(t);
    http.write(head(IMPORT, 'Transfer-Encoding: chunked'));
    for (const part of ['{"Iden', 'tifier":', '"chunks"}'])
      http.write(`${part.length.toString(16)};x=y\r\n${part}\r\n`);
    http.write('0\r\nTrailer: 1\r\n\r\n');
    http.write(call(IMPORT, { Identifier: 'after' }));
    assert.equal((await http.json()).ErrorCode, 0);
    assert.equal((await http.json()).ErrorCode, 0);
    assert.equal(await imported('chunks'), true);
  });

  test('is asked for when the caller expects 100-continue', async (t) => {
    const http = await connect(t);
    const body = '{"Identifier":"expect"}';
    http.write(head(IMPORT, `Content-Length: ${body.length}`, 'Expect: 100-continue'));
    assert.equal((await http.answer()).status, 100);
    http.write(body);
    assert.equal((await http.json()).ErrorCode, 0);
  });

  test('that comes without waiting for 100-continue is taken', async (t) => {
    const http = await connect(t);
    http.write(call(IMPORT, { Identifier: 'expect_b' }, 'Expect: 100-continue'));
    assert.equal((await http.json()).ErrorCode, 0);
  });

  test('of any Content-Type is JSON', async (t) => {
    const http = await connect(t);
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'x']) {
      http.write(call(IMPORT, { Identifier: 'type' }, `Content-Type: ${type}`));
      assert.equal((await http.json()).ErrorCode, 0);
    }
  });

  test('up to the greatest size is read', async (t) => {
    const http = await connect(t);
    const start = '{"Identifier":"big","x":"';
    http.write(call(IMPORT, `${start}${'x'.repeat(MAX_BODY - start.length - 2)}"}`));
    assert.equal((await http.json()).ErrorCode, 0);
  });

  test('over the greatest size is refused with 413 before it is sent, and the connection ends', async (t) => {
    const http = await connect(t);
    http.write(head(IMPORT, `Content-Length: ${MAX_BODY + 1}`));
    const { status, headers } = await http.answer();
    assert.equal(status, 413);
    assert.equal(headers.connection, 'close');
    await http.ended();
  });

  test('in chunks over the greatest size is refused with 413', async (t) => {
    const http = await connect(t);
    http.write(head(IMPORT, 'Transfer-Encoding: chunked'));
    http.write(`${(MAX_BODY + 1).toString(16)}\r\n`);
    assert.equal((await http.answer()).status, 413);
    await http.ended();
  });

  test('of ambiguous length is refused', async (t) => {
    const lines = [
      ['Content-Length: 2', 'Content-Length: 3'],
      ['Content-Length: 2', 'Transfer-Encoding: chunked'],
      ['Content-Length: -1'],
      ['Content-Length: 1x'],
      ['Transfer-Encoding: gzip'],
    ];
    for (const more of lines) {
      const http = await connect(t);
      http.write(`${head(IMPORT, ...more)}{}`);
      const { status, body } = await http.answer();
      assert.equal(status, 400, more.join());
      assert.equal(JSON.parse(body).ErrorCode, 60002);
      await http.ended();
    }
  });
});

describe('a head', () => {
  test('over 16 KB is refused with 431', async (t) => {
    const http = await connect(t);
    http.write(head(IMPORT, `X: ${'x'.repeat(17000)}`));
    assert.equal((await http.answer()).status, 431);
    await http.ended();
  });

  test('names its fields in any case', async (t) => {
    const http = await connect(t);
    http.write(call(IMPORT, { Identifier: 'case' }).replace('Content-Length', 'cONTENT-lENGTH'));
    assert.equal((await http.json()).ErrorCode, 0);
  });
});

describe('browsers and watchers', () => {
  test('OPTIONS is answered with what a browser may do', async () => {
    const response = await fetch(`${server.url}/v4/${IMPORT}`, { method: 'OPTIONS' });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    assert.equal(response.headers.get('access-control-allow-methods'), 'POST');
  });

  test('/healthz says that the server is well', async () => {
    const response = await fetch(`${server.url}/healthz`);
    assert.equal(response.status, 200);
    assert.equal(await response.text(), 'ok\n');
  });
});

describe('a server that stops', () => {
  test('has answered all that it did, and did all that it answered', async (t) => {
    const own = await Server.start();
    t.after(() => own.remove());
    const { rest, sdkappid } = await own.app();
    await own.cli(
      ...['limit', 'set', '--app', sdkappid, '--limit', 'call_rate', '--value', 1000],
      ...['--reason', 'tests'],
    );
    const http = await RawHttp.open(own.address);
    t.after(() => http.close());
    const names = Array.from({ length: 100 }, (_, i) => `stop_${i}`);
    const query = `sdkappid=${sdkappid}&identifier=administrator&usersig=${rest.sig}`;
    for (const name of names) {
      const body = JSON.stringify({ Identifier: name });
      http.write(
        `POST /v4/${IMPORT}?${query} HTTP/1.1\r\nHost: t\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    }
    assert.equal((await http.json()).ErrorCode, 0);
    await own.stop();
    await http.ended();
    const answered = http.untaken.filter(({ body }) => JSON.parse(body).ErrorCode === 0).length + 1;
    assert.equal(http.untaken.length + 1, answered);

    await own.restart();
    const { ResultItem } = await rest.ok('im_open_login_svc/account_check', {
      CheckItem: names.map((UserID) => ({ UserID })),
    });
    const made = ResultItem.filter(({ AccountStatus }) => AccountStatus === 'Imported').length;
    assert.equal(made, answered);
  });
});

describe('HTTPS', () => {
  let dir, secure, cert, port, rest;

  before(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'magpie-tls-'));
    const [certFile, keyFile] = ['cert.pem', 'key.pem'].map((name) => path.join(dir, name));
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', keyFile, '-out', certFile, '-days', '2', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ]);
    cert = await readFile(certFile);
    secure = await Server.start({
      args: ['--tls-listen', '127.0.0.1:0', '--tls-cert', certFile, '--tls-key', keyFile],
    });
    const ready = await readFile(path.join(path.dirname(secure.dataDir), 'ready'), 'utf8');
    const ports = [...ready.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, found]) => found);
    port = ports.find((found) => !secure.address.endsWith(`:${found}`));
    ({ rest } = await secure.app());
  });

  after(async () => {
    await secure?.remove();
    await rm(dir, { recursive: true, force: true });
  });

  const post = (options, body) =>
    new Promise((resolve, reject) => {
      const query = new URLSearchParams({
        sdkappid: rest.app.sdkappid,
        identifier: 'administrator',
        usersig: rest.sig,
      });
      const request = https.request(
        { host: '127.0.0.1', port, path: `/v4/${IMPORT}?${query}`, method: 'POST', ...options },
        (response) => {
          let text = '';
          response.on('data', (data) => (text += data));
          response.on('end', () => resolve({ status: response.statusCode, ...JSON.parse(text) }));
        },
      );
      request.on('error', reject);
      request.end(body);
    });

  test('serves the same calls, also large and many on one connection', async (t) => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: cert });
    t.after(() => agent.destroy());
    for (let i = 0; i < 10; i++)
      assert.deepEqual(
        await post({ agent }, JSON.stringify({ Identifier: `tls_${i}`, x: 'x'.repeat(i * 40000) })),
        { status: 200, ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 },
      );
  });

  test('shows the certificate that it was given', async () => {
    await assert.rejects(post({ agent: new https.Agent() }, '{}'), {
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    assert.equal((await post({ ca: cert }, '{}')).ErrorCode, 70402);
  });

  test('refuses TLS below 1.2 and plain text on its port', async (t) => {
    await assert.rejects(
      post({ ca: cert, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }, '{}'),
    );
    const plain = await RawHttp.open(`127.0.0.1:${port}`);
    t.after(() => plain.close());
    plain.write('GET / HTTP/1.1\r\n\r\n');
    await plain.ended();
  });
});
