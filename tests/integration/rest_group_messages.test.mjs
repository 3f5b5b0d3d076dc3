// Messages of groups: sent, read, recalled, deleted, changed (server-api §3.6, §3.11, §14.8-14.10).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { groupApp, now, setLimit } from './support/groups.mjs';
import { RawClient } from './support/raw_ws.mjs';
import { textBody } from './support/rest.mjs';
import { Server } from './support/server.mjs';

const OK = { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 };
const MAX_BYTES = 8000;
const DAY_S = 86400;
const KEPT = ['Private', 'Public', 'ChatRoom'];
const ROOMS = ['AVChatRoom', 'BChatRoom'];

let server, app, groups;

before(async () => {
  server = await Server.start();
  app = await groupApp(server, { group_messages: 10000 });
  groups = app.groups;
});

after(() => server?.remove());

const seqs = (list) => list.map(({ MsgSeq }) => MsgSeq);
const text = ({ MsgBody }) => MsgBody[0]?.MsgContent.Text;
const messages = (count) => Array.from({ length: count }, (_, i) => ({ MsgBody: textBody(`m${i}`) }));

/** The ids of a group of each of these types. */
async function each(types, action) {
  for (const Type of types) {
    const id = await groups.make(Type);
    await action(id, Type);
    await groups.ok('destroy_group', { GroupId: id });
  }
}

function checksGroup(command, body) {
  test('of a group that is none: 10010, of no group at all: 10004', async () => {
    assert.equal(await groups.code(command, { GroupId: 'none', ...body }), 10010);
    for (const GroupId of [undefined, 1, null, ['x']])
      assert.equal(await groups.code(command, { ...body, GroupId }), 10004);
    assert.ok([10011, 90001].includes(await groups.code(command, '{')));
  });
}

async function login(t, ...users) {
  const clients = [];
  for (const user of users) {
    const client = await RawClient.open(server, app);
    t.after(() => client.close());
    await client.login(user);
    clients.push(client);
  }
  return clients;
}

describe('send_group_msg', () => {
  checksGroup('send_group_msg', { Random: 1, MsgBody: textBody('x') });

  test('answers with MsgTime and MsgSeq, from 1 without a gap', async () => {
    await each(KEPT, async (id) => {
      for (let i = 1; i <= 5; i++) {
        const start = now();
        const reply = await groups.send(id);
        const { MsgTime, ...rest } = reply;
        assert.deepEqual(rest, { ...OK, MsgSeq: i });
        assert.ok(MsgTime >= start && MsgTime <= now());
      }
      const info = await groups.info(id);
      assert.equal(info.NextMsgSeq, 6);
      assert.ok(info.LastMsgTime <= now() && info.LastMsgTime >= info.CreateTime);
    });
  });

  test('comes from From_Account, a member or not, else from the administrator', async () => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { members: [a] });
    await groups.sent(id, { From_Account: a });
    await groups.sent(id, { From_Account: b });
    await groups.sent(id);
    const list = await groups.history(id);
    assert.deepEqual(list.map(({ From_Account }) => From_Account), ['administrator', b, a]);
    assert.deepEqual((await groups.members(id)).map((m) => m.Member_Account), [a]);
    assert.equal((await groups.send(id, { From_Account: 'nobody' })).ErrorCode, 10019);
    for (const From_Account of [1, {}, ['a'], true])
      assert.equal((await groups.send(id, { From_Account })).ErrorCode, 10004);
  });

  test('reaches the members who are online, and adds to the unread of all', async (t) => {
    const [a, b, c] = await groups.people(3);
    const id = await groups.make('Public', { Owner_Account: a, members: [b, c] });
    const [client] = await login(t, b);
    await groups.sent(id, { From_Account: a, MsgBody: textBody('喜鹊') });
    const element = await client.push('GroupMsgArray');
    const [message] = element.GroupMsgArray;
    assert.equal(message.From_Account, a);
    assert.equal(message.MsgSeq, 1);
    assert.equal(text(message), '喜鹊');
    assert.deepEqual([await groups.unread(id, b), await groups.unread(id, c)], [1, 1]);
  });

  test('a Random again within five minutes is a duplicate: nothing new is stored', async () => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { members: [a, b] });
    const other = await groups.make('Public', { members: [a] });
    const first = await groups.sent(id, { From_Account: a, Random: 7 });
    for (let i = 0; i < 3; i++)
      assert.deepEqual(await groups.send(id, { From_Account: a, Random: 7, MsgBody: textBody('x') }), first);
    assert.equal((await groups.sent(id, { From_Account: b, Random: 7 })).MsgSeq, 2);
    assert.equal((await groups.sent(id, { Random: 7 })).MsgSeq, 3);
    assert.equal((await groups.sent(other, { From_Account: a, Random: 7 })).MsgSeq, 1);
    assert.deepEqual(seqs(await groups.history(id)), [3, 2, 1]);
    const many = await Promise.all(
      Array.from({ length: 32 }, () => groups.sent(id, { From_Account: a, Random: 8 })),
    );
    assert.deepEqual(new Set(seqs(many)), new Set([4]));
    assert.equal((await groups.info(id)).NextMsgSeq, 5);
  });

  test('what is wrong', async () => {
    const id = await groups.make('Public');
    const custom = { MsgType: 'TIMCustomElem', MsgContent: { Data: 'x' } };
    for (const [more, wanted] of [
      ...[undefined, '1', null, 1.5, -1, 2 ** 32, true, [1]].map((Random) => [{ Random }, [10004]]),
      ...['X', 'high', 1].map((MsgPriority) => [{ MsgPriority }, [10004]]),
      ...[undefined, 'x', 1, {}, [], [{}], null, ['x'], [{ MsgType: 'TIMTextElem' }]].map((MsgBody) => [
        { MsgBody },
        [10004, 90002, 90007, 90010],
      ]),
      [{ MsgBody: [{ MsgType: 'X', MsgContent: {} }] }, [10004, 90010]],
      [{ MsgBody: [custom, custom] }, [10004, 90002, 90010]],
      ...['x', -1].map((OnlineOnlyFlag) => [{ OnlineOnlyFlag }, [10004]]),
      [{ SendMsgControl: 'NoUnread' }, [10004]],
      ...['x', {}, [1]].map((GroupAtInfo) => [{ GroupAtInfo }, [10004]]),
      [{ SendMsgControl: ['NoUnread'], OnlineOnlyFlag: 1 }, [10004]],
    ]) {
      const { ErrorCode } = await groups.send(id, more);
      assert.ok(wanted.includes(ErrorCode), `${JSON.stringify(more)}: ${ErrorCode}`);
    }
    assert.deepEqual(await groups.history(id), []);
    assert.equal((await groups.sent(id)).MsgSeq, 1, 'a refused message takes no seq');
  });

  test('8000 bytes: 80002 beyond', async () => {
    const id = await groups.make('Public');
    const empty = JSON.stringify(textBody('')).length;
    const body = (bytes) => ({ MsgBody: textBody('x'.repeat(bytes - empty)) });
    assert.equal((await groups.send(id, body(MAX_BYTES))).ErrorCode, 0);
    assert.equal((await groups.send(id, body(MAX_BYTES + 1))).ErrorCode, 80002);
  });

  test('keeps each kind of element, and binary data', async () => {
    const id = await groups.make('Public');
    const MsgBody = [
      ...textBody('a\u0000"\\/喜🐦'),
      { MsgType: 'TIMFaceElem', MsgContent: { Index: 6, Data: 'abc\u0000' } },
      { MsgType: 'TIMLocationElem', MsgContent: { Desc: 'd', Latitude: 29.340656774469956, Longitude: -1 } },
      { MsgType: 'TIMCustomElem', MsgContent: { Data: '\u0000', Desc: 'n', Ext: 'u', Sound: 's' } },
    ];
    await groups.sent(id, { MsgBody, CloudCustomData: '"c\u0000', Random: 4294967295 });
    const [item] = await groups.history(id);
    assert.deepEqual(item.MsgBody, MsgBody);
    assert.equal(item.CloudCustomData, '"c\u0000');
    assert.equal(item.MsgRandom, 4294967295);
  });

  test('OnlineOnlyFlag: seen by who is online, by nobody later', async (t) => {
    const [a] = await groups.people();
    const id = await groups.make('Public', { members: [a] });
    const [client] = await login(t, a);
    const reply = await groups.sent(id, { OnlineOnlyFlag: 1, MsgBody: textBody('now') });
    assert.equal(typeof reply.MsgTime, 'number');
    const { GroupMsgArray } = await client.push('GroupMsgArray');
    assert.equal(text(GroupMsgArray[0]), 'now');
    assert.deepEqual(await groups.history(id), []);
    assert.equal(await groups.unread(id, a), 0);
    assert.equal((await groups.sent(id)).MsgSeq, 1);
  });

  test('NoUnread leaves the unread count, NoLastMsg the last message', async () => {
    const [a] = await groups.people();
    const id = await groups.make('Public', { members: [a] });
    await groups.sent(id, { SendMsgControl: ['NoUnread'] });
    assert.equal(await groups.unread(id, a), 0);
    await groups.sent(id);
    await groups.sent(id, { SendMsgControl: ['NoUnread', 'NoLastMsg'] });
    assert.equal(await groups.unread(id, a), 1);
    assert.deepEqual(seqs(await groups.history(id)), [3, 2, 1]);
  });

  test('mentions: 30 entries, 10053 beyond', async (t) => {
    const people = await groups.people(31);
    const id = await groups.make('Public', { members: people });
    const [client] = await login(t, people[0]);
    const entries = people.map((GroupAt_Account) => ({ GroupAtAllFlag: 0, GroupAt_Account }));
    assert.equal((await groups.send(id, { GroupAtInfo: entries })).ErrorCode, 10053);
    assert.equal((await groups.send(id, { GroupAtInfo: entries.slice(0, 30) })).ErrorCode, 0);
    const { GroupTips } = await client.push('GroupTips', (e) => e.GroupTips[0].GroupAtTips);
    assert.deepEqual(GroupTips[0].GroupAtTips.GroupAtType, [1]);
    assert.equal((await groups.send(id, { GroupAtInfo: [{ GroupAtAllFlag: 1 }] })).ErrorCode, 0);
    const all = await client.push('GroupTips', (e) => e.GroupTips[0].GroupAtTips?.MsgSeq === 2);
    assert.deepEqual(all.GroupTips[0].GroupAtTips.GroupAtType, [2]);
  });

  test('rooms keep no history', async () => {
    await each(ROOMS, async (id) => {
      assert.equal((await groups.sent(id)).MsgSeq, 1);
      assert.equal((await groups.sent(id, { OnlineOnlyFlag: 1 })).ErrorCode, 0);
      assert.equal(await groups.code('group_msg_get_simple', { GroupId: id, ReqMsgNumber: 1 }), 10007);
    });
  });
});

describe('40 messages a second a group', () => {
  /** Messages sent at once; resolves their answers in the order of their sending. */
  const burst = (own, id, count, more) =>
    Promise.all(Array.from({ length: count }, () => own.send(id, more)));
  const kept = (replies) => replies.filter(({ MsgSeq }) => MsgSeq > 0);

  /** Resolves at the beginning of a second: the server is asked, not counted, until one begins. */
  async function nextSecond() {
    for (const second = now(); now() === second; ) await fetch(server.url);
  }

  /** Runs action so that it lies in one second of the clock, or one and the seconds that follow. */
  async function inOneSecond(action, more = 0) {
    for (let i = 0; i < 10; i++) {
      await nextSecond();
      const start = now();
      const found = await action();
      if (now() === start + more && found) return found;
    }
    throw new Error('the machine is too slow for this test');
  }

  async function limited(limit) {
    const own = await groupApp(server, limit ? { group_messages: limit } : {});
    const [a] = await own.groups.people();
    return { ...own, user: a, id: () => own.groups.make('Public', { members: [a] }) };
  }

  test('beyond it: success, MsgSeq 0, a reason, and nothing is stored', async () => {
    const own = await limited();
    const replies = await inOneSecond(async () => burst(own.groups, await own.id(), 60));
    assert.deepEqual(new Set(replies.map(({ ErrorCode }) => ErrorCode)), new Set([0]));
    assert.deepEqual(seqs(kept(replies)).sort((a, b) => a - b), Array.from({ length: 40 }, (_, i) => i + 1));
    const dropped = replies.find(({ MsgSeq }) => !MsgSeq);
    assert.equal(dropped.MsgSeq, 0);
    assert.equal(typeof dropped.MsgDropReason, 'string');
    assert.equal(typeof dropped.MsgTime, 'number');
  });

  test('counts together what users and the REST interface send, each group for itself', async () => {
    const own = await limited();
    const [first, second] = [await own.id(), await own.id()];
    await inOneSecond(async () => {
      const one = await burst(own.groups, first, 45);
      const two = await burst(own.groups, second, 45);
      if (kept(one).length > 40 || kept(two).length > 40) throw new Error('over the limit');
      return true;
    });
    assert.ok((await own.groups.info(first)).NextMsgSeq > 40);
  });

  test('is raised and lowered by an operator', async () => {
    const own = await limited(80);
    assert.equal(kept(await inOneSecond(async () => burst(own.groups, await own.id(), 100))).length, 80);
    await setLimit(server, own, 'group_messages', 40);
    assert.equal(kept(await inOneSecond(async () => burst(own.groups, await own.id(), 100))).length, 40);
  });

  test('a flood of a lower priority leaves room for a higher one', async () => {
    const own = await limited();
    const counts = await inOneSecond(async () => {
      const id = await own.id();
      const [before] = [now(), await burst(own.groups, id, 20, { MsgPriority: 'High' })];
      await nextSecond();
      const low = await burst(own.groups, id, 45, { MsgPriority: 'Lowest' });
      const high = await burst(own.groups, id, 25, { MsgPriority: 'High' });
      return now() === before + 1 ? [kept(low).length, kept(high).length] : null;
    }, 1);
    assert.deepEqual(counts, [20, 20], 'as many as were High in the second before are kept for them');
    for (const MsgPriority of ['High', 'Normal', 'Low', 'Lowest'])
      assert.equal((await own.groups.send(await own.id(), { MsgPriority })).MsgSeq, 1);
  });

  test('notifications are not counted in it', async () => {
    const own = await limited();
    const id = await own.id();
    const codes = await Promise.all(
      Array.from({ length: 60 }, () =>
        own.groups.code('send_group_system_notification', { GroupId: id, Content: 'x' }),
      ),
    );
    assert.deepEqual(new Set(codes), new Set([0]));
    assert.equal((await own.groups.send(id)).MsgSeq, 1);
  });
});

describe('send_group_system_notification', () => {
  const notify = (GroupId, more) =>
    groups.call('send_group_system_notification', { GroupId, Content: 'hello "喜鹊"', ...more });
  checksGroup('send_group_system_notification', { Content: 'x' });

  test('reaches who is online: all, or those named', async (t) => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { members: [a, b] });
    const [one, two] = await login(t, a, b);
    const custom = (client, wanted) =>
      client.push('GroupTips', ({ GroupTips }) => GroupTips[0].MsgBody?.UserDefinedField === wanted);
    assert.deepEqual(await notify(id, { ToMembers_Account: [b] }), OK);
    const { GroupTips } = await custom(two, 'hello "喜鹊"');
    assert.equal(GroupTips[0].MsgBody.ReportType, 255);
    assert.equal(GroupTips[0].ToGroupId, id);
    assert.deepEqual(await notify(id, { Content: 'to all' }), OK);
    await custom(one, 'to all');
    await custom(two, 'to all');
    assert.ok(!one.frames.some((frame) => frame.text.includes('hello')), 'not for her');
    assert.deepEqual(await groups.history(id), []);
    assert.equal((await groups.info(id)).NextMsgSeq, 1);
  });

  test('500 receivers: 10005 beyond; what is wrong: 10004; rooms take all only', async () => {
    const id = await groups.make('Public');
    const many = Array.from({ length: 501 }, (_, i) => `n${i}`);
    assert.equal((await notify(id, { ToMembers_Account: many.slice(1) })).ErrorCode, 0);
    assert.equal((await notify(id, { ToMembers_Account: many })).ErrorCode, 10005);
    for (const more of [{ Content: undefined }, { Content: 1 }, { ToMembers_Account: 'x' }, { ToMembers_Account: [1] }])
      assert.equal((await notify(id, more)).ErrorCode, 10004, JSON.stringify(more));
    await each(ROOMS, async (room) => {
      assert.equal((await notify(room)).ErrorCode, 0);
      assert.ok([10004, 10007].includes((await notify(room, { ToMembers_Account: ['x'] })).ErrorCode));
    });
  });
});

describe('group_msg_get_simple', () => {
  const get = (GroupId, ReqMsgNumber, ReqMsgSeq) =>
    groups.ok('group_msg_get_simple', { GroupId, ReqMsgNumber, ReqMsgSeq });
  checksGroup('group_msg_get_simple', { ReqMsgNumber: 1 });

  test('pages from the newest to the oldest', async () => {
    const [a] = await groups.people();
    const id = await groups.make('Public', { members: [a] });
    for (const more of messages(73)) await groups.sent(id, { From_Account: a, ...more });
    const first = await get(id, 20);
    assert.equal(first.GroupId, id);
    assert.deepEqual(seqs(first.RspMsgList), Array.from({ length: 20 }, (_, i) => 73 - i));
    const [item] = first.RspMsgList;
    for (const name of ['From_Account', 'IsPlaceMsg', 'MsgBody', 'MsgRandom', 'MsgSeq', 'MsgTimeStamp'])
      assert.ok(name in item, name);
    assert.equal(item.IsPlaceMsg, 0);
    assert.equal(text(item), 'm72');
    for (const count of [1, 7, 20]) {
      const all = [];
      for (let next; next !== 0; next = all.at(-1).MsgSeq - 1) {
        const page = await get(id, count, next);
        assert.ok(page.RspMsgList.length <= count && page.RspMsgList.length);
        assert.ok([0, 1].includes(page.IsFinished));
        all.push(...page.RspMsgList);
      }
      assert.deepEqual(all.map(text), messages(73).map(text).reverse(), `by ${count}`);
    }
    assert.deepEqual(seqs((await get(id, 3, 1000)).RspMsgList), [73, 72, 71]);
    assert.deepEqual(seqs((await get(id, 3, 2)).RspMsgList), [2, 1]);
    const cut = await get(id, 21);
    assert.deepEqual([cut.RspMsgList.length, cut.IsFinished], [20, 0], 'more was asked for than comes');
    assert.equal((await get(id, 20)).IsFinished, 1);
    assert.equal((await get(id, 100, 20)).IsFinished, 1, 'there is nothing older');
    assert.deepEqual((await get(await groups.make('Public'), 20)).RspMsgList, []);
  });

  test('what is wrong: 10004; rooms: 10007', async () => {
    const id = await groups.make('Public');
    for (const more of [{}, { ReqMsgNumber: 'x' }, { ReqMsgNumber: -1 }, { ReqMsgNumber: 1, ReqMsgSeq: 'x' }])
      assert.equal(await groups.code('group_msg_get_simple', { GroupId: id, ...more }), 10004);
    await each(ROOMS, async (room) =>
      assert.equal(await groups.code('group_msg_get_simple', { GroupId: room, ReqMsgNumber: 1 }), 10007),
    );
  });
});

describe('group_msg_recall', () => {
  const recall = (GroupId, list) =>
    groups.call('group_msg_recall', { GroupId, MsgSeqList: list.map((MsgSeq) => ({ MsgSeq })) });
  checksGroup('group_msg_recall', { MsgSeqList: [{ MsgSeq: 1 }] });

  test('answers for each; a recalled message becomes a place', async (t) => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { members: [a] });
    const [client] = await login(t, a);
    for (const more of messages(3)) await groups.sent(id, more);
    await groups.ok('add_group_member', { GroupId: id, MemberList: [{ Member_Account: b }] });
    const reply = await recall(id, [2, 9, 4, 0]);
    assert.deepEqual(reply, {
      ...OK,
      RecallRetList: [
        { MsgSeq: 2, RetCode: 0 },
        { MsgSeq: 9, RetCode: 10030 },
        { MsgSeq: 4, RetCode: 10032 },
        { MsgSeq: 0, RetCode: 10030 },
      ],
    });
    const { GroupTips } = await client.push('GroupTips', (e) => e.GroupTips[0].MsgBody?.ReportType === 14);
    assert.equal(GroupTips[0].MsgBody.GroupWithdrawInfoArray[0].MsgSeq, 2);
    const list = await groups.history(id);
    assert.deepEqual(seqs(list), [4, 3, 2, 1]);
    assert.notEqual(list[2].IsPlaceMsg, 0);
    assert.deepEqual(list[2].MsgBody, []);
    assert.deepEqual(list.map(({ IsPlaceMsg }) => IsPlaceMsg).filter((_, i) => i !== 2), [0, 0, 0]);
    const again = await recall(id, [2]);
    assert.ok([0, 10030, 10032].includes(again.RecallRetList[0].RetCode));
    assert.equal(typeof again.RecallRetList[0].RetCode, 'number');
  });

  test('users have two minutes: 10031; the REST interface as long as the message is there', async (t) => {
    const [a] = await groups.people();
    const old = { Type: 'Public', Name: 'old', CreateTime: now() - 30 * DAY_S, Owner_Account: a };
    const { GroupId } = await groups.ok('import_group', old);
    await groups.ok('import_group_member', { GroupId, MemberList: [{ Member_Account: a, JoinTime: old.CreateTime }] });
    const times = [now() - 8 * DAY_S, now() - 6 * DAY_S, now() - 200];
    const MsgList = times.map((SendTime) => ({ From_Account: a, SendTime, MsgBody: textBody('old') }));
    await groups.ok('import_group_msg', { GroupId, MsgList });
    const list = await groups.history(GroupId);
    assert.deepEqual(list.map(({ IsPlaceMsg }) => IsPlaceMsg), [0, 0, 1], 'kept for 7 days');
    assert.deepEqual(list[2].MsgBody, []);
    const [client] = await login(t, a);
    const body = (...numbers) => ({ GroupId, MsgSeqList: numbers.map((MsgSeq) => ({ MsgSeq })) });
    const mine = await client.call('group_open_http_svc.group_msg_recall', body(3));
    assert.ok([mine.ErrorCode, mine.RecallRetList?.[0].RetCode].includes(10031), JSON.stringify(mine));
    const codes = (await groups.ok('group_msg_recall', body(1, 2, 3))).RecallRetList.map(({ RetCode }) => RetCode);
    assert.ok([10030, 10031].includes(codes[0]));
    assert.deepEqual(codes.slice(1), [0, 0]);
  });

  test('rooms: 10033; ten messages: 10004 beyond; what is wrong: 10004', async () => {
    await each(ROOMS, async (id, Type) => {
      await groups.sent(id);
      const reply = await recall(id, [1]);
      const codes = [reply.ErrorCode, reply.RecallRetList?.[0].RetCode];
      assert.ok(codes.includes(10033) || (Type === 'AVChatRoom' && codes[1] === 0), `${Type} ${codes}`);
    });
    const id = await groups.make('Public');
    const ten = Array.from({ length: 11 }, (_, i) => i + 1);
    assert.equal((await recall(id, ten)).ErrorCode, 10004);
    assert.equal((await recall(id, ten.slice(1))).RecallRetList.length, 10);
    for (const MsgSeqList of [undefined, [], 'x', {}, [{}], [{ MsgSeq: 'x' }], [{ MsgSeq: -1 }]])
      assert.equal(await groups.code('group_msg_recall', { GroupId: id, MsgSeqList }), 10004, JSON.stringify(MsgSeqList));
  });
});

describe('delete_group_msg_by_sender', () => {
  const remove = (GroupId, Sender_Account) =>
    groups.call('delete_group_msg_by_sender', { GroupId, Sender_Account });
  checksGroup('delete_group_msg_by_sender', { Sender_Account: 'administrator' });

  test('leaves holes where the sender\'s messages were', async () => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { members: [a, b] });
    for (const From_Account of [a, b, a, b, b]) await groups.sent(id, { From_Account });
    assert.deepEqual(await remove(id, a), OK);
    const list = await groups.history(id);
    assert.deepEqual(seqs(list), [5, 4, 3, 2, 1]);
    assert.deepEqual(list.map(({ IsPlaceMsg }) => IsPlaceMsg), [0, 0, 1, 0, 1]);
    for (const hole of [list[2], list[4]]) {
      assert.deepEqual(hole.MsgBody, []);
      assert.equal(hole.From_Account, a, 'the example of the documentation names who sent it');
      assert.ok(hole.MsgTimeStamp > 0);
    }
    assert.equal((await groups.sent(id)).MsgSeq, 6);
  });

  test('looks at the newest 1000', async () => {
    const [a] = await groups.people();
    const id = await groups.make('Public', { members: [a] });
    for (let i = 0; i < 3; i++) await groups.sent(id, { From_Account: a });
    for (let i = 0; i < 999; i += 37)
      await Promise.all(Array.from({ length: Math.min(37, 999 - i) }, () => groups.sent(id)));
    assert.equal((await groups.info(id)).NextMsgSeq, 1003);
    assert.deepEqual(await remove(id, a), OK);
    const oldest = await groups.history(id, { ReqMsgSeq: 4 });
    assert.deepEqual(oldest.map(({ IsPlaceMsg }) => IsPlaceMsg), [0, 1, 0, 0]);
  });

  test('rooms: OK without effect; accounts that are none', async () => {
    const [a] = await groups.people();
    await each(ROOMS, async (id) => assert.deepEqual(await remove(id, a), OK));
    const id = await groups.make('Public');
    assert.ok([0, 10019].includes((await remove(id, 'ghost')).ErrorCode));
    assert.deepEqual(await remove(id, a), OK);
    for (const bad of [undefined, 1, [a], {}]) assert.equal((await remove(id, bad)).ErrorCode, 10004);
  });
});

describe('modify_group_msg', () => {
  const modify = (GroupId, MsgSeq, more) =>
    groups.call('openim/modify_group_msg', { GroupId, MsgSeq, ...more });
  checksGroup('openim/modify_group_msg', { MsgSeq: 1, MsgBody: textBody('x') });

  test('changes body and cloud data, each alone too', async (t) => {
    const [a] = await groups.people();
    const id = await groups.make('Public', { members: [a] });
    const [client] = await login(t, a);
    await groups.sent(id, { MsgBody: textBody('old'), CloudCustomData: 'c' });
    assert.equal((await modify(id, 1, { MsgBody: textBody('new') })).ErrorCode, 0);
    const { text: pushed } = await waitFrame(client, 'GroupMsgModNotifys');
    assert.ok(pushed.includes('"new"'));
    let [item] = await groups.history(id);
    assert.equal(text(item), 'new');
    assert.equal(item.CloudCustomData, 'c');
    assert.equal((await modify(id, 1, { CloudCustomData: 'd' })).ErrorCode, 0);
    [item] = await groups.history(id);
    assert.equal(text(item), 'new');
    assert.equal(item.CloudCustomData, 'd');
    assert.deepEqual([item.MsgSeq, item.From_Account], [1, 'administrator']);
    assert.equal((await groups.info(id)).NextMsgSeq, 2);
  });

  test('what is wrong', async () => {
    const id = await groups.make('Public');
    await groups.sent(id);
    await groups.sent(id);
    await groups.ok('group_msg_recall', { GroupId: id, MsgSeqList: [{ MsgSeq: 2 }] });
    for (const seq of [0, 2, 3]) {
      const { ErrorCode } = await modify(id, seq, { MsgBody: textBody('x') });
      assert.ok([10030, 10004].includes(ErrorCode), `${seq} ${ErrorCode}`);
    }
    for (const more of [{ MsgSeq: 'x' }, { MsgBody: 'x' }, { MsgBody: [{}] }, { CloudCustomData: 1, MsgBody: undefined }])
      assert.ok((await modify(id, 1, { MsgBody: textBody('x'), ...more })).ErrorCode, JSON.stringify(more));
    const long = textBody('x'.repeat(MAX_BYTES));
    assert.equal((await modify(id, 1, { MsgBody: long })).ErrorCode, 80002);
    assert.equal(text((await groups.history(id)).at(-1)), 'hi');
  });
});

/** A frame that has come, or comes, with this word. */
async function waitFrame(client, word) {
  for (const end = Date.now() + 10000; Date.now() < end; ) {
    const found = client.frames.find((frame) => frame.text.includes(word));
    if (found) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`no frame with ${word}`);
}

describe('get_group_msg_receipt', () => {
  checksGroup('get_group_msg_receipt', { MsgSeqList: [{ MsgSeq: 1 }] });

  test('counts who has read a message that asks for it', async (t) => {
    const people = await groups.people(4);
    const id = await groups.make('Public', { Owner_Account: people[0], members: people.slice(1) });
    const [sender, reader] = await login(t, people[0], people[1]);
    const message = groups.message(id, { NeedReadReceipt: 1 });
    await sender.ok('group_open_http_svc.send_group_msg', message);
    const counts = async () =>
      (await groups.ok('get_group_msg_receipt', { GroupId: id, MsgSeqList: [{ MsgSeq: 1 }] }))
        .GroupMsgReceiptList[0];
    let item = await counts();
    assert.deepEqual([item.MsgSeq, item.ReadNum, item.UnreadNum], [1, 0, 3]);
    await reader.ok('group_open_http_svc.group_msg_receipt', { GroupId: id, MsgSeqList: [{ MsgSeq: 1 }] });
    item = await counts();
    assert.deepEqual([item.ReadNum, item.UnreadNum], [1, 2]);
    for (const MsgSeqList of [undefined, 'x', [{}], [{ MsgSeq: 'x' }]])
      assert.equal(await groups.code('get_group_msg_receipt', { GroupId: id, MsgSeqList }), 10004);
  });
});
