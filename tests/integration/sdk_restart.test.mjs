// A server that dies under the official client SDK. In a file of its own, since the SDK waits for
// its next hello before it looks for a server that refused it once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

const BACK_MS = 60000; // HelloInterval and more

let server, app;

before(async () => {
  server = await Server.start();
  app = await server.app();
});

after(() => server?.remove());

test('clients come back by themselves, with what they missed', async (t) => {
  const users = ['back_a', 'back_b'];
  const [a, b] = await Promise.all(users.map((user) => SdkClient.ready(server, app, user)));
  t.after(() => Promise.all([a.close(), b.close()]));
  await a.sendText('back_b', 'before');
  await b.message();
  await b.history('back_a');

  await server.kill9();
  await server.restart();
  await a.sendText('back_b', 'after'); // a connects again for it
  const list = await b.next(
    'MESSAGE_RECEIVED',
    (messages) => messages.some(({ payload }) => payload.text === 'after'),
    BACK_MS,
  );
  assert.equal(list.length, 1);
  assert.equal(list[0].from, 'back_a');
  await b.conversation('back_a', ({ unreadCount }) => unreadCount === 2);
  assert.equal(b.chat.isReady(), true);
});
