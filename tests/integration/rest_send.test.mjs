// sendmsg and batchsendmsg: every field, every refusal (server-api §3.5, §4, §15.1).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { textBody } from './support/rest.mjs';
import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

const MAX_BYTES = 8192;
const WEEK_S = 604800;

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
  await rest.importAccounts('a', 'b');
});

after(() => server?.remove());

const now = () => Math.floor(Date.now() / 1000);
const message = (more = {}) => ({
  From_Account: 'a',
  To_Account: 'b',
  MsgRandom: random++,
  MsgBody: textBody('hi'),
  ...more,
});
const send = (more) => rest.call('openim/sendmsg', message(more));
const sent = (more) => rest.ok('openim/sendmsg', message(more));
const code = async (reply) => (await reply).ErrorCode;

/** Fresh accounts of one test. */
async function people(name, count = 2) {
  const names = Array.from({ length: count }, (_, i) => `${name}_${i}`);
  await rest.importAccounts(...names);
  return names;
}

/** All messages of a conversation as one side sees it, newest first as keys. */
async function history(From_Account, To_Account, more = {}) {
  const list = { From_Account, To_Account, MaxCnt: 100, MinTime: 0, MaxTime: 4294967295, ...more };
  return (await rest.ok('openim/admin_getroammsg', list)).MsgList;
}

const texts = (list) => list.map(({ MsgBody }) => MsgBody[0].MsgContent.Text);

async function online(t, ...users) {
  const clients = await Promise.all(users.map((user) => SdkClient.ready(server, app, user)));
  t.after(() => Promise.all(clients.map((client) => client.close())));
  return clients;
}

describe('sendmsg', () => {
  test('answers with MsgTime and a MsgKey of number, random and time', async () => {
    const before_s = now();
    const reply = await send({ MsgRandom: 1287657 });
    assert.deepEqual(Object.keys(reply).sort(), [
      'ActionStatus',
      'ErrorCode',
      'ErrorInfo',
      'MsgKey',
      'MsgTime',
    ]);
    assert.ok(reply.MsgTime >= before_s && reply.MsgTime <= now());
    assert.match(reply.MsgKey, new RegExp(`^\\d+_1287657_${reply.MsgTime}$`));
    assert.ok(reply.MsgKey.length <= 50);
  });

  test('reaches an online receiver, and one who comes later', async (t) => {
    const [from, to] = await people('reach');
    const [client] = await online(t, to);
    await sent({ From_Account: from, To_Account: to, MsgBody: textBody('now') });
    assert.equal((await client.message()).payload.text, 'now');
    await client.close();
    await sent({ From_Account: from, To_Account: to, MsgBody: textBody('later') });
    const [again] = await online(t, to);
    const { messageList } = await again.history(from);
    assert.deepEqual(messageList.map(({ payload }) => payload.text), ['now', 'later']);
  });

  test('without From_Account comes from the administrator', async () => {
    const [to] = await people('admin', 1);
    await rest.ok('openim/sendmsg', { To_Account: to, MsgRandom: 1, MsgBody: textBody('x') });
    const [item] = await history('administrator', to);
    assert.equal(item.From_Account, 'administrator');
    assert.equal(item.To_Account, to);
  });

  test('keeps every kind of element as it was sent', async () => {
    const [from, to] = await people('elements');
    const body = [
      ...textBody('t "\\ 喜鹊 🐦'),
      { MsgType: 'TIMLocationElem', MsgContent: { Desc: 'd', Latitude: 29.340656774469956, Longitude: -116.77 } },
      { MsgType: 'TIMFaceElem', MsgContent: { Index: 6, Data: 'abc' } },
      { MsgType: 'TIMCustomElem', MsgContent: { Data: 'x', Desc: 'n', Ext: 'u', Sound: 's' } },
    ];
    await sent({ From_Account: from, To_Account: to, MsgBody: body, CloudCustomData: 'c"\\' });
    const [item] = await history(to, from);
    assert.deepEqual(item.MsgBody, body);
    assert.equal(item.CloudCustomData, 'c"\\');
    assert.equal(item.MsgFlagBits, 0);
  });

  test('also media elements', async () => {
    const media = {
      TIMSoundElem: { UUID: 'u', Size: 1, Second: 2 },
      TIMImageElem: { UUID: 'u', ImageFormat: 1, ImageInfoArray: [{ Type: 1, Size: 1, Width: 1, Height: 1, URL: 'u' }] },
      TIMFileElem: { UUID: 'u', FileSize: 1, FileName: 'f' },
      TIMVideoFileElem: { VideoUUID: 'v', VideoSize: 1, VideoSecond: 1, VideoFormat: 'mp4', ThumbUUID: 't' },
    };
    for (const [MsgType, MsgContent] of Object.entries(media))
      await sent({ MsgBody: [{ MsgType, MsgContent }] });
  });
});

describe('what sendmsg refuses', () => {
  const wrong = (name, values, wanted) =>
    test(`${name}: ${wanted}`, async () => {
      for (const value of values)
        assert.equal(await code(send({ [name]: value })), wanted, JSON.stringify(value));
    });

  wrong('To_Account', [undefined, 1, null, true, ['b'], {}, ''], 90003);
  wrong('From_Account', [1, true, ['a'], {}], 90008);
  wrong('MsgRandom', [undefined, '1', null, 1.5, -1, 4294967296, true, [1], {}], 90005);
  wrong('MsgTimeStamp', ['1557387418', 1.5, true, [1], {}], 90006);
  wrong('MsgSeq', ['1', 1.5, -1, 4294967296, true], 90004);
  wrong('MsgLifeTime', ['60', 1.5, true, [1], {}], 90044);
  wrong('MsgLifeTime', [-1, WEEK_S + 1, 4294967296], 90026);
  wrong('SyncOtherMachine', ['1', 1.5, true, [1], {}], 90031);
  wrong('SyncOtherMachine', [0, 3, -1], 90031);
  wrong('OfflinePushInfo', ['x', 1, []], 90043);

  test('MsgBody that is absent: 90002, that is no array: 90007', async () => {
    assert.ok([90002, 90007].includes(await code(send({ MsgBody: undefined }))));
    for (const MsgBody of ['x', 1, {}, true, null])
      assert.equal(await code(send({ MsgBody })), 90007, JSON.stringify(MsgBody));
  });

  test('MsgBody without elements, or with parts that are none: 90002', async () => {
    const content = { Text: 'x' };
    for (const element of [
      {},
      { MsgType: 'TIMTextElem' },
      { MsgContent: content },
      { MsgType: 1, MsgContent: content },
      { MsgType: 'TIMTextElem', MsgContent: 'x' },
      { MsgType: 'TIMTextElem', MsgContent: null },
      'x',
      null,
    ])
      assert.equal(await code(send({ MsgBody: [element] })), 90002, JSON.stringify(element));
    assert.equal(await code(send({ MsgBody: [] })), 90002);
  });

  test('elements of unknown type or wrong content: 90010', async () => {
    for (const [MsgType, MsgContent] of [
      ['TIMNoElem', {}],
      ['timtextelem', { Text: 'x' }],
      ['TIMTextElem', {}],
      ['TIMTextElem', { Text: 1 }],
      ['TIMTextElem', { text: 'x' }],
      ['TIMFaceElem', { Index: '6' }],
      ['TIMFaceElem', { Index: 6, Data: 7 }],
      ['TIMLocationElem', { Desc: 'x', Latitude: '1', Longitude: 1 }],
      ['TIMLocationElem', { Desc: 'x', Latitude: 1 }],
      ['TIMCustomElem', { Data: {} }],
    ])
      assert.equal(await code(send({ MsgBody: [{ MsgType, MsgContent }] })), 90010, MsgType);
    const good = textBody('x')[0];
    assert.equal(await code(send({ MsgBody: [good, { MsgType: 'x', MsgContent: {} }] })), 90010);
  });

  test('two custom elements in one message', async () => {
    const custom = { MsgType: 'TIMCustomElem', MsgContent: { Data: 'x' } };
    assert.ok([90002, 90010].includes(await code(send({ MsgBody: [custom, custom] }))));
    assert.equal(await code(send({ MsgBody: [custom, ...textBody('x')] })), 0);
  });

  test('accounts that do not exist: 90012 the receiver, 90048 the sender', async () => {
    assert.equal(await code(send({ To_Account: 'nobody' })), 90012);
    assert.ok([90012, 90048].includes(await code(send({ From_Account: 'nobody' }))));
  });

  test('over 8192 bytes: 93000, and exactly 8192 pass', async () => {
    const empty = JSON.stringify(textBody('')).length;
    const text = (bytes) => textBody('x'.repeat(bytes - empty));
    assert.equal(await code(send({ MsgBody: text(MAX_BYTES) })), 0);
    assert.equal(await code(send({ MsgBody: text(MAX_BYTES + 1) })), 93000);
    const cloud = JSON.stringify('c'.repeat(98)).length;
    assert.equal(await code(send({ MsgBody: text(MAX_BYTES - cloud), CloudCustomData: 'c'.repeat(98) })), 0);
    assert.equal(await code(send({ MsgBody: text(MAX_BYTES), CloudCustomData: 'c'.repeat(98) })), 93000);
    const chinese = (n) => textBody('喜'.repeat(n));
    assert.equal(await code(send({ MsgBody: chinese(Math.floor((MAX_BYTES - empty) / 3)) })), 0);
    assert.equal(await code(send({ MsgBody: chinese(Math.floor((MAX_BYTES - empty) / 3) + 1) })), 93000);
  });

  test('and nothing of it is stored', async () => {
    const [from, to] = await people('refused');
    await send({ From_Account: from, To_Account: to, MsgRandom: 'x' });
    await send({ From_Account: from, To_Account: to, MsgBody: [] });
    assert.deepEqual(await history(from, to), []);
  });
});

describe('SyncOtherMachine', () => {
  const values = { absent: undefined, 1: 1, 2: 2 };

  for (const [name, SyncOtherMachine] of Object.entries(values))
    test(`${name}: the sender's terminals, and both histories`, async (t) => {
      const [from, to] = await people(`sync_${name}`);
      const [sender, receiver] = await online(t, from, to);
      await sent({ From_Account: from, To_Account: to, SyncOtherMachine, MsgBody: textBody('s') });
      assert.equal((await receiver.message()).payload.text, 's');

      // What follows arrives after anything that the first one pushes.
      await sent({ From_Account: to, To_Account: from, MsgBody: textBody('end') });
      const pushed = [];
      while (!pushed.includes('end'))
        pushed.push(...(await sender.next('MESSAGE_RECEIVED')).map(({ payload }) => payload.text));
      assert.deepEqual(pushed, SyncOtherMachine === 1 ? ['s', 'end'] : ['end']);
      const mine = SyncOtherMachine === 2 ? ['end'] : ['end', 's'];
      assert.deepEqual(texts(await history(from, to)).sort(), mine);
      assert.deepEqual(texts(await history(to, from)).sort(), ['end', 's']);
    });
});

describe('MsgLifeTime', () => {
  test('0 reaches who is online, and is stored nowhere', async (t) => {
    const [from, to, away] = await people('life', 3);
    const [client] = await online(t, to);
    const zero = { From_Account: from, MsgLifeTime: 0, MsgBody: textBody('gone') };
    await sent({ ...zero, To_Account: to });
    await sent({ ...zero, To_Account: away });
    assert.equal((await client.message()).payload.text, 'gone');
    for (const name of [to, away]) {
      assert.deepEqual(await history(name, from), []);
      assert.deepEqual(await history(from, name), []);
      const { AllC2CUnreadMsgNum } = await rest.ok('openim/get_c2c_unread_msg_num', { To_Account: name });
      assert.equal(AllC2CUnreadMsgNum, 0);
    }
  });

  test('up to a week is taken', async () => {
    for (const MsgLifeTime of [1, 60, WEEK_S, undefined, null])
      assert.equal(await code(send({ MsgLifeTime })), 0, String(MsgLifeTime));
  });
});

describe('MsgTimeStamp', () => {
  test('of the past is the time of the message, and orders the history', async () => {
    const [from, to] = await people('past');
    const start = now() - 1000;
    for (const [i, ago] of [[0, 10], [1, 30], [2, 20]]) {
      const MsgTimeStamp = start - ago;
      const reply = await sent({ From_Account: from, To_Account: to, MsgTimeStamp, MsgBody: textBody(`${i}`) });
      assert.equal(reply.MsgTime, MsgTimeStamp);
      assert.ok(reply.MsgKey.endsWith(`_${MsgTimeStamp}`));
    }
    const list = await history(from, to);
    const order = [...list].sort((x, y) => x.MsgTimeStamp - y.MsgTimeStamp);
    assert.deepEqual(texts(order), ['1', '2', '0']);
    assert.ok(texts(list).join() === '1,2,0' || texts(list).join() === '0,2,1');
  });

  test('of the future is no later than now', async () => {
    const reply = await sent({ MsgTimeStamp: now() + 5000 });
    assert.ok(reply.MsgTime <= now() + 1);
  });

  test('within one second MsgSeq orders', async () => {
    const [from, to] = await people('seq');
    const MsgTimeStamp = now() - 50;
    for (const MsgSeq of [30, 10, 20])
      await sent({ From_Account: from, To_Account: to, MsgTimeStamp, MsgSeq, MsgBody: textBody(`${MsgSeq}`) });
    const list = await history(from, to);
    assert.ok(['10,20,30', '30,20,10'].includes(texts(list).join()), texts(list).join());
    assert.deepEqual(list.map(({ MsgSeq }) => String(MsgSeq)), texts(list));
  });
});

describe('without MsgTimeStamp and MsgSeq', () => {
  test('messages sent one after the other stay in that order', async () => {
    const [from, to] = await people('order');
    const wanted = Array.from({ length: 60 }, (_, i) => `${i}`);
    for (const text of wanted)
      await sent({ From_Account: from, To_Account: to, MsgBody: textBody(text) });
    assert.deepEqual(texts(await history(to, from)), wanted);
  });
});

describe('the same MsgRandom', () => {
  test('within a second is one message: the same answer, stored once, delivered once', async (t) => {
    const [from, to] = await people('dup');
    const [client] = await online(t, to);
    const twin = { From_Account: from, To_Account: to, MsgRandom: 77, MsgBody: textBody('once') };
    let replies;
    do {
      // Both in one second, or again with other accounts' worth of messages.
      twin.MsgRandom++;
      replies = [await sent(twin), await sent(twin)];
    } while (replies[0].MsgTime !== replies[1].MsgTime && twin.MsgRandom < 90);
    assert.deepEqual(replies[0], replies[1]);
    const stored = (await history(to, from)).filter(({ MsgRandom }) => MsgRandom === twin.MsgRandom);
    assert.equal(stored.length, 1);
    await sent({ From_Account: from, To_Account: to, MsgBody: textBody('end') });
    await client.message(({ payload }) => payload.text === 'end');
    const twins = client.frames.filter(({ out, body }) => !out && JSON.stringify(body).includes(`"MsgRandom":${twin.MsgRandom},`));
    assert.ok(twins.length <= 1);
  });

  test('to another account, from another one, and backwards is another message', async () => {
    const [x, y, z] = await people('dup_other', 3);
    for (const [From_Account, To_Account] of [[x, y], [x, z], [z, y], [y, x]])
      await sent({ From_Account, To_Account, MsgRandom: 5, MsgBody: textBody(`${From_Account}>`) });
    assert.equal((await history(x, y)).length, 2);
    assert.equal((await history(x, z)).length, 1);
    assert.equal((await history(z, y)).length, 1);
  });

  test('with another MsgSeq is another message', async () => {
    const [from, to] = await people('dup_seq');
    for (const MsgSeq of [1, 2]) await sent({ From_Account: from, To_Account: to, MsgRandom: 5, MsgSeq });
    assert.equal((await history(from, to)).length, 2);
  });
});

describe('batchsendmsg', () => {
  const batch = (To_Account, more = {}) =>
    rest.call('openim/batchsendmsg', message({ To_Account, ...more }));

  test('sends one message to each', async (t) => {
    const [from, ...to] = await people('batch', 4);
    const [client] = await online(t, to[1]);
    const reply = await batch(to, { From_Account: from, MsgBody: textBody('all') });
    assert.equal(reply.ActionStatus, 'OK');
    assert.equal(reply.ErrorCode, 0);
    assert.equal('ErrorList' in reply, false);
    assert.match(reply.MsgKey, /^\d+_\d+_\d+$/);
    assert.equal((await client.message()).payload.text, 'all');
    for (const name of to) assert.deepEqual(texts(await history(name, from)), ['all']);
  });

  test('its MsgKey withdraws each of them', async () => {
    const [from, ...to] = await people('batch_key', 3);
    const { MsgKey } = await batch(to, { From_Account: from });
    for (const To_Account of to)
      await rest.ok('openim/admin_msgwithdraw', { From_Account: from, To_Account, MsgKey });
  });

  test('names unknown receivers in ErrorList, with SomeError and ErrorCode 0', async () => {
    const [from, to] = await people('batch_some');
    const reply = await batch([to, 'ghost', 'é'], { From_Account: from, MsgBody: textBody('x') });
    assert.equal(reply.ActionStatus, 'SomeError');
    assert.equal(reply.ErrorCode, 0);
    assert.match(reply.MsgKey, /^\d+_\d+_\d+$/);
    assert.deepEqual(
      reply.ErrorList.map(({ To_Account, ErrorCode }) => [To_Account, ErrorCode]),
      [['ghost', 70107], ['é', 70107]],
    );
    assert.deepEqual(texts(await history(to, from)), ['x']);
  });

  test('fails with 90012 and the list when nobody exists', async () => {
    const reply = await batch(['ghost', 'spirit']);
    assert.equal(reply.ActionStatus, 'FAIL');
    assert.equal(reply.ErrorCode, 90012);
    assert.deepEqual(
      reply.ErrorList.map(({ To_Account, ErrorCode }) => [To_Account, ErrorCode]),
      [['ghost', 70107], ['spirit', 70107]],
    );
  });

  test('takes 500 receivers: 90011 beyond', async () => {
    const names = Array.from({ length: 501 }, (_, i) => `five_${i}`);
    for (let i = 0; i < 501; i += 100) await rest.importAccounts(...names.slice(i, i + 100));
    assert.equal(await code(batch(names)), 90011);
    assert.equal((await batch(names.slice(1), { MsgBody: textBody('500') })).ActionStatus, 'OK');
    for (const name of ['five_1', 'five_250', 'five_500'])
      assert.deepEqual(texts(await history(name, 'a')), ['500']);
    assert.deepEqual(await history('five_0', 'a'), []);
  });

  test('refuses what is no list of strings: 90003', async () => {
    for (const bad of [undefined, [], 'b', {}, [1], [null], [['b']]])
      assert.equal(await code(batch(bad)), 90003, JSON.stringify(bad));
  });

  test('checks its other fields as sendmsg does', async () => {
    for (const [more, wanted] of [
      [{ MsgRandom: undefined }, 90005],
      [{ MsgBody: 'x' }, 90007],
      [{ MsgBody: [{}] }, 90002],
      [{ SyncOtherMachine: 'x' }, 90031],
      [{ MsgLifeTime: -1 }, 90026],
      [{ MsgLifeTime: 'x' }, 90044],
      [{ From_Account: 1 }, 90008],
      [{ From_Account: 'nobody' }, 90048],
      [{ MsgBody: textBody('x'.repeat(MAX_BYTES)) }, 93000],
    ])
      assert.equal(await code(batch(['b'], more)), wanted, JSON.stringify(more).slice(0, 80));
  });

  test('a name that stands in it twice gets one message', async () => {
    const [from, to] = await people('batch_twice');
    await batch([to, to], { From_Account: from, MsgBody: textBody('x') });
    assert.deepEqual(texts(await history(to, from)), ['x']);
  });

  test('MsgLifeTime 0 stores nothing', async (t) => {
    const [from, to] = await people('batch_zero');
    const [client] = await online(t, to);
    await batch([to], { From_Account: from, MsgLifeTime: 0, MsgBody: textBody('zero') });
    assert.equal((await client.message()).payload.text, 'zero');
    assert.deepEqual(await history(to, from), []);
  });
});
