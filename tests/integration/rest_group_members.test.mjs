// Members of groups: added, removed, changed, muted, listed (server-api §3.6, §5.1, §14.7).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { defineField, groupApp, now } from './support/groups.mjs';
import { Server } from './support/server.mjs';

const OK = { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 };
const INFO = ['Role', 'JoinTime', 'MsgSeq', 'MsgFlag', 'LastSendMsgTime', 'ShutUpUntil', 'NameCard'];
const KEPT = ['Private', 'Public', 'ChatRoom'];
const ROOMS = ['AVChatRoom', 'BChatRoom'];

let server, app, groups;

before(async () => {
  server = await Server.start();
  app = await groupApp(server);
  groups = app.groups;
  for (const key of ['m1', 'm2']) await defineField(server, app, 'member', key);
});

after(() => server?.remove());

const list = (names) => names.map((Member_Account) => ({ Member_Account }));
const results = ({ MemberList }) => MemberList.map(({ Result }) => Result);
const names = (members) => members.map(({ Member_Account }) => Member_Account);

/** Every command with a GroupId answers alike to a wrong one, and to a body that is none. */
function checksGroup(command, body) {
  test('of a group that is none: 10010, of no group at all: 10004', async () => {
    assert.equal(await groups.code(command, { GroupId: 'none', ...body }), 10010);
    for (const GroupId of [undefined, 1, null, ['x']])
      assert.equal(await groups.code(command, { ...body, GroupId }), 10004);
    assert.equal(await groups.code(command, '{'), 10011);
  });
}

describe('add_group_member', () => {
  const add = (GroupId, people, more) =>
    groups.call('add_group_member', { GroupId, MemberList: list(people), ...more });
  checksGroup('add_group_member', { MemberList: [{ Member_Account: 'x' }] });

  test('tells of each what became of it', async () => {
    const [a, b, c] = await groups.people(3);
    for (const Type of KEPT) {
      const id = await groups.make(Type, { Owner_Account: a, members: [b] });
      const reply = await add(id, [b, c, 'ghost', a, c], { Silence: 1 });
      assert.deepEqual(Object.keys(reply).sort(), [...Object.keys(OK), 'MemberList'].sort());
      assert.deepEqual(reply.MemberList, [
        { Member_Account: b, Result: 2 },
        { Member_Account: c, Result: 1 },
        { Member_Account: 'ghost', Result: 0 },
        { Member_Account: a, Result: 2 },
        { Member_Account: c, Result: 2 },
      ]);
      assert.deepEqual(names(await groups.members(id)), [a, b, c]);
    }
  });

  test('is told in the history of Private and Public groups, unless Silence is 1', async () => {
    const [a, b, c] = await groups.people(3);
    const tips = async (Type, Silence, active) => {
      const id = await groups.make(Type, { Owner_Account: a });
      if (active) await groups.sent(id);
      await add(id, [b, c], Silence === undefined ? {} : { Silence });
      return (await groups.history(id)).filter(({ Event }) => Event === 4);
    };
    const [tip] = await tips('Public');
    assert.equal(tip.MsgBody.OpType, 1);
    assert.deepEqual(tip.MsgBody.List_Account, [b, c]);
    assert.equal(tip.MsgBody.MemberNum, 3);
    assert.equal((await tips('Public', 0)).length, 1);
    assert.equal((await tips('Public', 1)).length, 0);
    assert.equal((await tips('Private', 0, true)).length, 1);
    assert.equal((await tips('Private', 0, false)).length, 0, 'not yet active');
    assert.equal((await tips('ChatRoom', 0)).length, 0);
  });

  test('rooms: 10007', async () => {
    const [a] = await groups.people();
    for (const Type of ROOMS) {
      const id = await groups.make(Type);
      assert.equal((await add(id, [a])).ErrorCode, 10007, Type);
      await groups.ok('destroy_group', { GroupId: id });
    }
  });

  test('500 accounts: 10005 beyond', async () => {
    const people = await groups.people(501);
    const id = await groups.make('Public');
    assert.equal((await add(id, people)).ErrorCode, 10005);
    assert.deepEqual(results(await add(id, people.slice(1))), Array(500).fill(1));
    assert.equal((await groups.info(id)).MemberNum, 500);
  });

  test('a full group: 10014, and a type\'s cap is one', async () => {
    const people = await groups.people(201);
    const id = await groups.make('Private', { members: people.slice(0, 200) });
    assert.equal((await add(id, people.slice(200))).ErrorCode, 10014);
    assert.equal((await groups.info(id)).MemberNum, 200);
    await groups.ok('delete_group_member', { GroupId: id, MemberToDel_Account: [people[0]] });
    assert.deepEqual(results(await add(id, people.slice(200))), [1]);
    const small = await groups.make('Public', { MaxMemberCount: 3, members: people.slice(0, 2) });
    const reply = await add(small, people.slice(2, 5));
    assert.ok(reply.ErrorCode === 10014 || results(reply).filter((r) => r === 1).length === 1);
    assert.ok((await groups.info(small)).MemberNum <= 3);
  });

  test('what is wrong: 10004', async () => {
    const [a] = await groups.people();
    const GroupId = await groups.make('Public');
    for (const more of [
      ...[undefined, 'x', 1, {}, [], ['a'], [{}], [{ Member_Account: 1 }], [{ Member_Account: '' }]].map(
        (MemberList) => ({ MemberList }),
      ),
      ...['x', 2, -1].map((Silence) => ({ Silence })),
    ]) {
      const body = { GroupId, MemberList: list([a]), ...more };
      assert.equal(await groups.code('add_group_member', body), 10004, JSON.stringify(more));
    }
    assert.equal((await groups.info(GroupId)).MemberNum, 0);
  });
});

describe('delete_group_member', () => {
  const remove = (GroupId, people, more) =>
    groups.call('delete_group_member', { GroupId, MemberToDel_Account: people, ...more });
  checksGroup('delete_group_member', { MemberToDel_Account: ['x'] });

  test('removes members; those who are none are no failure', async () => {
    const [a, b, c, d] = await groups.people(4);
    for (const Type of KEPT) {
      const id = await groups.make(Type, { Owner_Account: a, members: [b, c] });
      assert.deepEqual(await remove(id, [b, d, 'ghost', b], { Silence: 1, Reason: 'x' }), OK);
      assert.deepEqual(names(await groups.members(id)), [a, c]);
      assert.deepEqual(await remove(id, [d]), OK);
      assert.equal((await groups.info(id)).MemberNum, 2);
    }
  });

  test('is told in the history, with the reason to nobody else', async () => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { Owner_Account: a, members: [b] });
    await remove(id, [b], { Reason: 'spam' });
    const [tip] = await groups.history(id);
    assert.equal(tip.MsgBody.OpType, 3);
    assert.deepEqual(tip.MsgBody.List_Account, [b]);
    assert.equal(tip.MsgBody.MemberNum, 1);
    assert.ok(!JSON.stringify(tip).includes('spam'));
  });

  test('never the owner: 10007, and the others of the call stay', async () => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { Owner_Account: a, members: [b] });
    assert.equal((await remove(id, [b, a])).ErrorCode, 10007);
    assert.deepEqual(names(await groups.members(id)), [a, b]);
  });

  test('rooms: 10004', async () => {
    for (const Type of ROOMS) {
      const id = await groups.make(Type);
      assert.equal((await remove(id, ['x'])).ErrorCode, 10004, Type);
      await groups.ok('destroy_group', { GroupId: id });
    }
  });

  test('500 accounts: 10005 beyond; what is wrong: 10004', async () => {
    const people = await groups.people(500);
    const id = await groups.make('Public', { members: people });
    assert.equal((await remove(id, [...people, 'x'])).ErrorCode, 10005);
    assert.equal((await groups.info(id)).MemberNum, 500);
    assert.deepEqual(await remove(id, people), OK);
    assert.equal((await groups.info(id)).MemberNum, 0);
    for (const bad of [undefined, [], 'x', {}, [1], [null], 1])
      assert.equal((await remove(id, bad)).ErrorCode, 10004, JSON.stringify(bad));
    for (const more of [{ Silence: 'x' }, { Silence: 2 }, { Reason: 1 }])
      assert.equal((await remove(id, ['x'], more)).ErrorCode, 10004);
  });
});

describe('modify_group_member_info', () => {
  const modify = (GroupId, Member_Account, more) =>
    groups.call('modify_group_member_info', { GroupId, Member_Account, ...more });
  const code = async (...args) => (await modify(...args)).ErrorCode;
  checksGroup('modify_group_member_info', { Member_Account: 'x', NameCard: 'x' });

  test('changes each thing alone', async () => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { Owner_Account: a, members: [b] });
    for (const [name, value] of [
      ['Role', 'Admin'],
      ['Role', 'Member'],
      ['MsgFlag', 'AcceptNotNotify'],
      ['MsgFlag', 'Discard'],
      ['MsgFlag', 'AcceptAndNotify'],
      ['NameCard', '喜鹊'],
      ['NameCard', ''],
    ]) {
      const old = await groups.member(id, b);
      assert.deepEqual(await modify(id, b, { [name]: value }), OK);
      assert.deepEqual(await groups.member(id, b), { ...old, [name]: value });
    }
    const start = now();
    assert.deepEqual(await modify(id, b, { ShutUpTime: 100 }), OK);
    const { ShutUpUntil } = await groups.member(id, b);
    assert.ok(ShutUpUntil >= start + 100 && ShutUpUntil <= now() + 100);
    assert.deepEqual(await modify(id, b, { ShutUpTime: 0 }), OK);
    assert.equal((await groups.member(id, b)).ShutUpUntil, 0);
  });

  test('custom fields of the member: any bytes, 64 of them', async () => {
    const [a] = await groups.people();
    const id = await groups.make('Public', { members: [a] });
    const set = (...pairs) =>
      code(id, a, { AppMemberDefinedData: pairs.map(([Key, Value]) => ({ Key, Value })) });
    const get = async () => (await groups.member(id, a)).AppMemberDefinedData;
    const binary = '\u0000"\\\u0000喜';
    assert.equal(await set(['m1', 'x'.repeat(64)], ['m2', binary]), 0);
    assert.deepEqual(await get(), [
      { Key: 'm1', Value: 'x'.repeat(64) },
      { Key: 'm2', Value: binary },
    ]);
    assert.equal(await set(['m1', 'x'.repeat(65)]), 10004);
    assert.equal(await set(['m1', '']), 0);
    assert.deepEqual(await get(), [{ Key: 'm2', Value: binary }]);
    assert.equal(await set(['none', 'x']), 10004);
    assert.equal(await code(id, a, { AppMemberDefinedData: 'x' }), 10004);
  });

  test('a card of 50 bytes: 10004 beyond', async () => {
    const [a] = await groups.people();
    const id = await groups.make('Public', { members: [a] });
    const fifty = '喜'.repeat(16) + 'xx';
    assert.equal(await code(id, a, { NameCard: fifty }), 0);
    assert.equal(await code(id, a, { NameCard: `${fifty}x` }), 10004);
    assert.equal((await groups.member(id, a)).NameCard, fifty);
  });

  test('what does not go', async () => {
    const [a, b, c] = await groups.people(3);
    const pub = await groups.make('Public', { Owner_Account: a, members: [b] });
    for (const more of [
      ...[{ Role: 'Owner' }, { Role: 'X' }, { Role: 1 }, { MsgFlag: 'X' }, { MsgFlag: 1 }],
      ...[{ NameCard: 1 }, { ShutUpTime: 'x' }, { ShutUpTime: -1 }, { Member_Account: 1 }],
      { Member_Account: undefined },
    ])
      assert.equal(await code(pub, b, more), 10004, JSON.stringify(more));
    assert.ok([10004, 10007].includes(await code(pub, c, { NameCard: 'x' })));
    assert.ok([10004, 10007, 10019].includes(await code(pub, 'ghost', { NameCard: 'x' })));
    assert.ok([10004, 10007].includes(await code(pub, a, { Role: 'Member' })), 'the owner stays it');
    const priv = await groups.make('Private', { Owner_Account: a, members: [b] });
    assert.ok([10004, 10007].includes(await code(priv, b, { Role: 'Admin' })));
    assert.ok([10004, 10007].includes(await code(priv, b, { ShutUpTime: 60 })));
    assert.equal((await groups.member(priv, b)).Role, 'Member');
  });

  test('rooms: those who have a role only, broadcast rooms nobody', async () => {
    const [a, b] = await groups.people(2);
    const av = await groups.make('AVChatRoom', { Owner_Account: a });
    assert.equal(await code(av, a, { NameCard: 'x' }), 0);
    assert.equal(await code(av, b, { NameCard: 'x' }), 10007);
    const bc = await groups.make('BChatRoom');
    assert.equal(await code(bc, a, { NameCard: 'x' }), 10007);
    await groups.ok('destroy_group', { GroupId: bc });
  });
});

describe('get_group_member_info', () => {
  const get = (GroupId, more) => groups.call('get_group_member_info', { GroupId, ...more });
  checksGroup('get_group_member_info', {});

  test('lists members in the order of joining, by Limit and Offset', async () => {
    const people = await groups.people(10);
    const id = await groups.make('Public', { Owner_Account: people[0], members: people.slice(1) });
    const all = await get(id);
    assert.equal(all.MemberNum, 10);
    assert.deepEqual(names(all.MemberList), people);
    assert.deepEqual(Object.keys(all.MemberList[0]).sort(), ['Member_Account', ...INFO, 'AppMemberDefinedData'].sort());
    for (const [Limit, Offset] of [[3, 0], [3, 3], [3, 9], [10, 0], [11, 0], [5, 10], [5, 99], [10000, 0]]) {
      const page = await get(id, { Limit, Offset });
      assert.equal(page.MemberNum, 10);
      assert.deepEqual(names(page.MemberList), people.slice(Offset, Offset + Limit));
    }
    for (const more of [{ Limit: 10001 }, { Limit: 'x' }, { Offset: -1 }, { Offset: 'x' }, { MemberInfoFilter: 'Role' }])
      assert.equal((await get(id, more)).ErrorCode, 10004, JSON.stringify(more));
  });

  test('gives what the filters name', async () => {
    const [a, b, c] = await groups.people(3);
    const id = await groups.make('Public', {
      Owner_Account: a,
      members: [{ Member_Account: b, Role: 'Admin', AppMemberDefinedData: [{ Key: 'm1', Value: '1' }, { Key: 'm2', Value: '2' }] }, c],
    });
    for (const name of INFO) {
      const { MemberList } = await get(id, { MemberInfoFilter: [name] });
      assert.deepEqual(Object.keys(MemberList[0]).sort(), ['Member_Account', name].sort(), name);
    }
    const roles = async (MemberRoleFilter) => names((await get(id, { MemberRoleFilter })).MemberList);
    assert.deepEqual(await roles(['Owner']), [a]);
    assert.deepEqual(await roles(['Admin']), [b]);
    assert.deepEqual(await roles(['Member']), [c]);
    assert.deepEqual(await roles(['Member', 'Owner']), [a, c]);
    assert.equal((await get(id, { MemberRoleFilter: ['X'] })).ErrorCode, 10004);
    const { MemberList } = await get(id, { MemberInfoFilter: ['Role'], AppDefinedDataFilter_GroupMember: ['m2'] });
    assert.deepEqual(MemberList[1], {
      Member_Account: b,
      Role: 'Admin',
      AppMemberDefinedData: [{ Key: 'm2', Value: '2' }],
    });
  });

  test('a message moves LastSendMsgTime', async () => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { members: [a, b] });
    const { MsgTime } = await groups.sent(id, { From_Account: a });
    const members = await groups.members(id);
    assert.equal(members[0].LastSendMsgTime, MsgTime);
    assert.equal(members[1].LastSendMsgTime, 0);
  });

  test('over 1 MB: 10018', async () => {
    const id = await groups.make('ChatRoom');
    const value = '\u0000'.repeat(64);
    for (let i = 0; i < 6; i++) {
      const people = await groups.people(500);
      await groups.ok('add_group_member', { GroupId: id, MemberList: list(people) });
    }
    const card = '\u0001'.repeat(50);
    const all = await groups.members(id);
    for (let i = 0; i < all.length; i += 64)
      await Promise.all(
        all.slice(i, i + 64).map(({ Member_Account }) =>
          groups.ok('modify_group_member_info', {
            ...{ GroupId: id, Member_Account, NameCard: card },
            AppMemberDefinedData: [{ Key: 'm1', Value: value }],
          }),
        ),
      );
    assert.equal(await groups.code('get_group_member_info', { GroupId: id }), 10018);
    assert.equal(await groups.code('get_group_info', { GroupIdList: [id] }), 10018);
    assert.equal(await groups.code('get_group_member_info', { GroupId: id, Limit: 100 }), 0);
    const roles = await get(id, { MemberInfoFilter: ['Role'] });
    assert.equal(roles.MemberList.length, 3000);
  });
});

describe('get_role_in_group', () => {
  checksGroup('get_role_in_group', { User_Account: ['x'] });

  test('tells each one\'s role in the order asked for', async () => {
    const [a, b, c, d] = await groups.people(4);
    const GroupId = await groups.make('Public', {
      Owner_Account: a,
      members: [{ Member_Account: b, Role: 'Admin' }, c],
    });
    const reply = await groups.ok('get_role_in_group', { GroupId, User_Account: [d, c, 'ghost', b, a] });
    assert.deepEqual(reply, {
      ...OK,
      UserIdList: [
        { Member_Account: d, Role: 'NotMember' },
        { Member_Account: c, Role: 'Member' },
        { Member_Account: 'ghost', Role: 'NotMember' },
        { Member_Account: b, Role: 'Admin' },
        { Member_Account: a, Role: 'Owner' },
      ],
    });
  });

  test('500 accounts: 10005 beyond; what is wrong: 10004; rooms: 10007', async () => {
    const GroupId = await groups.make('Public');
    const code = (User_Account, id = GroupId) =>
      groups.code('get_role_in_group', { GroupId: id, User_Account });
    const many = Array.from({ length: 501 }, (_, i) => `n${i}`);
    assert.equal(await code(many.slice(1)), 0);
    assert.equal(await code(many), 10005);
    for (const bad of [undefined, [], 'x', {}, [1]]) assert.equal(await code(bad), 10004);
    for (const Type of ROOMS) {
      const id = await groups.make(Type);
      assert.equal(await code(['x'], id), 10007, Type);
      await groups.ok('destroy_group', { GroupId: id });
    }
  });
});

describe('forbid_send_msg and get_group_shutted_uin', () => {
  const forbid = (GroupId, Members_Account, ShutUpTime) =>
    groups.call('forbid_send_msg', { GroupId, Members_Account, ShutUpTime });
  const muted = async (GroupId) =>
    (await groups.ok('get_group_shutted_uin', { GroupId })).ShuttedUinList;
  checksGroup('forbid_send_msg', { Members_Account: ['x'], ShutUpTime: 1 });
  checksGroup('get_group_shutted_uin', {});
  checksGroup('get_group_muted_account', {});

  test('mute, tell, and lift', async () => {
    const [a, b, c] = await groups.people(3);
    for (const Type of ['Public', 'ChatRoom', 'AVChatRoom']) {
      const id = await groups.make(Type, Type === 'AVChatRoom' ? {} : { members: [a, b, c] });
      assert.deepEqual(await muted(id), []);
      const start = now();
      assert.deepEqual(await forbid(id, [a, b], 60), OK);
      const list = await muted(id);
      assert.deepEqual(names(list).sort(), [a, b].sort());
      for (const item of list) {
        assert.deepEqual(Object.keys(item).sort(), ['Member_Account', 'ShuttedUntil']);
        assert.ok(item.ShuttedUntil >= start + 60 && item.ShuttedUntil <= now() + 60);
      }
      const later = await groups.ok('get_group_muted_account', { GroupId: id });
      assert.deepEqual(names(later.MutedAccountList).sort(), [a, b].sort());
      assert.deepEqual(await forbid(id, [a], 0), OK);
      assert.deepEqual(names(await muted(id)), [b]);
      assert.deepEqual(await forbid(id, [a, c], 0), OK, 'who is not muted');
    }
  });

  test('one who is muted cannot be sent for: 10017, until it ends', async () => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { Owner_Account: b, members: [a] });
    await forbid(id, [a], 2);
    assert.equal((await groups.send(id, { From_Account: a })).ErrorCode, 10017);
    assert.equal((await groups.send(id)).ErrorCode, 0);
    assert.equal((await groups.send(id, { From_Account: b })).ErrorCode, 0);
    await forbid(id, [a], 0);
    assert.equal((await groups.send(id, { From_Account: a })).ErrorCode, 0);
    await forbid(id, [a], 1);
    const until = Date.now() + 10000;
    while ((await muted(id)).length && Date.now() < until);
    assert.deepEqual(await muted(id), [], 'what has ended is not listed');
    assert.equal((await groups.send(id, { From_Account: a })).ErrorCode, 0);
  });

  test('a mute survives leaving and coming back', async () => {
    const [a] = await groups.people();
    const id = await groups.make('Public', { members: [a] });
    await forbid(id, [a], 600);
    await groups.ok('delete_group_member', { GroupId: id, MemberToDel_Account: [a] });
    assert.deepEqual(names(await muted(id)), [a]);
    await groups.ok('add_group_member', { GroupId: id, MemberList: list([a]) });
    assert.ok((await groups.member(id, a)).ShutUpUntil > now());
    assert.equal((await groups.send(id, { From_Account: a })).ErrorCode, 10017);
  });

  test('types without it: 10007; batches and what is wrong', async () => {
    for (const Type of ['Private', 'BChatRoom']) {
      const id = await groups.make(Type);
      assert.equal((await forbid(id, ['x'], 1)).ErrorCode, 10007, Type);
      await groups.ok('destroy_group', { GroupId: id });
    }
    const people = await groups.people(501);
    const id = await groups.make('Public', { members: people.slice(1) });
    assert.equal((await forbid(id, people, 60)).ErrorCode, 10005);
    assert.deepEqual(await forbid(id, people.slice(1), 60), OK);
    assert.equal((await muted(id)).length, 500);
    for (const bad of [undefined, [], 'x', [1]]) assert.equal((await forbid(id, bad, 1)).ErrorCode, 10004);
    for (const bad of [undefined, 'x', -1, 1.5, true])
      assert.equal((await forbid(id, ['x'], bad)).ErrorCode, 10004, String(bad));
  });
});

describe('change_group_owner', () => {
  const change = (GroupId, NewOwner_Account) =>
    groups.call('change_group_owner', { GroupId, NewOwner_Account });
  checksGroup('change_group_owner', { NewOwner_Account: 'x' });

  test('makes a member the owner; the old one is a member', async () => {
    const [a, b] = await groups.people(2);
    for (const Type of KEPT) {
      const id = await groups.make(Type, { Owner_Account: a, members: [b] });
      assert.deepEqual(await change(id, b), OK);
      assert.equal((await groups.info(id)).Owner_Account, b);
      assert.deepEqual((await groups.members(id)).map((m) => [m.Member_Account, m.Role]).sort(), [
        [a, 'Member'],
        [b, 'Owner'],
      ].sort());
    }
  });

  test('gives an owner to a group without one', async () => {
    const [a] = await groups.people();
    const id = await groups.make('Public', { members: [{ Member_Account: a, Role: 'Admin' }] });
    assert.deepEqual(await change(id, a), OK);
    assert.equal((await groups.member(id, a)).Role, 'Owner');
    assert.equal((await groups.info(id)).Owner_Account, a);
  });

  test('not to one who is no member, nor in rooms', async () => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { Owner_Account: a });
    assert.ok([10004, 10007].includes((await change(id, b)).ErrorCode));
    assert.ok([10004, 10007, 10019].includes((await change(id, 'ghost')).ErrorCode));
    for (const bad of [undefined, 1, [a]]) assert.equal((await change(id, bad)).ErrorCode, 10004);
    assert.equal((await groups.info(id)).Owner_Account, a);
    for (const Type of ROOMS) {
      const room = await groups.make(Type, Type === 'AVChatRoom' ? { Owner_Account: a } : {});
      assert.equal((await change(room, a)).ErrorCode, 10007, Type);
      await groups.ok('destroy_group', { GroupId: room });
    }
  });
});
