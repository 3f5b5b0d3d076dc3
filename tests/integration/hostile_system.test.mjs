// What a careless operator does, and what the system runs out of.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, describe, test } from 'node:test';

import { binary, cli, run } from './support/cli.mjs';
import { within } from './support/mailbox.mjs';
import { BINARY, CLOSE, RawSocket, frame } from './support/raw_socket.mjs';
import { Rest } from './support/rest.mjs';
import { Server } from './support/server.mjs';

const HALF_MS = 30000;

let server;

before(async () => {
  server = await Server.start();
});

after(() => server?.remove());

const isAlive = async () => assert.equal((await fetch(`${server.url}/healthz`)).status, 200);

async function folder(t) {
  const name = await mkdtemp(path.join(os.tmpdir(), 'magpie-hostile-'));
  t.after(() => rm(name, { recursive: true, force: true }));
  return name;
}

/** `magpie serve` with these arguments; it is expected not to start. */
async function refused(args) {
  const done = await run(['serve', '--listen', '127.0.0.1:0', ...args]);
  assert.notEqual(done.status, 0);
  assert.doesNotMatch(done.stderr, /broken invariant|Sanitizer/);
  return done.stderr;
}

describe('starts that must not succeed', () => {
  test('a second server on the same data', async (t) => {
    assert.match(await refused(['--data', server.dataDir]), /another server uses/);
    await isAlive();
    await cli(server.dataDir, 'app', 'list'); // its admin socket is still there
  });

  test('data of another version', async (t) => {
    const own = await Server.start();
    t.after(() => own.remove());
    await own.stop();
    await writeFile(path.join(own.dataDir, 'VERSION'), 'magpie 999\n');
    assert.match(await refused(['--data', own.dataDir]), /holds "magpie 999"/);
  });

  test('a folder of somebody else, which is left as it was', async (t) => {
    const foreign = await folder(t);
    await writeFile(path.join(foreign, 'letter.txt'), 'dear');
    assert.match(await refused(['--data', foreign]), /not a data directory/);
    assert.deepEqual(await readdir(foreign), ['letter.txt']);
  });

  test('a port in use', async (t) => {
    const data = path.join(await folder(t), 'data');
    for (const gateways of ['1', '2'])
      assert.match(
        await refused(['--data', data, '--gateways', gateways, '--listen', server.address]),
        /cannot listen on/,
      );
    await isAlive();
  });

  test('a certificate or key that cannot be used', async (t) => {
    const own = await folder(t);
    const garbage = path.join(own, 'garbage.pem');
    await writeFile(garbage, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    for (const file of ['/nonexistent.pem', own, garbage]) {
      const tls = ['--tls-listen', '127.0.0.1:0', '--tls-cert', file, '--tls-key', file];
      assert.match(await refused(['--data', path.join(own, 'data'), ...tls]), /tls: /);
    }
  });
});

/** A server behind `ulimit -n`; resolves once it is ready. */
async function startLimited(t, descriptors) {
  const data = path.join(await folder(t), 'data');
  const child = spawn('bash', [
    '-c',
    `ulimit -n ${descriptors}; exec "$0" serve --data "$1" --listen 127.0.0.1:0 --admin-listen none`,
    binary,
    data,
  ]);
  const limited = { child, data, log: '', ended: once(child, 'exit') };
  t.after(() => child.exitCode === null && child.kill('SIGKILL'));
  const ready = new Promise((resolve) => {
    child.stderr.on('data', (text) => {
      limited.log += text;
      limited.address ??= /http and ws on (\S+)/.exec(limited.log)?.[1];
      if (/info ready/.test(limited.log)) resolve();
    });
  });
  child.stdout.resume();
  await within(Promise.race([ready, limited.ended]), HALF_MS, 'a limited server');
  assert.ok(limited.address, limited.log);
  return limited;
}

/** Processor time of a process, in seconds. */
async function cpuSeconds(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

describe('descriptors', () => {
  test('at their end connections are dropped without spinning, and served again later', async (t) => {
    const limited = await startLimited(t, 64);
    const { sdkappid, key } = await cli(limited.data, 'app', 'create', '--name', 'limited');
    const rest = new Rest({ url: `http://${limited.address}` }, { sdkappid, key });
    await rest.importAccounts('before');
    const [host, port] = limited.address.split(':');
    const sockets = [...Array(100)].map(() => net.connect(Number(port), host));
    const ends = sockets.map(
      (socket) => new Promise((resolve) => socket.on('error', resolve).on('close', resolve)),
    );
    sockets.forEach((socket) => socket.resume());
    await Promise.all(sockets.map((socket) => once(socket, 'connect').catch(() => {})));
    await within(Promise.race(ends), HALF_MS, 'a dropped connection');

    const before = await cpuSeconds(limited.child.pid);
    const start = Date.now();
    // The half-open ones are given up after 10 seconds; meanwhile nothing happens.
    await within(Promise.all(ends), HALF_MS, 'all to end');
    const seconds = (Date.now() - start) / 1000;
    const used = (await cpuSeconds(limited.child.pid)) - before;
    assert.ok(used < 2 + seconds / 4, `${used} s of processor in ${seconds} s`);
    await rest.importAccounts('after');
    limited.child.kill('SIGTERM');
    const [status] = await within(limited.ended, HALF_MS, 'the limited server to stop');
    assert.equal(status, 0, limited.log);
  });
});

describe('over TLS', () => {
  test('garbage, half handshakes and cut connections hold nobody up', async (t) => {
    const files = await folder(t);
    const [cert, key] = ['cert.pem', 'key.pem'].map((name) => path.join(files, name));
    const made = spawn('openssl', [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x'.split(' '),
      ...['-keyout', key, '-out', cert],
    ]);
    assert.deepEqual(await once(made, 'exit'), [0, null]);
    const args = ['--tls-listen', '127.0.0.1:0', '--tls-cert', cert, '--tls-key', key];
    const own = await Server.start({ args });
    t.after(() => own.remove());
    const ownApp = await own.app();
    const [host, port] = /https and wss on (\S+)/.exec(own.log)[1].split(':');
    const secure = () => tls.connect({ host, port, rejectUnauthorized: false });
    const openSecure = async () => {
      const raw = await RawSocket.open(own, ownApp, secure());
      t.after(() => raw.drop());
      return raw;
    };

    const half = net.connect(Number(port), host);
    t.after(() => half.destroy());
    half.write(Buffer.from('1603010200010001fc0303', 'hex'));
    for (let i = 0; i < 20; i++) {
      const garbage = net.connect(Number(port), host);
      garbage.on('error', () => {});
      garbage.resume();
      garbage.end(i % 2 ? 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' : Buffer.alloc(300, i));
      await within(once(garbage, 'close'), HALF_MS, 'the end of garbage');
      const cut = await openSecure();
      cut.write(frame(BINARY, cut.request('heartbeat.alive')).subarray(0, 20));
      cut.drop();
    }
    const raw = await openSecure();
    const count = 5000;
    const list = [...Array(count)].map((_, i) =>
      frame(BINARY, raw.request('heartbeat.alive', {}, {}, i)));
    raw.write(Buffer.concat(list));
    for (let i = 0; i < count; i++) {
      const { payload } = await raw.next(BINARY);
      assert.equal(JSON.parse(payload.toString()).head.seq, i);
    }
    raw.write(frame(CLOSE, Buffer.from([3, 232])));
    await within(raw.closed, HALF_MS, 'the end of the socket');
    assert.equal(raw.closeCode, 1000);
    await within(once(half, 'close'), HALF_MS, 'the end of the half handshake');
    await own.stop();
  });
});
