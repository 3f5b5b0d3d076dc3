// The later group commands (server-api §3.11): counters, attributes, bans, online numbers,
// broadcasts; and C2C imports next to them (§3.5).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { groupApp, now } from './support/groups.mjs';
import { RawClient } from './support/raw_ws.mjs';
import { textBody } from './support/rest.mjs';
import { Server } from './support/server.mjs';

const OK = { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 };

let server, app, groups;

before(async () => {
  server = await Server.start();
  app = await groupApp(server);
  groups = app.groups;
});

after(() => server?.remove());

function checksGroup(command, body) {
  test(`${command} of a group that is none: 10010, of no group at all: 10004`, async () => {
    assert.equal(await groups.code(command, { GroupId: 'none', ...body }), 10010);
    for (const GroupId of [undefined, 1, null, ['x']])
      assert.equal(await groups.code(command, { ...body, GroupId }), 10004);
    assert.equal(await groups.code(command, '{'), 10011);
  });
}

/** Logged in and in the room. */
async function inRoom(t, GroupId, ...users) {
  const clients = [];
  for (const user of users) {
    const client = await RawClient.open(server, app);
    t.after(() => client.close());
    await client.login(user);
    const reply = await client.ok('group_open_http_svc.apply_join_group', { GroupId });
    assert.equal(reply.JoinedStatus, 'JoinedSuccess');
    clients.push(client);
  }
  return clients;
}

/** A frame with this word, among those that came and those to come. */
async function frame(client, word) {
  for (const end = Date.now() + 10000; Date.now() < end; ) {
    const found = client.frames.find((f) => f.text.includes(word));
    if (found) return JSON.parse(found.text).body;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`no frame with ${word}`);
}

describe('counters', () => {
  const update = (GroupId, pairs, Mode = 'Set') =>
    groups.call('update_group_counter', {
      ...{ GroupId, Mode },
      GroupCounter: Object.entries(pairs).map(([Key, Value]) => ({ Key, Value })),
    });
  const get = async (GroupId, GroupCounterKeys) => {
    const { GroupCounter } = await groups.ok('get_group_counter', { GroupId, GroupCounterKeys });
    return Object.fromEntries(GroupCounter.map(({ Key, Value }) => [Key, Value]));
  };
  checksGroup('update_group_counter', { GroupCounter: [{ Key: 'k', Value: 1 }], Mode: 'Set' });
  checksGroup('get_group_counter', {});
  checksGroup('delete_group_counter', { GroupCounterKeys: ['k'] });

  test('are set, raised and lowered; the answer tells the new values', async () => {
    const id = await groups.make('AVChatRoom');
    assert.deepEqual(await update(id, { a: 5, 喜: -1 }), {
      ...OK,
      GroupCounter: [
        { Key: 'a', Value: 5 },
        { Key: '喜', Value: -1 },
      ],
    });
    assert.deepEqual((await update(id, { a: 2, b: 3 }, 'Increase')).GroupCounter, [
      { Key: 'a', Value: 7 },
      { Key: 'b', Value: 3 },
    ]);
    assert.deepEqual((await update(id, { a: 10 }, 'Decrease')).GroupCounter, [{ Key: 'a', Value: -3 }]);
    assert.deepEqual(await get(id), { a: -3, b: 3, 喜: -1 });
    assert.deepEqual(await get(id, ['b', 'none']), { b: 3 });
    assert.deepEqual(await groups.call('delete_group_counter', { GroupId: id, GroupCounterKeys: ['b', 'none'] }), OK);
    assert.deepEqual(await get(id), { a: -3, 喜: -1 });
  });

  test('64 calls at once lose nothing', async () => {
    const id = await groups.make('Public');
    await Promise.all(Array.from({ length: 64 }, () => update(id, { n: 3 }, 'Increase')));
    assert.deepEqual(await get(id), { n: 192 });
  });

  test('keep 64 bits', async () => {
    const id = await groups.make('Public');
    const raw = (value) =>
      groups.call('update_group_counter', `{"GroupId":"${id}","Mode":"Set","GroupCounter":[{"Key":"k","Value":${value}}]}`);
    const text = async () =>
      (await groups.rest.fetch('group_open_http_svc/get_group_counter', { GroupId: id })).text();
    for (const value of ['9223372036854775807', '-9223372036854775808', '9007199254740993']) {
      assert.equal((await raw(value)).ErrorCode, 0, value);
      assert.match(await text(), new RegExp(`"Value":${value}\\}`));
    }
    for (const value of ['9223372036854775808', '1.5', '"1"', 'null'])
      assert.equal((await raw(value)).ErrorCode, 10004, value);
  });

  test('20 of a group: 10063 beyond; keys of 128 bytes; what is wrong: 10004', async () => {
    const id = await groups.make('Public');
    const keys = (from, to) => Object.fromEntries(Array.from({ length: to - from }, (_, i) => [`k${from + i}`, 1]));
    assert.equal((await update(id, keys(0, 20))).ErrorCode, 0);
    assert.equal((await update(id, keys(20, 21))).ErrorCode, 10063);
    assert.equal((await update(id, keys(0, 20), 'Increase')).ErrorCode, 0);
    assert.equal((await update(await groups.make('Public'), keys(0, 21))).ErrorCode, 10063);
    await groups.ok('delete_group_counter', { GroupId: id, GroupCounterKeys: ['k0', 'k1'] });
    assert.equal((await update(id, { ['x'.repeat(128)]: 1 })).ErrorCode, 0);
    assert.equal((await update(id, { ['x'.repeat(129)]: 1 })).ErrorCode, 10004);
    for (const more of [{ Mode: 'X' }, { Mode: undefined }, { GroupCounter: 'x' }, { GroupCounter: [] }, { GroupCounter: [{}] }, { GroupCounter: [{ Key: '', Value: 1 }] }, { GroupCounter: [{ Key: 1, Value: 1 }] }])
      assert.equal(await groups.code('update_group_counter', { GroupId: id, Mode: 'Set', GroupCounter: [{ Key: 'k2', Value: 1 }], ...more }), 10004, JSON.stringify(more));
  });

  test('are told to who is in the room', async (t) => {
    const [a] = await groups.people();
    const id = await groups.make('AVChatRoom');
    const [client] = await inRoom(t, id, a);
    await update(id, { seen: 42 });
    assert.ok(await frame(client, 'GroupCounterInfo'));
  });
});

describe('attributes of live rooms', () => {
  const attr = (key, value) => ({ key, value });
  const write = (command, GroupId, GroupAttr) => groups.call(command, { GroupId, GroupAttr });
  const set = (...args) => write('set_group_attr', ...args);
  const modify = (...args) => write('modify_group_attr', ...args);
  const get = async (GroupId) => {
    const reply = await groups.ok('group_open_attr_http_svc/get_group_attr', { GroupId });
    assert.equal(typeof reply.AttrMainSeq, 'number');
    return Object.fromEntries(reply.GroupAttrAry.map(({ key, value }) => [key, value]));
  };
  const room = () => groups.make('AVChatRoom');
  checksGroup('set_group_attr', { GroupAttr: [attr('k', 'v')] });
  checksGroup('modify_group_attr', { GroupAttr: [attr('k', 'v')] });
  checksGroup('delete_group_attr', { GroupAttr: [{ key: 'k' }] });
  checksGroup('clear_group_attr', {});
  checksGroup('group_open_attr_http_svc/get_group_attr', {});

  test('are replaced, changed, deleted and cleared', async () => {
    const id = await room();
    assert.deepEqual(await get(id), {});
    assert.equal((await set(id, [attr('a', '1'), attr('b', '\u0000喜"')])).ErrorCode, 0);
    assert.deepEqual(await get(id), { a: '1', b: '\u0000喜"' });
    assert.equal((await modify(id, [attr('a', '2'), attr('c', '3')])).ErrorCode, 0);
    assert.deepEqual(await get(id), { a: '2', b: '\u0000喜"', c: '3' });
    assert.equal((await write('delete_group_attr', id, [{ key: 'a' }, { key: 'none' }])).ErrorCode, 0);
    assert.deepEqual(await get(id), { b: '\u0000喜"', c: '3' });
    const other = await room();
    await set(other, [attr('x', '')]);
    assert.equal((await set(other, [attr('y', '1')])).ErrorCode, 0);
    assert.deepEqual(await get(other), { y: '1' });
    assert.equal(await groups.code('clear_group_attr', { GroupId: other }), 0);
    assert.deepEqual(await get(other), {});
  });

  test('limits: key 10045, value 10046, number 10047, total 10048', async () => {
    const many = (n, bytes = 1) => Array.from({ length: n }, (_, i) => attr(`k${i}`.padEnd(4), 'v'.repeat(bytes)));
    const code = async (list, id) => (await set(id ?? (await room()), list)).ErrorCode;
    assert.equal(await code([attr('k'.repeat(32), 'v')]), 0);
    assert.equal(await code([attr('k'.repeat(33), 'v')]), 10045);
    assert.ok([10004, 10045].includes(await code([attr('', 'v')])));
    assert.equal(await code([attr('k', 'v'.repeat(4000))]), 0);
    assert.equal(await code([attr('k', 'v'.repeat(4001))]), 10046);
    assert.equal(await code(many(16)), 0);
    assert.equal(await code(many(17)), 10047);
    assert.equal(await code(many(4, 3996)), 0);
    assert.equal(await code([...many(4, 3996), attr('x', '')]), 10048);
    const id = await room();
    assert.equal(await code(many(16), id), 0);
    assert.equal((await modify(id, [attr('another', 'x')])).ErrorCode, 10047);
    assert.equal((await modify(id, many(1, 4000))).ErrorCode, 0);
    for (const bad of [undefined, 'x', {}, [1], [{}], [attr(1, 'x')], [attr('k', 1)], [{ Key: 'k', Value: 'v' }]])
      assert.equal(await code(bad), 10004, JSON.stringify(bad));
  });

  test('five writes a second: 10049 beyond', async () => {
    const codes = new Set();
    for (let i = 0; i < 5 && !codes.has(10049); i++) {
      const id = await room();
      const replies = await Promise.all(Array.from({ length: 8 }, (_, n) => modify(id, [attr('k', String(n))])));
      for (const { ErrorCode } of replies) codes.add(ErrorCode);
    }
    assert.deepEqual(codes, new Set([0, 10049]));
  });

  test('a write that has not seen another: 10056', async () => {
    const id = await room();
    const first = await set(id, [attr('k', '1')]);
    await modify(id, [attr('k', '2')]);
    const late = {
      GroupId: id,
      GroupAttr: [{ key: 'k', value: '3', seq: first.GroupAttrAry[0].seq }],
      AttrMainSeq: first.AttrMainSeq,
      AttrControl: ['RaceConflict'],
    };
    assert.equal(await groups.code('modify_group_attr', late), 10056);
    assert.deepEqual(await get(id), { k: '2' });
  });

  test('are told to who is in the room', async (t) => {
    const [a] = await groups.people();
    const id = await room();
    const [client] = await inRoom(t, id, a);
    await set(id, [attr('seat', 'u')]);
    const { EventArray } = await frame(client, 'GroupAttrOption');
    assert.ok(JSON.stringify(EventArray).includes('"seat"'));
  });
});

describe('bans of live rooms', () => {
  const ban = (GroupId, Members_Account, more) =>
    groups.call('ban_group_member', { GroupId, Members_Account, Duration: 600, ...more });
  const banned = async (GroupId, more) => groups.ok('get_group_ban_member', { GroupId, Limit: 100, Offset: 0, ...more });
  checksGroup('ban_group_member', { Members_Account: ['x'], Duration: 1 });
  checksGroup('unban_group_member', { Members_Account: ['x'] });
  checksGroup('get_group_ban_member', {});

  test('put out of the room, and keep out until lifted', async (t) => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('AVChatRoom');
    const [one] = await inRoom(t, id, a, b);
    assert.equal((await groups.ok('get_online_member_num', { GroupId: id })).OnlineMemberNum, 2);
    const start = now();
    assert.deepEqual(await ban(id, [a], { Description: '喜'.repeat(333) }), OK);
    assert.equal((await groups.ok('get_online_member_num', { GroupId: id })).OnlineMemberNum, 1);
    const { BannedAccountList } = await banned(id);
    assert.equal(BannedAccountList.length, 1);
    assert.equal(BannedAccountList[0].Member_Account, a);
    const until = BannedAccountList[0].BannedUntil;
    assert.ok(until >= start + 600 && until <= now() + 600);
    const again = () => one.call('group_open_http_svc.apply_join_group', { GroupId: id });
    assert.ok((await again()).ErrorCode);
    assert.deepEqual(await groups.call('unban_group_member', { GroupId: id, Members_Account: [a, b] }), OK);
    assert.equal((await again()).ErrorCode, 0);
    assert.deepEqual((await banned(id)).BannedAccountList, []);
  });

  test('are listed page by page', async () => {
    const people = await groups.people(25);
    const id = await groups.make('AVChatRoom');
    await ban(id, people.slice(0, 20));
    await ban(id, people.slice(20));
    const seen = [];
    let Offset = 0;
    do {
      const page = await banned(id, { Limit: 10, Offset });
      seen.push(...page.BannedAccountList.map(({ Member_Account }) => Member_Account));
      Offset = page.NextOffset;
    } while (Offset && seen.length < 100);
    assert.deepEqual(seen.sort(), people.sort());
  });

  test('20 accounts: 10005 beyond; what is wrong: 10004; other types; accounts that are none', async () => {
    const people = await groups.people(21);
    const id = await groups.make('AVChatRoom');
    assert.equal((await ban(id, people)).ErrorCode, 10005);
    assert.equal((await ban(id, people.slice(1))).ErrorCode, 0);
    for (const bad of [undefined, [], 'x', [1]]) assert.equal((await ban(id, bad)).ErrorCode, 10004);
    for (const more of [{ Duration: undefined }, { Duration: 'x' }, { Duration: -1 }, { Description: 'x'.repeat(1001) }, { Description: 1 }])
      assert.equal((await ban(id, people.slice(1), more)).ErrorCode, 10004, JSON.stringify(more));
    assert.equal((await ban(id, ['ghost'])).ErrorCode, 10019);
    const other = await groups.make('Public', { members: people.slice(0, 1) });
    assert.ok([10004, 10007].includes((await ban(other, people.slice(0, 1))).ErrorCode));
  });
});

test('send_broadcast_msg reaches everybody in live rooms, and nobody else', async (t) => {
  const [a, b, c] = await groups.people(3);
  const [room, other] = [await groups.make('AVChatRoom'), await groups.make('AVChatRoom')];
  const pub = await groups.make('Public', { members: [c] });
  const [one] = await inRoom(t, room, a);
  const [two] = await inRoom(t, other, b);
  const three = await RawClient.open(server, app);
  t.after(() => three.close());
  await three.login(c);
  const send = (more) =>
    groups.call('send_broadcast_msg', { From_Account: a, Random: 1, MsgBody: textBody('to the whole world'), ...more });
  const reply = await send();
  assert.equal(reply.ErrorCode, 0);
  assert.equal(typeof reply.MsgTime, 'number');
  for (const client of [one, two]) await frame(client, 'to the whole world');
  await groups.sent(pub, { MsgBody: textBody('the end') });
  await frame(three, 'the end');
  assert.ok(!three.frames.some(({ text }) => text.includes('whole world')));
  for (const more of [{ Random: undefined }, { Random: 'x' }, { From_Account: 1 }])
    assert.equal((await send(more)).ErrorCode, 10004, JSON.stringify(more));
  for (const MsgBody of [undefined, 'x', [], [{}]])
    assert.ok([10004, 90002, 90007, 90010].includes((await send({ MsgBody })).ErrorCode));
  assert.equal((await send({ From_Account: 'ghost' })).ErrorCode, 10019);
  assert.equal((await send({ MsgBody: textBody('x'.repeat(8000)) })).ErrorCode, 80002);
});

test('get_online_member_num: live rooms tell how many are there', async (t) => {
  const people = await groups.people(3);
  const id = await groups.make('AVChatRoom');
  const count = async () => (await groups.ok('get_online_member_num', { GroupId: id })).OnlineMemberNum;
  assert.deepEqual(await groups.ok('get_online_member_num', { GroupId: id }), { ...OK, OnlineMemberNum: 0 });
  const clients = await inRoom(t, id, ...people);
  assert.equal(await count(), 3);
  await clients[0].ok('group_open_http_svc.quit_group', { GroupId: id });
  assert.equal(await count(), 2);
  assert.equal(await groups.code('get_online_member_num', { GroupId: 'none' }), 10010);
  assert.equal(await groups.code('get_online_member_num', {}), 10004);
});

describe('importmsg', () => {
  const send = (more) => groups.rest.call('openim/importmsg', { MsgBody: textBody('old'), ...more });

  test('brings C2C messages with their time, each once, with unread or without', async () => {
    const [a, b] = await groups.people(2);
    const t = now() - 1000;
    const message = { SyncFromOldSystem: 2, From_Account: a, To_Account: b, MsgRandom: 5, MsgTimeStamp: t };
    assert.equal((await send(message)).ErrorCode, 0);
    assert.equal((await send(message)).ErrorCode, 0);
    assert.equal((await send({ ...message, MsgRandom: 6, SyncFromOldSystem: 1 })).ErrorCode, 0);
    const { MsgList } = await groups.rest.ok('openim/admin_getroammsg', {
      ...{ From_Account: b, To_Account: a, MaxCnt: 100, MinTime: 0, MaxTime: 4294967295 },
    });
    assert.deepEqual(MsgList.map(({ MsgTimeStamp, MsgRandom }) => [MsgTimeStamp, MsgRandom]), [[t, 5], [t, 6]]);
    const { AllC2CUnreadMsgNum } = await groups.rest.ok('openim/get_c2c_unread_msg_num', { To_Account: b });
    assert.equal(AllC2CUnreadMsgNum, 1);
  });

  test('refuses what is wrong', async () => {
    const [a, b] = await groups.people(2);
    const message = { SyncFromOldSystem: 1, From_Account: a, To_Account: b, MsgRandom: 5, MsgTimeStamp: now() - 9 };
    for (const [more, wanted] of [
      [{ MsgTimeStamp: 'x' }, [90006]],
      [{ MsgRandom: undefined }, [90005]],
      [{ To_Account: undefined }, [90003]],
      [{ To_Account: 'ghost' }, [90012]],
      [{ From_Account: 'ghost' }, [90012, 90048]],
      [{ MsgBody: 'x' }, [90007]],
      [{ MsgBody: [{}] }, [90002, 90010]],
    ])
      assert.ok(wanted.includes((await send({ ...message, ...more })).ErrorCode), JSON.stringify(more));
  });
});
