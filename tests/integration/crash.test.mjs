// The real server, killed under load and started again on the same data: what was acknowledged is
// there exactly once, and what is counted lies between what was acknowledged and what was sent.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { run } from './support/cli.mjs';
import { RawClient } from './support/raw_ws.mjs';
import { textBody } from './support/rest.mjs';
import { Server } from './support/server.mjs';

const ROUNDS = 5;
const USERS = ['crash_a', 'crash_b', 'crash_c', 'crash_d'];
const WINDOW = 16; // calls under way of each sender
const END_OF_TIME = 4294967295;

const dice = (below) => Math.floor(Math.random() * below);
const others = (user) => USERS.filter((name) => name !== user);

/** Everything that was sent, by its MsgRandom: { from, to, random, seq, key } with the key that
 *  the server answered with, null as long as there was no answer. */
class Sent {
  #all = new Map();
  acknowledged = 0;
  #waiting = null;

  add(from, to, byRest) {
    const random = this.#all.size + 1;
    const message = { from, to, random, seq: random * 3, key: null, byRest, attempts: 0 };
    this.#all.set(random, message);
    return message;
  }

  ack(message, reply) {
    assert.equal(reply.ErrorCode, 0, JSON.stringify(reply));
    // A resend is answered with the first one's key.
    if (message.key) assert.equal(reply.MsgKey, message.key);
    else this.acknowledged++;
    message.key = reply.MsgKey;
    if (this.#waiting && this.acknowledged >= this.#waiting.count) this.#waiting.resolve();
  }

  /** Resolves when so many are acknowledged. */
  until(count) {
    return new Promise((resolve) => (this.#waiting = { count, resolve }));
  }

  get(random) {
    return this.#all.get(random);
  }

  list(match = () => true) {
    return [...this.#all.values()].filter(match);
  }
}

const bodyOf = ({ from, to, seq, random }) => ({
  From_Account: from,
  To_Account: to,
  MsgSeq: seq,
  MsgRandom: random,
  MsgBody: textBody(`text ${random}`),
});

/** Keeps WINDOW calls under way until one fails, as they all do when the server dies. */
function senders(count, send) {
  const one = async () => {
    try {
      for (;;) await send();
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
    }
  };
  return Promise.all(Array.from({ length: count }, one));
}

/** A call that fails at once when its connection ends. */
function callOf(client, command, body) {
  const reply = client.call(command, body);
  reply.catch(() => {}); // nobody waits any more when the connection ended first
  return Promise.race([
    reply,
    client.closed.then(() => {
      throw new Error('the connection has ended');
    }),
  ]);
}

async function sendByUser(client, sent, message) {
  message.attempts++;
  sent.ack(message, await callOf(client, 'openim.sendmsg', bodyOf(message)));
}

async function sendByRest(rest, sent, message) {
  message.attempts++;
  sent.ack(message, await rest.call('openim/sendmsg', bodyOf(message)));
}

/** All messages between two accounts, page by page. */
async function history(rest, a, b) {
  const all = [];
  let last = '';
  for (;;) {
    const page = await rest.ok('openim/admin_getroammsg', {
      From_Account: a,
      To_Account: b,
      MaxCnt: 100,
      MinTime: 0,
      MaxTime: END_OF_TIME,
      ...(last && { LastMsgKey: last }),
    });
    all.push(...page.MsgList);
    if (page.Complete) return all;
    last = page.LastMsgKey;
  }
}

async function checkHistory(rest, sent) {
  const found = new Map();
  for (const [i, a] of USERS.entries())
    for (const b of USERS.slice(i + 1))
      for (const item of await history(rest, a, b)) {
        const message = sent.get(item.MsgRandom);
        assert.ok(message, `nobody sent ${item.MsgKey}`);
        assert.equal(item.From_Account, message.from);
        assert.equal(item.To_Account, message.to);
        assert.equal(item.MsgBody[0].MsgContent.Text, `text ${message.random}`);
        if (message.key) assert.equal(item.MsgKey, message.key);
        assert.ok(!found.has(message.random), `${item.MsgKey} is there twice`);
        found.set(message.random, item.MsgKey);
      }
  const missing = sent.list(({ key, random }) => key && !found.has(random));
  assert.deepEqual(missing, [], 'acknowledged and not in the history');
  return found.size;
}

function raiseCalls(server, app) {
  return server.cli(
    ...['limit', 'set', '--app', app.sdkappid, '--limit', 'call_rate'],
    ...['--value', 100000, '--reason', 'load'],
  );
}

describe('a server that is killed', () => {
  let server, app, logins, clients;

  before(async () => {
    server = await Server.start();
    app = await server.app();
    await raiseCalls(server, app);
    logins = 0;
    clients = await Promise.all(
      USERS.map(async (user) => {
        const client = await RawClient.open(server, app);
        await client.login(user);
        logins++;
        return client;
      }),
    );
  });

  after(() => server?.remove());

  /** The same terminals on new sockets, with the a2 that they have. */
  async function comeBack() {
    clients = await Promise.all(
      clients.map(async (old) => {
        const client = await RawClient.open(server, app);
        client.head = old.head;
        client.user = old.user;
        await client.ok('im_open_status.wshello');
        return client;
      }),
    );
  }

  async function usage() {
    return (await server.cli('usage', '--app', app.sdkappid)).totals;
  }

  /** Counts of the month, which all rounds add to. */
  async function checkUsage(sent, accepted) {
    const totals = await usage();
    const attempts = sent.list().reduce((sum, { attempts }) => sum + attempts, 0);
    assert.equal(totals.c2c_up, accepted, 'counted messages and those in the history');
    assert.ok(totals.c2c_up >= sent.acknowledged && totals.c2c_up <= attempts);
    assert.equal(totals.logins, logins, 'a return with an a2 is no login');
  }

  async function checkCalls(sent) {
    const { calls } = await server.cli('usage', '--app', app.sdkappid);
    const counted = calls.find(({ command }) => command === 'openim.sendmsg')?.count ?? 0;
    const byRest = sent.list(({ byRest }) => byRest);
    const attempts = byRest.reduce((sum, { attempts }) => sum + attempts, 0);
    assert.ok(counted >= byRest.filter(({ key }) => key).length, `${counted} calls are too few`);
    assert.ok(counted <= attempts, `${counted} calls are too many`);
  }

  test('loses nothing and doubles nothing, again and again', async () => {
    const sent = new Sent();
    const load = () => [
      ...clients.map((client) =>
        senders(WINDOW, () => {
          const to = others(client.user)[dice(3)];
          return sendByUser(client, sent, sent.add(client.user, to, false));
        }),
      ),
      senders(WINDOW, () => {
        const from = USERS[dice(4)];
        return sendByRest(app.rest, sent, sent.add(from, others(from)[dice(3)], true));
      }),
    ];

    for (let round = 0; round < ROUNDS; round++) {
      const killed = sent.until(sent.acknowledged + 300 + dice(3000)).then(() => server.kill9());
      await Promise.all([killed, ...load()]);
      await server.restart();
      await comeBack();
      await checkHistory(app.rest, sent);
      // What had no answer is sent once more, as clients do: now all of it is acknowledged.
      for (const client of clients)
        for (const message of sent.list(({ from, key, byRest }) => from === client.user && !key && !byRest))
          await sendByUser(client, sent, message);
      const accepted = await checkHistory(app.rest, sent);
      assert.deepEqual(sent.list(({ key, byRest }) => !key && !byRest), []);
      await checkUsage(sent, accepted);
      await checkCalls(sent);
    }
  });

  test('a second server on the same data is refused with one line', async () => {
    const refused = await run(['serve', '--data', server.dataDir, '--listen', '127.0.0.1:0']);
    const complaints = refused.stderr.split('\n').filter((line) => line.includes(' error '));
    assert.notEqual(refused.status, 0);
    assert.equal(complaints.length, 1, refused.stderr);
    assert.match(complaints[0], /another server uses .* \(pid \d+\)$/);
    assert.equal((await usage()).logins, logins, 'the first one goes on');
  });

  test('data of another format are refused with one line, and left alone', async () => {
    const version = path.join(server.dataDir, 'VERSION');
    const text = execFileSync('cat', [version], { encoding: 'utf8' });
    await server.stop();
    await writeFile(version, 'magpie 999\n');
    const refused = await run(['serve', '--data', server.dataDir, '--listen', '127.0.0.1:0']);
    const complaints = refused.stderr.split('\n').filter((line) => line.includes(' error '));
    assert.notEqual(refused.status, 0);
    assert.equal(complaints.length, 1, refused.stderr);
    assert.match(complaints[0], /VERSION holds "magpie 999"; this version reads "/);
    await writeFile(version, text);
    await server.restart();
    assert.equal((await usage()).logins, logins);
  });
});

/** A file system of so many MB; null if this user may not make one. */
async function smallDisk(mb) {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'magpie-disk-'));
  const mount = (...args) => execFileSync('mount', args, { stdio: 'ignore' });
  try {
    mount('-t', 'tmpfs', '-o', `size=${mb}m`, 'tmpfs', dir);
  } catch {
    await rm(dir, { recursive: true });
    return null;
  }
  return {
    dir,
    grow: (to) => mount('-o', `remount,size=${to}m`, dir),
    async remove() {
      execFileSync('umount', [dir]);
      await rm(dir, { recursive: true });
    },
  };
}

async function startOn(dir) {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = dir;
  try {
    return await Server.start();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

test('a full disk answers errors and keeps what was acknowledged', async (t) => {
  const disk = await smallDisk(100);
  if (!disk) {
    t.skip('needs the right to mount a tmpfs');
    return;
  }
  let server;
  t.after(async () => {
    await server?.remove();
    await disk.remove();
  });
  server = await startOn(disk.dir);
  const app = await server.app();
  await raiseCalls(server, app);
  const keys = [];
  const refusals = [];
  const client = await RawClient.open(server, app);
  await client.login('full_a');
  await app.rest.importAccounts('full_b');

  let number = 0;
  await senders(32, async () => {
    const random = ++number;
    const reply = await callOf(client, 'openim.sendmsg', {
      ...bodyOf({ from: 'full_a', to: 'full_b', seq: 1, random }),
      MsgBody: textBody(`${random} ${'x'.repeat(7800)}`),
    });
    if (reply.ErrorCode === 0) keys.push(reply.MsgKey);
    else refusals.push(reply.ErrorCode);
  });
  assert.ok(keys.length > 1000, `${keys.length} fitted`);
  assert.ok(refusals.length > 0, 'somebody was told');

  disk.grow(400);
  await server.kill9();
  await server.restart();
  const kept = new Set((await history(app.rest, 'full_a', 'full_b')).map((item) => item.MsgKey));
  assert.deepEqual(keys.filter((key) => !kept.has(key)), []);
  await app.rest.ok('openim/sendmsg', bodyOf({ from: 'full_b', to: 'full_a', seq: 2, random: 1 }));
});
