// Warnings posted to a real target: one that hangs, fails, and takes; over kill -9.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';

import { Mailbox } from './support/mailbox.mjs';
import { Server } from './support/server.mjs';

const WAIT = { timeout: 90000 };

let server, app, target, url;
const posts = new Mailbox('posts');
let answer = (response) => response.writeHead(204).end();

before(async () => {
  target = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      posts.put({ headers: request.headers, body: Buffer.concat(parts).toString() });
      answer(response);
    });
  }).listen(0, '127.0.0.1');
  await once(target, 'listening');
  url = `http://127.0.0.1:${target.address().port}/warnings`;
  server = await Server.start({ args: ['--webhooks', 'any'] });
  app = await server.app();
});

after(async () => {
  target?.closeAllConnections();
  target?.close();
  await server?.remove();
});

const POST_MS = 30000;
const post = (match, what) => posts.take(match, POST_MS, what);
const text = (item) => JSON.parse(item.body);

/** The secret of a new webhook, as bytes. */
async function hook(...options) {
  const set = await server.cli('warning', 'webhook', '--app', app.sdkappid, '--url', url, ...options);
  return Buffer.from(set.secret, 'hex');
}

async function makeGroups(...names) {
  for (const GroupId of names)
    await app.rest.ok('group_open_http_svc/create_group', { Type: 'Public', Name: 'g', GroupId });
}

const cap = (limit, value) =>
  server.cli('limit', 'set', '--app', app.sdkappid, '--limit', limit, '--value', value, '--reason', 'x');

const listed = async () => (await server.cli('warning', 'list', '--app', app.sdkappid)).items;

describe('warnings', WAIT, () => {
  test('are posted once taken, with an id and a signature of the body', async () => {
    const secret = await hook('--new-secret', 1);
    await cap('groups', 5);
    await makeGroups('a', 'b', 'c');
    assert.deepEqual(await listed(), []);
    await makeGroups('d');
    const item = await post(() => true, 'the warning at 80 %');
    const { id, type, sdkappid, limit, used, value } = text(item);
    assert.deepEqual(
      { type, sdkappid, limit, used, value },
      { type: 'limit_near', sdkappid: app.sdkappid, limit: 'groups', used: 4, value: 5 },
    );
    assert.equal(item.headers['x-magpie-id'], id);
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(item.headers['x-magpie-signature']);
    assert.equal(v1, createHmac('sha256', secret).update(`${t}.${item.body}`).digest('hex'));
    await makeGroups('e');
    assert.equal(text(await post(() => true, 'the warning at 100 %')).type, 'limit_reached');
  });

  test('wait for a target that hangs, fails or is told of them again after kill -9', async () => {
    const held = [];
    answer = (response) => held.push(response);
    await server.cli('warning', 'webhook', '--app', app.sdkappid, '--url', url, '--amount-fen', 1);
    await cap('recents', 100);
    const first = text(await post(() => true, 'the warning of the price'));
    assert.deepEqual([first.type, first.price_fen, first.amount_fen], ['price_passed', 200000, 1]);
    // The target hangs; the core does not.
    const before = performance.now();
    await app.rest.ok('openim/querystate', { To_Account: ['administrator'] });
    assert.ok(performance.now() - before < 1000);
    answer = (response) => response.writeHead(500).end();
    const second = text(await post(() => true, 'another attempt behind the one that hung'));
    assert.equal(second.id, first.id);
    await server.kill9();
    answer = (response) => response.writeHead(204).end();
    await server.restart();
    assert.equal(text(await post(() => true, 'an attempt after the restart')).id, first.id);
    for (const response of held) response.destroy();
    let items;
    do items = await listed();
    while (items.some(({ waits }) => waits));
    assert.equal(items.length, 3);
    assert.deepEqual(posts.peek(), []);
  });
});

test('a webhook that leads into the own network is not posted to', WAIT, async () => {
  let connections = 0;
  const inside = createServer((request, response) => response.end());
  inside.on('connection', () => connections++);
  inside.listen(0, '127.0.0.1');
  await once(inside, 'listening');
  const careful = await Server.start();
  try {
    const { sdkappid } = await careful.app();
    const of = ['--app', sdkappid];
    const attempts = async () => (await careful.cli('warning', 'list', ...of)).items[0]?.attempts;
    const at = `http://localhost:${inside.address().port}/`;
    await careful.cli('warning', 'webhook', ...of, '--url', at, '--amount-fen', 1);
    await careful.cli('limit', 'set', ...of, '--limit', 'recents', '--value', 100, '--reason', 'x');
    while (!(await attempts()));
    assert.equal(connections, 0);
  } finally {
    await careful.remove();
    inside.close();
  }
});
