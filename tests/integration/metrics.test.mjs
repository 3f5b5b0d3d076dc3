// GET /metrics: who may read it, its form, and that each number moves by what was done.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { makeCustomer } from './support/admin.mjs';
import { RawHttp } from './support/raw_http.mjs';
import { RawClient } from './support/raw_ws.mjs';
import { textBody } from './support/rest.mjs';
import { Server } from './support/server.mjs';

const DEADLINE_MS = 20000;

let server, app, token;

before(async () => {
  server = await Server.start({ args: ['--gateways', '2'] });
  app = await server.app('sh"o\\p');
  await app.rest.importAccounts('alice', 'bob');
  const made = await server.cli('token', 'create', '--customer', 0, '--role', 'operator', '--name', 'p');
  token = made.secret;
});
after(() => server?.remove());

const get = (query = '', authorization = `Bearer ${token}`, method = 'GET') =>
  fetch(`http://${server.adminAddress}/metrics${query}`, {
    method,
    headers: authorization ? { authorization } : {},
  });

/** The text over the admin socket: { status, type, text }. */
async function overSocket(query = '') {
  const request = http.get({
    socketPath: path.join(server.dataDir, 'admin.sock'),
    path: `/metrics${query}`,
    agent: false,
  });
  const [response] = await once(request, 'response');
  let text = '';
  for await (const part of response) text += part;
  return { status: response.statusCode, type: response.headers['content-type'], text };
}

const SAMPLE = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\d+(?:\.\d+)?)$/;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;
const PLAIN = { '\\"': '"', '\\\\': '\\', '\\n': '\n' };

/** Reads the format and asserts it: name -> { type, help, samples: [{ name, labels, value }] }. */
function parse(text) {
  const metrics = new Map();
  let metric;
  assert.ok(text.endsWith('\n'));
  for (const line of text.slice(0, -1).split('\n')) {
    const head = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
    if (head?.[1] === 'HELP') {
      assert.ok(!metrics.has(head[2]), `${head[2]} stands in two places`);
      metric = { name: head[2], help: head[3], samples: [] };
      metrics.set(head[2], metric);
    } else if (head) {
      assert.equal(head[2], metric.name);
      metric.type = head[3];
    } else {
      const [, name, labels = '', value] = SAMPLE.exec(line) ?? assert.fail(line);
      assert.ok(name === metric.name || (metric.type === 'histogram' && name.startsWith(metric.name)), line);
      metric.samples.push({
        name,
        labels: Object.fromEntries(
          [...labels.matchAll(LABEL)].map(([, key, text]) => [key, text.replace(/\\./g, (c) => PLAIN[c])]),
        ),
        value: Number(value),
      });
    }
  }
  return metrics;
}

class Look {
  constructor(text) {
    this.metrics = parse(text);
  }

  /** The sum of the samples of this name whose labels are these and any others. */
  of(name, labels = {}) {
    const base = this.metrics.get(name) ?? this.metrics.get(name.replace(/_(sum|count|bucket)$/, ''));
    assert.ok(base, `${name} is missing`);
    const samples = base.samples.filter(
      (s) => s.name === name && Object.entries(labels).every(([key, value]) => s.labels[key] === value),
    );
    assert.ok(samples.length, `${name} ${JSON.stringify(labels)} has no sample`);
    return samples.reduce((sum, { value }) => sum + value, 0);
  }
}

async function look(query = '') {
  const response = await get(query);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return new Look(text);
}

/** Does it and says by how much each of these has moved: [[name, labels, by]]. */
async function moves(act, ...expected) {
  const before = await look();
  const result = await act();
  const after = await look();
  for (const [name, labels, by] of expected)
    assert.equal(after.of(name, labels) - before.of(name, labels), by, `${name} ${JSON.stringify(labels)}`);
  return result;
}

/** Looks until what is looked for is 0; each look is a call, so this does not spin. */
async function becomesNone(what, text) {
  const end = Date.now() + DEADLINE_MS;
  let seen;
  do {
    seen = what(await look());
  } while (seen !== 0 && Date.now() < end);
  assert.equal(seen, 0, text);
}

const say = (n, to = 'bob') =>
  app.rest.ok('openim/sendmsg', {
    From_Account: 'alice',
    To_Account: to,
    MsgRandom: n,
    MsgBody: textBody(`message ${n}`),
  });

describe('who may read it', () => {
  test('the operator over the socket, without a token', async () => {
    const reply = await overSocket();
    assert.equal(reply.status, 200);
    assert.equal(reply.type, 'text/plain; version=0.0.4; charset=utf-8');
    parse(reply.text);
  });

  test("over TCP whoever has an operator's token", async () => {
    const response = await get();
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    parse(await response.text());
  });

  test('nobody without a token or with a wrong one', async () => {
    const wrong = token.slice(0, -1) + (token.endsWith('0') ? '1' : '0');
    for (const authorization of [null, 'Bearer x', `Bearer ${wrong}`, `Basic ${token}`]) {
      const response = await get('', authorization);
      assert.equal(response.status, 401, authorization);
      assert.equal(response.headers.get('www-authenticate'), 'Bearer');
      assert.doesNotMatch(await response.text(), /magpie_/);
    }
  });

  test('no token of a customer, of any role', async () => {
    const customer = await makeCustomer(server, 'Curious');
    for (const text of Object.values(customer.tokens)) {
      const response = await get(`?app=${customer.app}`, `Bearer ${text}`);
      assert.equal(response.status, 403);
      assert.doesNotMatch(await response.text(), /magpie_/);
    }
  });

  test('a revoked token reads it no more', async () => {
    const made = await server.cli('token', 'create', '--customer', 0, '--role', 'operator', '--name', 'q');
    assert.equal((await get('', `Bearer ${made.secret}`)).status, 200);
    await server.cli('token', 'revoke', '--customer', 0, '--token', made.token);
    assert.equal((await get('', `Bearer ${made.secret}`)).status, 401);
  });

  test('it is nowhere on the listener of clients', async () => {
    const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    assert.doesNotMatch(await response.text(), /magpie_/);
  });

  test('only GET, and only apps in the query, at most 32', async () => {
    const response = await get('', `Bearer ${token}`, 'POST');
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('allow'), 'GET');
    const many = Array.from({ length: 33 }, (_, i) => `app=${1400000001 + i}`);
    for (const query of ['?app=x', '?app=', '?app=0', '?app=4294967296', '?apps=1', `?${many.join('&')}`])
      assert.equal((await get(query)).status, 400, query);
    assert.equal((await get(`?${many.slice(1).join('&')}`)).status, 200);
  });
});

describe('its form', () => {
  test('is that of the page, metric by metric in its order, with type, labels and help', async () => {
    const page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const written = [...page.matchAll(/^\| `([a-z_]+)` \| (\w+) \| ([^|]*) \| (.*) \|$/gm)].map(
      ([, name, type, labels, help]) => [name, type, [...labels.matchAll(/`(\w+)`/g)].map(([, l]) => l).sort(), help],
    );
    const shown = [...(await look(`?app=${app.sdkappid}`)).metrics.values()].map(
      ({ name, type, help, samples }) => {
        const labels = new Set(samples.flatMap((s) => Object.keys(s.labels)));
        labels.delete('le');
        return [name, type, [...labels].sort(), help];
      },
    );
    assert.deepEqual(written, shown);
  });

  test('says no sample twice, and counters end in _total', async () => {
    const { metrics } = await look(`?app=${app.sdkappid}`);
    for (const { name, type, samples } of metrics.values()) {
      const keys = samples.map((s) => s.name + JSON.stringify(Object.entries(s.labels).sort()));
      assert.equal(new Set(keys).size, keys.length, name);
      assert.equal(type === 'counter', name.endsWith('_total'), name);
      assert.match(name, /^(magpie|process)_/);
    }
  });

  test('has cumulative histograms that end with their count', async () => {
    const { metrics } = await look();
    let seen = 0;
    for (const { name, type, samples } of metrics.values()) {
      if (type !== 'histogram') continue;
      const series = ({ labels: { gateway = '' } }) => gateway;
      for (const labels of new Set(samples.map(series))) {
        const of = samples.filter((s) => series(s) === labels);
        const buckets = of.filter((s) => s.name === `${name}_bucket`);
        const ends = buckets.map((s) => (s.labels.le === '+Inf' ? Infinity : Number(s.labels.le)));
        assert.deepEqual(ends, ends.toSorted((a, b) => a - b));
        for (let i = 1; i < buckets.length; i++) assert.ok(buckets[i].value >= buckets[i - 1].value, labels);
        assert.equal(ends.at(-1), Infinity);
        assert.equal(buckets.at(-1).value, of.find((s) => s.name === `${name}_count`).value);
        assert.ok(of.some((s) => s.name === `${name}_sum`));
        seen++;
      }
    }
    assert.equal(seen, 5, 'two gateways, commits, loads, checkpoints');
  });
});

describe('numbers', () => {
  test('five messages are five messages, calls, signatures and requests', async () => {
    const before = await look();
    for (let i = 0; i < 5; i++) await say(i);
    const after = await look();
    const by = (name, labels) => after.of(name, labels) - before.of(name, labels);
    assert.equal(by('magpie_messages_total', { kind: 'c2c' }), 5);
    assert.equal(by('magpie_messages_total', { kind: 'group' }), 0);
    assert.equal(by('magpie_calls_total'), 5);
    assert.equal(by('magpie_signature_checks_total', { result: 'valid' }), 5);
    assert.equal(by('magpie_gateway_requests_total', { kind: 'http' }), 5);
    assert.equal(by('magpie_requests_total', { caller: 'administrator' }), 5);
    assert.equal(by('magpie_requests_refused_total', { caller: 'administrator' }), 0);
    assert.equal(by('magpie_requests_total', { caller: 'token' }), 1);
    // Each was answered once it was durable, so none shares its record, nor its commit.
    assert.equal(by('magpie_journal_records_total'), 5);
    assert.equal(by('magpie_journal_commit_duration_seconds_count'), 5);
    assert.equal(by('magpie_request_duration_seconds_count'), 6);
    assert.ok(by('magpie_facts_total') >= 10);
    assert.ok(by('magpie_journal_written_bytes_total') > 500);
    assert.ok(by('magpie_received_bytes_total') > 500);
    assert.ok(by('magpie_sent_bytes_total') > 500);
    assert.equal(after.of('magpie_journal_lag_records'), 0);
  });

  test('of a group, and what the shard refuses', async () => {
    await app.rest.ok('group_open_http_svc/create_group', {
      Type: 'Public',
      Name: 'g',
      GroupId: 'g',
      Owner_Account: 'alice',
    });
    const body = (GroupId, Random) => ({ GroupId, From_Account: 'alice', Random, MsgBody: textBody('x') });
    await moves(
      async () => {
        for (let i = 0; i < 3; i++) await app.rest.ok('group_open_http_svc/send_group_msg', body('g', i));
        const refused = await app.rest.call('group_open_http_svc/send_group_msg', body('nowhere', 1));
        assert.notEqual(refused.ErrorCode, 0);
      },
      ['magpie_messages_total', { kind: 'group' }, 3],
      ['magpie_messages_total', { kind: 'c2c' }, 0],
      ['magpie_calls_total', {}, 4],
      ['magpie_requests_total', { caller: 'administrator' }, 4],
      ['magpie_requests_refused_total', { caller: 'administrator' }, 1],
    );
  });

  test('signatures that are wrong', async () => {
    await moves(
      () => app.rest.call('openim/sendmsg', {}, { usersig: 'wrong' }),
      ['magpie_signature_checks_total', { result: 'valid' }, 0],
      ['magpie_signature_checks_total', { result: 'invalid' }, 1],
      ['magpie_requests_total', { caller: 'administrator' }, 0],
    );
  });

  test('connections that come and go, by kind', async () => {
    const before = await look();
    const open = [];
    for (let i = 0; i < 4; i++) open.push(await RawClient.open(server, app));
    const during = await look();
    assert.equal(during.of('magpie_connections', { kind: 'ws' }) - before.of('magpie_connections', { kind: 'ws' }), 4);
    assert.equal(
      during.of('magpie_websocket_upgrades_total') - before.of('magpie_websocket_upgrades_total'),
      4,
    );
    const plain = await RawHttp.open(server.address);
    plain.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await plain.answer();
    assert.ok((await look()).of('magpie_connections', { kind: 'http' }) >= 1);
    for (const client of open) await client.close();
    plain.close();
    const sockets = before.of('magpie_connections', { kind: 'ws' });
    await becomesNone((seen) => seen.of('magpie_connections', { kind: 'ws' }) - sockets, 'sockets');
    await becomesNone(
      (seen) =>
        seen.of('magpie_connections_accepted_total') -
        seen.of('magpie_connections_closed_total') -
        seen.of('magpie_connections'),
      'accepted, closed and open agree',
    );
    const end = await look();
    assert.equal(end.of('magpie_connections_refused_total'), 0);
    // Two gateways, and each tells of its own.
    assert.equal(end.metrics.get('magpie_connections').samples.length, 6);
  });

  test('who is online, logins and pushes', async () => {
    const client = await moves(
      async () => {
        const bob = await RawClient.open(server, app);
        await bob.login('bob');
        return bob;
      },
      ['magpie_logins_total', {}, 1],
      ['magpie_sessions', {}, 1],
      ['magpie_accounts_online', {}, 1],
      ['magpie_gateway_requests_total', { kind: 'ws' }, 1],
    );
    await moves(
      async () => {
        for (let i = 100; i < 107; i++) await say(i);
        for (let i = 100; i < 107; i++) await client.push('C2cMsgArray');
      },
      ['magpie_pushes_total', {}, 7],
      ['magpie_pushes_sent_total', {}, 7],
      ['magpie_pushes_lost_total', {}, 0],
    );
    await client.close();
    await becomesNone((seen) => seen.of('magpie_sessions'), 'sessions');
    assert.equal((await look()).of('magpie_accounts_online'), 0);
  });

  test('of the apps that are asked for, and of no other', async () => {
    const other = await server.app('other');
    await other.rest.importAccounts('x', 'y', 'z');
    const named = [app.sdkappid, other.sdkappid, 1499999999, app.sdkappid];
    const seen = await look(`?${named.map((id) => `app=${id}`).join('&')}`);
    const of = (name, { sdkappid }, labels = {}) => seen.of(name, { app: `${sdkappid}`, ...labels });
    assert.equal(of('magpie_app_info', app, { name: 'sh"o\\p' }), 1);
    assert.equal(of('magpie_app_accounts', app), 3);
    assert.equal(of('magpie_app_accounts', other), 4);
    assert.equal(of('magpie_app_messages_today', app, { kind: 'c2c' }), 12);
    assert.equal(of('magpie_app_messages_today', app, { kind: 'group' }), 3);
    assert.equal(of('magpie_app_messages_today', other), 0);
    assert.equal(of('magpie_app_login_users_today', app), 1);
    assert.equal(of('magpie_app_logins_today', app), 1);
    assert.equal(of('magpie_app_online_peak_today', app), 1);
    assert.equal(of('magpie_app_calls_today', other), 1);
    assert.equal(seen.metrics.get('magpie_app_info').samples.length, 2);
    assert.ok(!(await look()).metrics.has('magpie_app_info'));
  });

  test('of apps and accounts are there after a kill; counts begin again', async () => {
    const before = await look();
    await server.kill9();
    await server.restart();
    const after = await look();
    for (const name of ['magpie_apps', 'magpie_accounts', 'magpie_journal_records_total'])
      assert.ok(after.of(name) >= before.of(name), name);
    assert.equal(after.of('magpie_apps'), before.of('magpie_apps'));
    assert.equal(after.of('magpie_accounts'), before.of('magpie_accounts'));
    for (const name of ['magpie_messages_total', 'magpie_calls_total', 'magpie_logins_total'])
      assert.equal(after.of(name), 0, name);
    assert.ok(after.of('process_start_time_seconds') > before.of('process_start_time_seconds'));
    const seen = await look(`?app=${app.sdkappid}`);
    assert.equal(seen.of('magpie_app_messages_today', { kind: 'c2c' }), 12);
  });

  test('of the process are those of the system', async () => {
    const seen = await look();
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    const resident = Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024;
    assert.ok(Math.abs(seen.of('process_resident_memory_bytes') - resident) < resident / 2);
    assert.ok(seen.of('process_threads') > 5);
    assert.ok(seen.of('process_cpu_seconds_total') > 0);
    assert.ok(seen.of('process_open_fds') > 5);
    assert.ok(Math.abs(seen.of('magpie_core_time_seconds') - Date.now() / 1000) < 60);
    assert.equal(seen.of('magpie_up'), 1);
    assert.ok(seen.of('magpie_thread_cpu_seconds_total', { thread: 'shard' }) > 0);
    assert.ok(seen.of('magpie_thread_cpu_seconds_total', { gateway: '1' }) > 0);
  });
});

describe('histories', () => {
  const read = () =>
    app.rest.ok('openim/admin_getroammsg', {
      ...{ From_Account: 'alice', To_Account: 'bob', MaxCnt: 20, MinTime: 0, MaxTime: 4294967295 },
    });

  test('are read at once where messages lie in memory', async () => {
    await say(9001);
    await read(); // by a thread, whose read shows the file to the gateways
    const gateway = (by) => ['magpie_histories_total', { read: 'at_once' }, by];
    const thread = (by) => ['magpie_histories_total', { read: 'by_thread' }, by];
    const { MsgList: list } = await moves(read, gateway(1), thread(0));
    assert.equal(list.at(-1).MsgRandom, 9001);
  });
});
