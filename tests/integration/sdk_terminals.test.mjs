// Two terminals of one account at once, and the kinds of elements, with the official client SDK.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { cli } from './support/cli.mjs';
import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

let server, app;

before(async () => {
  server = await Server.start();
  app = await server.app();
  await cli(server.dataDir, ...`limit set --app ${app.sdkappid} --limit multi_terminal`.split(' '),
    '--value', '2', '--reason', 'two web pages');
});
after(() => server?.remove());

/** n clients, closed after the test. */
async function clients(t, ...users) {
  const all = [];
  for (const user of users) {
    const client = await SdkClient.ready(server, app, user);
    t.after(() => client.close());
    all.push(client);
  }
  return all;
}

describe('several terminals', () => {
  test('both receive, and what one sends the other sees as its own', async (t) => {
    const [page, tab, peer] = await clients(t, 'both', 'both', 'peer');
    await peer.sendText('both', 'to both of you');
    for (const one of [page, tab])
      assert.equal((await one.message()).payload.text, 'to both of you');

    const sent = await page.sendText('peer', 'from the first page');
    const copy = await tab.message(({ payload }) => payload.text === 'from the first page');
    assert.deepEqual([copy.flow, copy.ID, copy.to], ['out', sent.ID, 'peer']);
    assert.equal((await peer.message()).ID, sent.ID);
  });

  test('what one terminal reads is read on the other', async (t) => {
    const [page, tab, peer] = await clients(t, 'reads', 'reads', 'writes');
    await peer.sendText('reads', 'unread');
    for (const one of [page, tab])
      await one.conversation('writes', ({ unreadCount }) => unreadCount === 1);
    await page.chat.setMessageRead({ conversationID: 'C2Cwrites' });
    await tab.conversation('writes', ({ unreadCount }) => unreadCount === 0);
  });

  test('a third login ends the oldest', async (t) => {
    const [first, second] = await clients(t, 'three', 'three');
    await clients(t, 'three');
    const { type } = await first.next('KICKED_OUT');
    assert.equal(type, first.sdk.TYPES.KICKED_OUT_MULT_DEVICE);
    assert.deepEqual(second.seen('KICKED_OUT'), []);
  });

  test('the month is charged for them', async () => {
    const [day] = (await cli(server.dataDir, 'usage', '--app', app.sdkappid)).days.slice(-1);
    const month = `${day.day.slice(0, 4)}-${day.day.slice(4, 6)}`;
    const bill = await cli(server.dataDir, 'bill', '--app', app.sdkappid, '--month', month);
    const line = bill.lines.find(({ item }) => item === 'multi_terminal');
    assert.deepEqual([line.quantity, line.amount_fen], [1, 200000]);
  });
});

describe('elements', () => {
  test('a face and a location go both ways as they were made', async (t) => {
    const [a, b] = await clients(t, 'faces', 'places');
    const conversationType = a.sdk.TYPES.CONV_C2C;
    await a.chat.sendMessage(
      a.chat.createFaceMessage({ to: 'places', conversationType, payload: { index: 3, data: 'tt' } }),
    );
    const face = await b.message(({ type }) => type === b.sdk.TYPES.MSG_FACE);
    assert.deepEqual(face.payload, { index: 3, data: 'tt' });

    await b.chat.sendMessage(
      b.chat.createLocationMessage({
        to: 'faces',
        conversationType,
        payload: { description: 'here', longitude: 113.9, latitude: 22.5 },
      }),
    );
    const place = await a.message(({ type }) => type === a.sdk.TYPES.MSG_LOCATION);
    assert.deepEqual(
      [place.payload.description, place.payload.longitude, place.payload.latitude],
      ['here', 113.9, 22.5],
    );
  });
});
