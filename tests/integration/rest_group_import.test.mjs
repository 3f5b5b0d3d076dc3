// Groups that are moved from an older system (server-api §3.6: import_group, import_group_msg,
// import_group_member, set_unread_msg_num), in the order of a migration.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { defineField, groupApp, now } from './support/groups.mjs';
import { RawClient } from './support/raw_ws.mjs';
import { textBody } from './support/rest.mjs';
import { Server } from './support/server.mjs';

const OK = { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 };
const HOUR_S = 3600;
const KEPT = ['Private', 'Public', 'ChatRoom'];
const ROOMS = ['AVChatRoom', 'BChatRoom'];

let server, app, groups;

before(async () => {
  server = await Server.start();
  app = await groupApp(server);
  groups = app.groups;
  await defineField(server, app, 'group', 'k1');
});

after(() => server?.remove());

/** A group made an hour ago. */
const old = async (more = {}) =>
  (await groups.ok('import_group', { Type: 'Public', Name: 'old', CreateTime: now() - HOUR_S, ...more })).GroupId;
const item = (From_Account, SendTime, more = {}) => ({
  From_Account,
  SendTime,
  MsgBody: textBody('old'),
  ...more,
});
const importMessages = (GroupId, MsgList) => groups.call('import_group_msg', { GroupId, MsgList });
const importMembers = (GroupId, MemberList) => groups.call('import_group_member', { GroupId, MemberList });
const results = async (reply) => {
  const { ErrorCode, ImportMsgResult, MemberList } = await reply;
  assert.equal(ErrorCode, 0);
  return (ImportMsgResult ?? MemberList).map(({ Result }) => Result);
};

describe('import_group', () => {
  const code = (more) => groups.code('import_group', { Type: 'Public', Name: 'old', ...more });

  test('keeps the time of creation and every field', async () => {
    const [a] = await groups.people();
    const CreateTime = now() - 1e6;
    const reply = await groups.call('import_group', {
      ...{ Owner_Account: a, Type: 'Public', GroupId: 'old-1', Name: 'Old', Introduction: 'i' },
      ...{ Notification: 'n', FaceUrl: 'f', MaxMemberCount: 300, ApplyJoinOption: 'FreeAccess' },
      ...{ AppDefinedData: [{ Key: 'k1', Value: '\u0000' }], CreateTime },
    });
    assert.deepEqual(reply, { ...OK, GroupId: 'old-1' });
    const info = await groups.info('old-1');
    for (const [name, wanted] of Object.entries({
      ...{ CreateTime, Owner_Account: a, Name: 'Old', Introduction: 'i', Notification: 'n' },
      ...{ FaceUrl: 'f', MaxMemberNum: 300, ApplyJoinOption: 'FreeAccess', NextMsgSeq: 1 },
      AppDefinedData: [{ Key: 'k1', Value: '\u0000' }],
    }))
      assert.deepEqual(info[name], wanted, name);
    assert.deepEqual(await groups.history('old-1'), []);
  });

  test('types, times, ids and texts', async () => {
    for (const Type of [...KEPT, 'Work', 'Meeting']) assert.equal(await code({ Type }), 0, Type);
    for (const Type of ROOMS) assert.equal(await code({ Type }), 10007, Type);
    const start = now();
    const { GroupId } = await groups.ok('import_group', { Type: 'Public', Name: 'x' });
    const { CreateTime } = await groups.info(GroupId);
    assert.ok(CreateTime >= start && CreateTime <= now());
    assert.equal(await code({ CreateTime: now() }), 0);
    assert.equal(await code({ CreateTime: now() + 60 }), 10004);
    for (const more of [{ CreateTime: 'x' }, { CreateTime: -1 }, { CreateTime: 1.5 }, { Name: undefined }, { Type: 'X' }])
      assert.equal(await code(more), 10004, JSON.stringify(more));
    assert.equal(await code({ GroupId: '@TGS#x' }), 10015);
    assert.equal(await code({ GroupId: 'taken' }), 0);
    assert.equal(await code({ GroupId: 'taken' }), 10021);
    assert.equal(await code({ Owner_Account: 'nobody' }), 10019);
    assert.equal(await code({ Name: 'x'.repeat(31) }), 10004);
    assert.equal(await groups.code('import_group', '{'), 10011);
  });
});

describe('import_group_msg', () => {
  test('appends messages with their times, one result each', async () => {
    const [a, b] = await groups.people(2);
    for (const Type of KEPT) {
      const id = await old({ Type });
      const t = now() - 1000;
      const list = [item(a, t, { Random: 1 }), item(b, t), item(a, t + 7, { MsgBody: textBody('\u0000喜') })];
      assert.deepEqual(await importMessages(id, list), {
        ...OK,
        ImportMsgResult: [t, t, t + 7].map((MsgTime, i) => ({ Result: 0, MsgSeq: i + 1, MsgTime })),
      });
      const stored = await groups.history(id);
      assert.deepEqual(
        stored.map((m) => [m.From_Account, m.MsgTimeStamp, m.MsgSeq, m.MsgBody[0].MsgContent.Text]),
        [[a, t + 7, 3, '\u0000喜'], [b, t, 2, 'old'], [a, t, 1, 'old']],
      );
      assert.equal(stored[2].MsgRandom, 1);
      assert.equal((await groups.info(id)).NextMsgSeq, 4);
      assert.equal((await groups.sent(id)).MsgSeq, 4);
    }
  });

  test('times lie after the creation and before now, and ascend: else Result 10004', async () => {
    const [a] = await groups.people();
    const id = await old();
    const { CreateTime } = await groups.info(id);
    assert.deepEqual(await results(importMessages(id, [item(a, CreateTime), item(a, CreateTime + 1)])), [10004, 0]);
    assert.deepEqual(await results(importMessages(id, [item(a, now() + 60), item(a, now() - 1)])), [10004, 0]);
    const t = now() - 100;
    assert.deepEqual(await results(importMessages(id, [item(a, t), item(a, t - 1), item(a, t + 1)])), [0, 10004, 0]);
    assert.equal((await groups.info(id)).NextMsgSeq, 5);
  });

  test('content: 10020 too long, 10004 not a body, 10019 no such sender', async () => {
    const [a] = await groups.people();
    const id = await old();
    const t = now() - 100;
    const body = (bytes) => textBody('x'.repeat(bytes - JSON.stringify(textBody('')).length));
    const list = [
      item(a, t, { MsgBody: body(8000) }),
      item(a, t, { MsgBody: body(8001) }),
      item(a, t, { MsgBody: [{ MsgType: 'X', MsgContent: {} }] }),
      item(a, t, { MsgBody: 'x' }),
      item('nobody', t),
      item(a, t + 1),
    ];
    const found = await results(importMessages(id, list));
    assert.equal(found[0], 0);
    assert.ok([10020, 80002].includes(found[1]));
    assert.ok([10004, 90010].includes(found[2]));
    assert.equal(found[3], 10004);
    assert.equal(found[4], 10019);
    assert.equal(found[5], 0);
    assert.equal((await groups.info(id)).NextMsgSeq, 3, 'a refused message takes no seq');
  });

  test('20 messages: 10005 beyond; what is wrong: 10004; rooms: 10007; no group: 10010', async () => {
    const [a] = await groups.people();
    const id = await old();
    const t = now() - 100;
    const list = Array.from({ length: 21 }, (_, i) => item(a, t + i));
    assert.equal((await importMessages(id, list)).ErrorCode, 10005);
    assert.deepEqual(await results(importMessages(id, list.slice(1))), Array(20).fill(0));
    for (const bad of [undefined, [], 'x', {}, [1], [{}], [item(1, t)], [item(a, 'x')], [item(a, t, { Random: 'x' })], [item(a, t, { MsgBody: undefined })]])
      assert.equal((await importMessages(id, bad)).ErrorCode, 10004, JSON.stringify(bad));
    for (const Type of ROOMS) {
      const room = await groups.make(Type);
      assert.equal((await importMessages(room, [item(a, t)])).ErrorCode, 10007, Type);
      await groups.ok('destroy_group', { GroupId: room });
    }
    assert.equal((await importMessages('none', [item(a, t)])).ErrorCode, 10010);
    assert.equal(await groups.code('import_group_msg', '{'), 10011);
  });

  test('a message that is imported again keeps its seq', async () => {
    const [a, b] = await groups.people(2);
    const id = await old();
    const t = now() - 100;
    const one = [item(a, t, { Random: 5 })];
    const first = await importMessages(id, one);
    assert.deepEqual(await importMessages(id, one), first);
    const others = [item(b, t, { Random: 5 }), item(a, t, { Random: 6 }), item(a, t + 1, { Random: 5 })];
    const { ImportMsgResult } = await importMessages(id, [...others, ...others.slice(2)]);
    assert.deepEqual(ImportMsgResult.map(({ MsgSeq }) => MsgSeq), [2, 3, 4, 4]);
    assert.equal((await groups.info(id)).NextMsgSeq, 5);
  });

  test('resets what every member has not read; nobody is told', async (t) => {
    const [a, b] = await groups.people(2);
    const id = await old();
    await groups.ok('add_group_member', { GroupId: id, Silence: 1, MemberList: [{ Member_Account: a }, { Member_Account: b }] });
    await groups.sent(id);
    await groups.sent(id);
    assert.deepEqual([await groups.unread(id, a), await groups.unread(id, b)], [2, 2]);
    const client = await RawClient.open(server, app);
    t.after(() => client.close());
    await client.login(b);
    await importMessages(id, [item(a, now() - 1)]);
    assert.deepEqual([await groups.unread(id, a), await groups.unread(id, b)], [0, 0]);
    await groups.sent(id, { MsgBody: textBody('after') });
    const { GroupMsgArray } = await client.push('GroupMsgArray');
    assert.equal(GroupMsgArray[0].MsgBody[0].MsgContent.Text, 'after', 'no push of the import before');
    assert.deepEqual([await groups.unread(id, a), await groups.unread(id, b)], [1, 1]);
  });
});

describe('import_group_member', () => {
  test('takes role, time of joining and unread count', async () => {
    const [a, b, c] = await groups.people(3);
    const id = await old({ Owner_Account: a });
    const { CreateTime } = await groups.info(id);
    const t = now() - 1000;
    await importMessages(id, Array.from({ length: 9 }, (_, i) => item(a, t + i)));
    const reply = await importMembers(id, [
      { Member_Account: a },
      { Member_Account: b, Role: 'Admin', JoinTime: CreateTime + 5, UnreadMsgNum: 5 },
      { Member_Account: c, UnreadMsgNum: 5000 },
      { Member_Account: 'ghost' },
      { Member_Account: b },
    ]);
    assert.deepEqual(Object.keys(reply).sort(), [...Object.keys(OK), 'MemberList'].sort());
    const [owner, ...rest] = reply.MemberList;
    assert.equal(owner.Member_Account, a);
    assert.ok([1, 2].includes(owner.Result));
    assert.deepEqual(rest, [
      { Member_Account: b, Result: 1 },
      { Member_Account: c, Result: 1 },
      { Member_Account: 'ghost', Result: 0 },
      { Member_Account: b, Result: 2 },
    ]);
    const admin = await groups.member(id, b);
    assert.deepEqual([admin.Role, admin.JoinTime], ['Admin', CreateTime + 5]);
    assert.equal((await groups.member(id, a)).Role, 'Owner');
    assert.equal(await groups.unread(id, b), 5);
    assert.equal(await groups.unread(id, c), 9, 'not more than there are');
    assert.equal((await groups.history(id))[0].MsgSeq, 9, 'nobody is told');
  });

  test('times of joining lie between the creation and now: 10004', async () => {
    const [a, b] = await groups.people(2);
    const id = await old();
    const { CreateTime } = await groups.info(id);
    for (const JoinTime of [CreateTime - 1, now() + 60, 'x', -1])
      assert.equal((await importMembers(id, [{ Member_Account: b }, { Member_Account: a, JoinTime }])).ErrorCode, 10004, String(JoinTime));
    assert.deepEqual(await groups.members(id), []);
    assert.deepEqual(await results(importMembers(id, [{ Member_Account: a, JoinTime: CreateTime }])), [1]);
  });

  test('500 members: 10005 beyond; what is wrong: 10004; rooms: 10007; no group: 10010', async () => {
    const people = await groups.people(501);
    const list = people.map((Member_Account) => ({ Member_Account }));
    const id = await old();
    assert.equal((await importMembers(id, list)).ErrorCode, 10005);
    assert.deepEqual(await results(importMembers(id, list.slice(1))), Array(500).fill(1));
    assert.deepEqual(await results(importMembers(id, list.slice(1))), Array(500).fill(2));
    for (const bad of [undefined, [], 'x', {}, [1], [{}], ['a'], [{ Member_Account: 1 }], [{ ...list[0], Role: 'Owner' }], [{ ...list[0], Role: 1 }], [{ ...list[0], UnreadMsgNum: 'x' }]])
      assert.equal((await importMembers(id, bad)).ErrorCode, 10004, JSON.stringify(bad));
    for (const Type of ROOMS) {
      const room = await groups.make(Type);
      assert.equal((await importMembers(room, list.slice(0, 1))).ErrorCode, 10007, Type);
      await groups.ok('destroy_group', { GroupId: room });
    }
    assert.equal((await importMembers('none', list.slice(0, 1))).ErrorCode, 10010);
    assert.equal(await groups.code('import_group_member', '{'), 10011);
  });

  test('no more than the group takes', async () => {
    const people = await groups.people(3);
    const id = await old({ MaxMemberCount: 2 });
    const reply = await importMembers(id, people.map((Member_Account) => ({ Member_Account })));
    if (reply.ErrorCode) assert.ok([10014, 10038].includes(reply.ErrorCode));
    else assert.deepEqual(reply.MemberList.map(({ Result }) => Result), [1, 1, 0]);
    assert.ok((await groups.info(id)).MemberNum <= 2);
  });
});

describe('set_unread_msg_num', () => {
  const set = (GroupId, Member_Account, UnreadMsgNum) =>
    groups.call('set_unread_msg_num', { GroupId, Member_Account, UnreadMsgNum });

  test('sets it for one member, at most to the number of messages', async () => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { members: [a, b] });
    for (let i = 0; i < 6; i++) await groups.sent(id);
    for (const [n, wanted] of [[2, 2], [0, 0], [6, 6], [7, 6], [100000, 6]]) {
      assert.deepEqual(await set(id, a, n), OK);
      assert.equal(await groups.unread(id, a), wanted);
      assert.equal(await groups.unread(id, b), 6);
    }
    await set(id, a, 0);
    await groups.sent(id);
    assert.equal(await groups.unread(id, a), 1);
  });

  test('types without it: OK, and nothing happens', async () => {
    const [a] = await groups.people();
    for (const Type of ['ChatRoom', ...ROOMS]) {
      const id = await groups.make(Type, Type === 'ChatRoom' ? { members: [a] } : {});
      assert.deepEqual(await set(id, a, 5), OK, Type);
      await groups.ok('destroy_group', { GroupId: id });
    }
  });

  test('what is wrong', async () => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { members: [a] });
    for (const bad of [undefined, 'x', -1, 1.5, true]) assert.equal((await set(id, a, bad)).ErrorCode, 10004);
    for (const bad of [undefined, 1, [a]]) assert.equal((await set(id, bad, 1)).ErrorCode, 10004);
    assert.ok([10004, 10007].includes((await set(id, b, 1)).ErrorCode));
    assert.ok([10004, 10007, 10019].includes((await set(id, 'ghost', 1)).ErrorCode));
    assert.equal((await set('none', a, 1)).ErrorCode, 10010);
  });
});

test('a migration: group, messages, members, unread, then it is a group like others', async () => {
  const [a, b] = await groups.people(2);
  const id = await old({ Owner_Account: a, Type: 'Private' });
  const t = now() - 1000;
  await importMessages(id, [item(a, t), item(b, t + 1), item(a, t + 2)]);
  await importMembers(id, [{ Member_Account: a }, { Member_Account: b, UnreadMsgNum: 2 }]);
  await groups.ok('set_unread_msg_num', { GroupId: id, Member_Account: b, UnreadMsgNum: 1 });
  assert.deepEqual([await groups.unread(id, a), await groups.unread(id, b)], [0, 1]);
  assert.equal((await groups.sent(id, { From_Account: a })).MsgSeq, 4);
  assert.equal(await groups.unread(id, b), 2);
  await server.restart();
  assert.equal(await groups.unread(id, b), 2);
  assert.deepEqual((await groups.history(id)).map(({ MsgSeq }) => MsgSeq), [4, 3, 2, 1]);
});
