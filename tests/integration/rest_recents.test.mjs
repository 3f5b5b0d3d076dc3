// Recent contacts by REST (server-api §3.10, §7.4, §12.3).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { textBody } from './support/rest.mjs';
import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

let server, app, rest;
let random = 1;

before(async () => {
  server = await Server.start();
  app = await server.app();
  rest = app.rest;
  await limit('call_rate', 10000);
});

after(() => server?.remove());

const limit = (name, value) =>
  server.cli(
    ...['limit', 'set', '--app', app.sdkappid, '--limit', name, '--value', value],
    ...['--reason', 'tests'],
  );
const now = () => Math.floor(Date.now() / 1000);
const code = async (reply) => (await reply).ErrorCode;

async function people(name, count = 2) {
  const names = Array.from({ length: count }, (_, i) => `${name}_${i}`);
  for (let i = 0; i < count; i += 100) await rest.importAccounts(...names.slice(i, i + 100));
  return names;
}

const send = (From_Account, To_Account, more = {}) =>
  rest.ok('openim/sendmsg', {
    From_Account,
    To_Account,
    MsgRandom: random++,
    MsgBody: textBody('x'),
    ...more,
  });

const first = { TimeStamp: 0, StartIndex: 0, TopTimeStamp: 0, TopStartIndex: 0, AssistFlags: 7 };
const list = (From_Account, more = {}) =>
  rest.call('recentcontact/get_list', { From_Account, ...first, ...more });
const remove = (body) => rest.call('recentcontact/delete', body);
const peers = ({ SessionItem }) => SessionItem.map(({ To_Account }) => To_Account);

/** All pages in order. */
async function all(me, more = {}) {
  const items = [];
  let cursor = {};
  for (let i = 0; i < 100; i++) {
    const reply = await list(me, { ...more, ...cursor });
    assert.equal(reply.ErrorCode, 0);
    items.push(...reply.SessionItem);
    if (reply.CompleteFlag === 1) return items;
    const { TimeStamp, StartIndex, TopTimeStamp, TopStartIndex } = reply;
    cursor = { TimeStamp, StartIndex, TopTimeStamp, TopStartIndex };
  }
  throw new Error('pages come to no end');
}

describe('get_list', () => {
  test('the shape of its answer', async () => {
    const [me, a] = await people('shape');
    const { MsgTime } = await send(a, me);
    assert.deepEqual(await list(me), {
      ActionStatus: 'OK',
      ErrorInfo: '',
      ErrorCode: 0,
      ErrorDisplay: '',
      SessionItem: [{ Type: 1, To_Account: a, MsgTime, TopFlag: 0 }],
      CompleteFlag: 1,
      TimeStamp: 0,
      StartIndex: 0,
      TopTimeStamp: 0,
      TopStartIndex: 0,
    });
    assert.deepEqual(peers(await list(a)), [me]);
  });

  test('nobody to list is a complete, empty list', async () => {
    const [me] = await people('none', 1);
    const reply = await list(me);
    assert.deepEqual([reply.SessionItem, reply.CompleteFlag], [[], 1]);
  });

  test('newest last message first; a new message moves its peer up', async () => {
    const [me, a, b, c] = await people('order', 4);
    const start = now() - 100;
    await send(a, me, { MsgTimeStamp: start + 1 });
    await send(me, b, { MsgTimeStamp: start + 3 });
    await send(c, me, { MsgTimeStamp: start + 2 });
    assert.deepEqual(peers(await list(me)), [b, c, a]);
    await send(me, a, { MsgTimeStamp: start + 4 });
    assert.deepEqual(peers(await list(me)), [a, b, c]);
  });

  test('pinned first, as the client pinned them', async (t) => {
    const [me, a, b, c] = await people('pin', 4);
    const start = now() - 100;
    for (const [i, peer] of [a, b, c].entries()) await send(peer, me, { MsgTimeStamp: start + i });
    const client = await SdkClient.ready(server, app, me);
    t.after(() => client.close());
    await client.chat.pinConversation({ conversationID: `C2C${a}`, isPinned: true });
    const reply = await list(me);
    assert.deepEqual(peers(reply), [a, c, b]);
    assert.deepEqual(reply.SessionItem.map(({ TopFlag }) => TopFlag), [1, 0, 0]);
  });

  test('messages that are not stored, or say NoLastMsg, move nothing', async () => {
    const [me, a, b] = await people('quiet', 3);
    const start = now() - 100;
    await send(a, me, { MsgTimeStamp: start });
    await send(b, me, { MsgTimeStamp: start + 1 });
    await send(a, me, { MsgLifeTime: 0 });
    await send(a, me, { SendMsgControl: ['NoLastMsg'] });
    assert.deepEqual(peers(await list(me)), [b, a]);
    assert.equal((await list(me)).SessionItem[1].MsgTime, start);
  });

  test('what went to the receiver only is in the list of the receiver only', async () => {
    const [a, b] = await people('only');
    await send(a, b, { SyncOtherMachine: 2 });
    assert.deepEqual(peers(await list(b)), [a]);
    assert.deepEqual(peers(await list(a)), []);
  });

  test('refuses unknown accounts with 50001 and bad fields with 50002', async () => {
    const [me] = await people('bad', 1);
    assert.equal(await code(list('nobody')), 50001);
    for (const bad of [undefined, 1, '', ['x']]) assert.equal(await code(list(bad)), 50002, String(bad));
    for (const name of ['TimeStamp', 'StartIndex', 'AssistFlags'])
      for (const value of [undefined, 'x', -1, 1.5])
        assert.equal(await code(list(me, { [name]: value })), 50002, `${name} ${value}`);
  });
});

describe('the limit of recent contacts', () => {
  const PEERS = 230;
  let me, names;

  before(async () => {
    [me, ...names] = await people('many', PEERS + 1);
    const start = now() - 1000;
    // Several a second, so that cursors have to tell them apart.
    await Promise.all(names.map((name, i) => send(name, me, { MsgTimeStamp: start + (i >> 3) })));
  });

  test('is 50 without being asked for more', async () => {
    assert.equal((await all(me)).length, 50);
  });

  test('raised shows what was stored before, 100 a page, each once and in order', async () => {
    await limit('recents', 100);
    assert.equal((await all(me)).length, 100);
    await limit('recents', 300);
    assert.equal((await list(me)).SessionItem.length, 100);
    const items = await all(me);
    assert.equal(items.length, PEERS);
    assert.deepEqual(items.map(({ To_Account }) => To_Account).sort(), [...names].sort());
    const times = items.map(({ MsgTime }) => MsgTime);
    assert.deepEqual(times, [...times].sort((x, y) => y - x));
  });
});

describe('delete', () => {
  test('takes the entry off one side only; the history stays', async () => {
    const [me, a] = await people('del');
    await send(a, me);
    const body = { From_Account: me, Type: 1, To_Account: a };
    assert.deepEqual(await remove(body), { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0, ErrorDisplay: '' });
    assert.deepEqual(peers(await list(me)), []);
    assert.deepEqual(peers(await list(a)), [me]);
    const range = { MaxCnt: 10, MinTime: 0, MaxTime: 4294967295 };
    const history = async (From_Account, To_Account) =>
      (await rest.ok('openim/admin_getroammsg', { From_Account, To_Account, ...range })).MsgCnt;
    assert.equal(await history(me, a), 1);

    await send(a, me);
    assert.deepEqual(peers(await list(me)), [a]);
    await remove({ ...body, ClearRamble: 1 });
    assert.equal(await history(me, a), 0);
    assert.equal(await history(a, me), 2);
  });

  test('of what is not there is no failure', async () => {
    const [me, a] = await people('del_none');
    const body = { From_Account: me, Type: 1, To_Account: a };
    for (let i = 0; i < 2; i++) assert.equal(await code(remove(body)), 0);
    assert.equal(await code(remove({ From_Account: me, Type: 2, ToGroupid: '@TGS#1' })), 0);
  });

  test('refuses bad fields with 50002', async () => {
    const [me, a] = await people('del_bad');
    const good = { From_Account: me, Type: 1, To_Account: a };
    for (const more of [
      { From_Account: undefined },
      { From_Account: 1 },
      { Type: undefined },
      { Type: 0 },
      { Type: 3 },
      { Type: '1' },
      { To_Account: undefined },
      { To_Account: '' },
      { To_Account: 1 },
      { Type: 2 },
      { ClearRamble: 'x' },
    ])
      assert.equal(await code(remove({ ...good, ...more })), 50002, JSON.stringify(more));
    assert.equal(await code(remove({ ...good, From_Account: 'nobody' })), 50001);
  });
});
