// History, withdrawal, read marks and unread counts by REST (server-api §3.5).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { textBody } from './support/rest.mjs';
import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

const FOREVER = 4294967295;

let server, app, rest;
let random = 1;

before(async () => {
  server = await Server.start();
  app = await server.app();
  rest = app.rest;
  await server.cli(
    ...['limit', 'set', '--app', app.sdkappid, '--limit', 'call_rate', '--value', 10000],
    ...['--reason', 'tests'],
  );
});

after(() => server?.remove());

const now = () => Math.floor(Date.now() / 1000);
const openim = (command, body) => rest.call(`openim/${command}`, body);
const code = async (reply) => (await reply).ErrorCode;

async function people(name, count = 2) {
  const names = Array.from({ length: count }, (_, i) => `${name}_${i}`);
  await rest.importAccounts(...names);
  return names;
}

const send = (From_Account, To_Account, text, more = {}) =>
  rest.ok('openim/sendmsg', {
    From_Account,
    To_Account,
    MsgRandom: random++,
    MsgBody: textBody(text),
    ...more,
  });

const page = (From_Account, To_Account, more = {}) =>
  rest.ok('openim/admin_getroammsg', {
    From_Account,
    To_Account,
    MaxCnt: 100,
    MinTime: 0,
    MaxTime: FOREVER,
    ...more,
  });

/** All pages, by the documented continuation. */
async function pages(from, to, MaxCnt, MinTime = 0, MaxTime = FOREVER) {
  const found = [];
  let next = { MaxCnt, MinTime, MaxTime };
  for (;;) {
    const reply = await page(from, to, next);
    found.push(reply);
    assert.equal(reply.MsgCnt, reply.MsgList.length);
    assert.ok(reply.MsgCnt <= MaxCnt);
    if (reply.Complete === 1) return found;
    assert.ok(reply.MsgCnt > 0 && found.length < 1000, 'pages come to an end');
    next = { ...next, MaxTime: reply.LastMsgTime, LastMsgKey: reply.LastMsgKey };
  }
}

const texts = (list) => list.map(({ MsgBody }) => MsgBody[0].MsgContent.Text);

describe('admin_getroammsg', () => {
  test('the shape of its answer', async () => {
    const [a, b] = await people('shape');
    const { MsgKey, MsgTime } = await send(a, b, 'x', { MsgSeq: 9, CloudCustomData: 'c' });
    const { MsgList, ...rest_ } = await page(a, b);
    assert.deepEqual(rest_, {
      ActionStatus: 'OK',
      ErrorInfo: '',
      ErrorCode: 0,
      Complete: 1,
      MsgCnt: 1,
      LastMsgTime: MsgTime,
      LastMsgKey: MsgKey,
    });
    const { From_Account, To_Account, MsgSeq, MsgTimeStamp, MsgFlagBits, CloudCustomData } = MsgList[0];
    assert.deepEqual(
      { From_Account, To_Account, MsgSeq, MsgTimeStamp, MsgFlagBits, CloudCustomData },
      { From_Account: a, To_Account: b, MsgSeq: 9, MsgTimeStamp: MsgTime, MsgFlagBits: 0, CloudCustomData: 'c' },
    );
    assert.equal(MsgList[0].MsgKey, MsgKey);
    assert.deepEqual(MsgList[0].MsgBody, textBody('x'));
  });

  test('a conversation without messages is complete and empty', async () => {
    const [a, b] = await people('empty');
    const reply = await page(a, b);
    assert.deepEqual([reply.Complete, reply.MsgCnt, reply.MsgList], [1, 0, []]);
  });

  test('pages through 300 messages of one second without gaps or doubles', async () => {
    const [a, b] = await people('same');
    const MsgTimeStamp = now() - 100;
    const wanted = new Set();
    await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        const [from, to] = i % 2 ? [a, b] : [b, a];
        const { MsgKey } = await send(from, to, `${i}`, { MsgTimeStamp });
        wanted.add(MsgKey);
        assert.ok(MsgKey.endsWith(`_${MsgTimeStamp}`), 'all in the second that was asked for');
      }),
    );
    assert.equal(wanted.size, 300);
    for (const [from, to, MaxCnt] of [[a, b, 7], [b, a, 20], [a, b, 100], [a, b, 1000]]) {
      const found = (await pages(from, to, MaxCnt)).flatMap(({ MsgList }) => MsgList);
      const keys = found.map(({ MsgKey }) => MsgKey);
      assert.equal(keys.length, 300, `MaxCnt ${MaxCnt}`);
      assert.deepEqual(new Set(keys), wanted);
    }
  });

  test('goes back in time, each page in order, over messages that are spread', async () => {
    const [a, b] = await people('spread');
    const start = now() - 5000;
    for (let i = 0; i < 50; i++) await send(a, b, `${i}`, { MsgTimeStamp: start + (i >> 1), MsgSeq: i });
    const found = await pages(b, a, 8);
    for (const { MsgList, LastMsgKey } of found) {
      const times = MsgList.map(({ MsgTimeStamp }) => MsgTimeStamp);
      assert.deepEqual(times, [...times].sort((x, y) => x - y));
      assert.equal(LastMsgKey, MsgList[0].MsgKey);
    }
    const all = found.reverse().flatMap(({ MsgList }) => texts(MsgList));
    assert.deepEqual(all, Array.from({ length: 50 }, (_, i) => `${i}`));
  });

  test('MinTime and MaxTime are both included', async () => {
    const [a, b] = await people('range');
    const start = now() - 1000;
    for (let i = 0; i < 10; i++) await send(a, b, `${i}`, { MsgTimeStamp: start + i });
    const range = async (min, max, MaxCnt = 100) =>
      (await pages(a, b, MaxCnt, start + min, start + max))
        .reverse()
        .flatMap(({ MsgList }) => texts(MsgList))
        .join('');
    assert.equal(await range(3, 6), '3456');
    assert.equal(await range(3, 6, 1), '3456');
    assert.equal(await range(5, 5), '5');
    assert.equal(await range(-10, 2), '012');
    assert.equal(await range(8, 100), '89');
    assert.equal(await range(6, 3), '');
    assert.equal(await range(20, 30), '');
  });

  test('both sides see the same, but for what went to the receiver only', async () => {
    const [a, b] = await people('sides');
    const start = now() - 100;
    for (const [i, SyncOtherMachine] of [undefined, 1, 2, 2, 1].entries())
      await send(a, b, `${i}`, { SyncOtherMachine, MsgTimeStamp: start + i });
    await send(b, a, '5', { SyncOtherMachine: 2, MsgTimeStamp: start + 5 });
    for (const MaxCnt of [1, 2, 100]) {
      const seen = async (x, y) =>
        (await pages(x, y, MaxCnt)).reverse().flatMap(({ MsgList }) => texts(MsgList)).join('');
      assert.equal(await seen(a, b), '0145');
      assert.equal(await seen(b, a), '01234');
    }
  });

  test('outlives a restart and a kill', async () => {
    const [a, b] = await people('restart');
    for (let i = 0; i < 40; i++) await send(a, b, `${i}`, { MsgTimeStamp: now() - 100 + i });
    const before_ = await page(a, b);
    await server.restart();
    assert.deepEqual(await page(a, b), before_);
    await server.kill9();
    await server.restart();
    assert.deepEqual(await page(a, b), before_);
  });

  test('refuses bad fields', async () => {
    const [a, b] = await people('roam_bad');
    const ask = { From_Account: a, To_Account: b, MaxCnt: 10, MinTime: 0, MaxTime: 1 };
    const bad = async (more) => code(openim('admin_getroammsg', { ...ask, ...more }));
    assert.equal(await bad({ From_Account: undefined }), 90008);
    assert.equal(await bad({ From_Account: 1 }), 90008);
    assert.equal(await bad({ To_Account: undefined }), 90003);
    assert.equal(await bad({ To_Account: ['x'] }), 90003);
    for (const name of ['MaxCnt', 'MinTime', 'MaxTime'])
      for (const value of [undefined, 'x', -1, 1.5])
        assert.equal(await bad({ [name]: value }), 90001, `${name} ${value}`);
    assert.equal(await bad({ MaxCnt: 0 }), 90001);
    assert.equal(await bad({ LastMsgKey: 'x' }), 90001);
    assert.equal(await bad({ LastMsgKey: '' }), 0);
    for (const more of [{ From_Account: 'nobody' }, { To_Account: 'nobody' }])
      assert.notEqual(await bad(more), 0);
  });
});

describe('admin_msgwithdraw', () => {
  const withdraw = (From_Account, To_Account, MsgKey) =>
    openim('admin_msgwithdraw', { From_Account, To_Account, MsgKey });

  test('withdraws for both sides, and tells online clients', async (t) => {
    const [a, b] = await people('wd');
    const client = await SdkClient.ready(server, app, b);
    t.after(() => client.close());
    const { MsgKey } = await send(a, b, 'secret');
    await client.message();
    const event = client.next('MESSAGE_REVOKED');
    assert.deepEqual(await withdraw(a, b, MsgKey), { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 });
    await event;
    for (const [x, y] of [[a, b], [b, a]]) {
      const { MsgList } = await page(x, y);
      assert.equal(MsgList.length, 1);
      assert.equal(MsgList[0].MsgFlagBits, 8);
      assert.equal(MsgList[0].MsgKey, MsgKey);
      assert.equal(JSON.stringify(MsgList).includes('secret'), false);
    }
  });

  test('a second time: 20023; what is not there: 20022; what is no key: 90054', async () => {
    const [a, b, c] = await people('wd_bad', 3);
    const { MsgKey } = await send(a, b, 'x');
    const parts = MsgKey.split('_').map(Number);
    assert.equal(await code(withdraw(a, c, MsgKey)), 20022);
    assert.equal(await code(withdraw(b, a, MsgKey)), 20022);
    assert.equal(await code(withdraw(a, b, `${parts[0] + 1}_${parts[1]}_${parts[2]}`)), 20022);
    assert.equal(await code(withdraw(a, b, `${parts[0]}_${parts[1]}_${parts[2] + 1}`)), 20022);
    assert.equal(await code(withdraw(a, b, MsgKey)), 0);
    assert.equal(await code(withdraw(a, b, MsgKey)), 20023);
    for (const bad of ['', 'x', '1_2', '1_2_3_4', '_1_2', '1__2', '-1_2_3', '1_2_x', ' 1_2_3', '4294967296_1_1', undefined, 1, null])
      assert.equal(await code(withdraw(a, b, bad)), 90054, String(bad));
    assert.equal(await code(withdraw(undefined, b, MsgKey)), 90008);
    assert.equal(await code(withdraw(a, undefined, MsgKey)), 90003);
    assert.notEqual(await code(withdraw('nobody', b, MsgKey)), 0);
  });

  test('has no time limit', async () => {
    const [a, b] = await people('wd_old');
    const { MsgKey } = await send(a, b, 'x', { MsgTimeStamp: now() - 86400 });
    assert.equal(await code(withdraw(a, b, MsgKey)), 0);
  });

  test('what clients sent can be withdrawn by the key in the history', async (t) => {
    const [a, b] = await people('wd_client');
    const client = await SdkClient.ready(server, app, a);
    t.after(() => client.close());
    await client.sendText(b, 'x');
    const [{ MsgKey }] = (await page(b, a)).MsgList;
    assert.equal(await code(withdraw(a, b, MsgKey)), 0);
  });

  test('a withdrawn message is not unread', async () => {
    const [a, b] = await people('wd_unread');
    const { MsgKey } = await send(a, b, 'x');
    await send(a, b, 'y');
    await withdraw(a, b, MsgKey);
    const reply = await rest.ok('openim/get_c2c_unread_msg_num', { To_Account: b });
    assert.equal(reply.AllC2CUnreadMsgNum, 1);
  });
});

describe('unread counts', () => {
  const unread = (To_Account, Peer_Account) =>
    openim('get_c2c_unread_msg_num', { To_Account, Peer_Account });
  const read = (Report_Account, Peer_Account, MsgReadTime) =>
    openim('admin_set_msg_read', { Report_Account, Peer_Account, MsgReadTime });

  test('of all peers, and of each', async () => {
    const [me, a, b, c] = await people('un', 4);
    for (const from of [a, a, b]) await send(from, me, 'x');
    await send(me, a, 'mine');
    assert.deepEqual(await unread(me), {
      ActionStatus: 'OK',
      ErrorInfo: '',
      ErrorCode: 0,
      AllC2CUnreadMsgNum: 3,
    });
    const reply = await unread(me, [a, b, c, 'nobody']);
    assert.deepEqual(reply.C2CUnreadMsgNumList, [
      { Peer_Account: a, C2CUnreadMsgNum: 2 },
      { Peer_Account: b, C2CUnreadMsgNum: 1 },
      { Peer_Account: c, C2CUnreadMsgNum: 0 },
    ]);
    assert.deepEqual(
      reply.ErrorList.map(({ Peer_Account, ErrorCode }) => [Peer_Account, ErrorCode]),
      [['nobody', 70107]],
    );
    assert.equal('AllC2CUnreadMsgNum' in reply, false);
    assert.equal('ErrorList' in (await unread(me, [a])), false);
  });

  test('are at most 100 a conversation', async () => {
    const [me, a] = await people('un_many');
    await Promise.all(Array.from({ length: 130 }, (_, i) => send(a, me, `${i}`)));
    const { AllC2CUnreadMsgNum } = await unread(me);
    assert.equal(AllC2CUnreadMsgNum, 100);
  });

  test('NoUnread messages do not count', async () => {
    const [me, a] = await people('un_no');
    await send(a, me, 'x', { SendMsgControl: ['NoUnread'] });
    await send(a, me, 'y');
    assert.equal((await unread(me)).AllC2CUnreadMsgNum, 1);
  });

  test('fall with admin_set_msg_read, up to and including its second', async () => {
    const [me, a, b] = await people('un_read', 3);
    const start = now() - 100;
    for (let i = 0; i < 5; i++) await send(a, me, `${i}`, { MsgTimeStamp: start + i });
    await send(b, me, 'other');
    assert.deepEqual(await read(me, a, start + 2), { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 });
    assert.equal((await unread(me, [a])).C2CUnreadMsgNumList[0].C2CUnreadMsgNum, 2);
    await read(me, a, start + 1); // earlier: nothing becomes unread again
    assert.equal((await unread(me, [a])).C2CUnreadMsgNumList[0].C2CUnreadMsgNum, 2);
    await read(me, a);
    assert.equal((await unread(me)).AllC2CUnreadMsgNum, 1);
  });

  test('admin_set_msg_read tells an online sender', async (t) => {
    const [me, a] = await people('un_peer');
    const client = await SdkClient.ready(server, app, a);
    t.after(() => client.close());
    await client.sendText(me, 'x');
    const event = client.next('MESSAGE_READ_BY_PEER');
    await read(me, a);
    await event;
  });

  test('refuse bad fields', async () => {
    const [me, a] = await people('un_bad');
    for (const bad of [undefined, 1, '', ['x']]) assert.equal(await code(unread(bad)), 90003, String(bad));
    assert.notEqual(await code(unread('nobody')), 0);
    assert.notEqual(await code(unread(me, Array(11).fill(a))), 0);
    assert.equal(await code(unread(me, Array.from({ length: 10 }, (_, i) => `p${i}`))), 0);
    assert.notEqual(await code(unread(me, [1])), 0);
    for (const bad of [undefined, 1, '']) {
      assert.equal(await code(read(bad, a)), 90008, String(bad));
      assert.equal(await code(read(me, bad)), 90003, String(bad));
    }
    assert.notEqual(await code(read('nobody', a)), 0);
    assert.notEqual(await code(read(me, 'nobody')), 0);
    assert.equal(await code(read(me, a, 'x')), 90001);
  });
});
