// Groups made, read, changed, listed and dissolved (server-api §3.6, §5.1, §9, §14.5, §14.6).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { defineField, groupApp, now } from './support/groups.mjs';
import { Server } from './support/server.mjs';

const TYPES = ['Private', 'Public', 'ChatRoom', 'AVChatRoom', 'BChatRoom'];
const ENVELOPE = ['ActionStatus', 'ErrorCode', 'ErrorInfo'];
const BASE = [
  ...['GroupId', 'Type', 'Name', 'Introduction', 'Notification', 'FaceUrl', 'Owner_Account'],
  ...['CreateTime', 'LastInfoTime', 'LastMsgTime', 'NextMsgSeq', 'MemberNum', 'MaxMemberNum'],
  ...['ApplyJoinOption', 'ShutUpAllMember', 'AppDefinedData'],
];
const MEMBER = [
  ...['Member_Account', 'Role', 'JoinTime', 'MsgSeq', 'MsgFlag', 'LastSendMsgTime'],
  ...['ShutUpUntil', 'NameCard', 'AppMemberDefinedData'],
];
const TEXTS = { Name: 30, Introduction: 240, Notification: 300, FaceUrl: 100 };

let server, app, groups;

before(async () => {
  server = await Server.start();
  app = await groupApp(server);
  groups = app.groups;
  for (const key of ['k1', 'k2', 'bin']) await defineField(server, app, 'group', key);
  for (const key of ['m1', 'm2']) await defineField(server, app, 'member', key);
});

after(() => server?.remove());

const create = (more) => groups.call('create_group', { Type: 'Public', Name: 'group', ...more });
const created = async (more) => (await create(more)).ErrorCode;
const field = (Key, Value) => ({ Key, Value });

/** Chinese text of exactly this many bytes. */
function chinese(bytes) {
  return '喜'.repeat(Math.floor(bytes / 3)) + 'x'.repeat(bytes % 3);
}

/** What every command with a GroupId answers to a wrong one. */
function checksGroupId(command, body = {}) {
  test(`${command}: a group that is none`, async () => {
    assert.equal(await groups.code(command, { GroupId: 'no such group', ...body }), 10010);
    for (const GroupId of [undefined, 1, null, {}, ['x']])
      assert.equal(await groups.code(command, { ...body, GroupId }), 10004, String(GroupId));
    for (const GroupId of ['', '喜鹊', 'x'.repeat(49)])
      assert.ok([10004, 10010, 10015].includes(await groups.code(command, { ...body, GroupId })));
    const gone = await groups.make('Public');
    await groups.ok('destroy_group', { GroupId: gone });
    assert.equal(await groups.code(command, { GroupId: gone, ...body }), 10010);
  });
}

describe('create_group', () => {
  test('takes every field, and get_group_info tells it', async () => {
    const [a, b, c] = await groups.people(3);
    const start = now();
    const reply = await create({
      Owner_Account: a,
      GroupId: 'g-100',
      Name: 'Team "1"',
      Introduction: 'i',
      Notification: 'n',
      FaceUrl: 'http://f',
      MaxMemberCount: 200,
      ApplyJoinOption: 'FreeAccess',
      AppDefinedData: [field('k1', 'v1')],
      MemberList: [
        { Member_Account: b, Role: 'Admin', AppMemberDefinedData: [field('m1', 'x')] },
        { Member_Account: c },
      ],
    });
    assert.deepEqual(reply, {
      ActionStatus: 'OK',
      ErrorInfo: '',
      ErrorCode: 0,
      GroupId: 'g-100',
    });
    const info = await groups.info('g-100');
    for (const name of [...BASE, 'MemberList', 'ErrorCode', 'ErrorInfo'])
      assert.ok(name in info, name);
    for (const [name, wanted] of Object.entries({
      ...{ GroupId: 'g-100', ErrorCode: 0, ErrorInfo: '', Type: 'Public', Name: 'Team "1"' },
      ...{ Introduction: 'i', Notification: 'n', FaceUrl: 'http://f', Owner_Account: a },
      ...{ NextMsgSeq: 1, MemberNum: 3, MaxMemberNum: 200, ApplyJoinOption: 'FreeAccess' },
      ...{ ShutUpAllMember: 'Off', AppDefinedData: [field('k1', 'v1')] },
    }))
      assert.deepEqual(info[name], wanted, name);
    for (const name of ['CreateTime', 'LastInfoTime'])
      assert.ok(info[name] >= start && info[name] <= now(), name);
    assert.deepEqual(
      info.MemberList.map(({ Member_Account, Role }) => [Member_Account, Role]),
      [[a, 'Owner'], [b, 'Admin'], [c, 'Member']],
    );
    for (const member of info.MemberList) assert.deepEqual(Object.keys(member).sort(), [...MEMBER].sort());
    assert.deepEqual(info.MemberList[1].AppMemberDefinedData, [field('m1', 'x')]);
    for (const name of ['JoinTime', 'MsgSeq', 'LastSendMsgTime', 'ShutUpUntil'])
      assert.equal(typeof info.MemberList[0][name], 'number', name);
  });

  test('knows the five types and their later names', async () => {
    for (const [Type, wanted, option, flag, cap] of [
      ['Private', 'Private', 'DisableApply', 'AcceptAndNotify', 200],
      ['Public', 'Public', 'NeedPermission', 'AcceptAndNotify', 2000],
      ['ChatRoom', 'ChatRoom', 'FreeAccess', 'AcceptNotNotify', 10000],
      ['AVChatRoom', 'AVChatRoom', 'FreeAccess'],
      ['BChatRoom', 'BChatRoom', 'FreeAccess'],
      ['Work', 'Private', 'DisableApply', 'AcceptAndNotify', 200],
      ['Meeting', 'ChatRoom', 'FreeAccess', 'AcceptNotNotify', 10000],
      ['Community', 'Community'],
    ]) {
      const [a] = await groups.people();
      const owner = Type === 'BChatRoom' ? {} : { Owner_Account: a };
      const id = await groups.make(Type, owner);
      assert.match(id, /^@TGS#[\x21-\x7e]+$/);
      assert.ok(id.length <= 48);
      const info = await groups.info(id);
      assert.equal(info.Type, wanted);
      if (option) assert.equal(info.ApplyJoinOption, option, Type);
      if (flag) assert.equal(info.MemberList[0].MsgFlag, flag, Type);
      if (cap) assert.equal(info.MaxMemberNum, cap, Type);
      assert.ok(info.MaxMemberNum < 2 ** 31, 'fits into an integer of any client');
      await groups.ok('destroy_group', { GroupId: id });
    }
  });

  test('ApplyJoinOption counts for Public groups only', async () => {
    for (const [Type, wanted] of [
      ['Private', 'DisableApply'],
      ['ChatRoom', 'FreeAccess'],
      ['AVChatRoom', 'FreeAccess'],
    ]) {
      const id = await groups.make(Type, { ApplyJoinOption: 'NeedPermission' });
      assert.equal((await groups.info(id)).ApplyJoinOption, wanted, Type);
    }
    for (const ApplyJoinOption of ['FreeAccess', 'NeedPermission', 'DisableApply']) {
      const id = await groups.make('Public', { ApplyJoinOption });
      assert.equal((await groups.info(id)).ApplyJoinOption, ApplyJoinOption);
    }
  });

  test('without an owner', async () => {
    for (const Type of TYPES) {
      const id = await groups.make(Type);
      const info = await groups.info(id);
      assert.equal(info.Owner_Account, '', Type);
      assert.equal(info.MemberNum, 0, Type);
      await groups.ok('destroy_group', { GroupId: id });
    }
  });

  test('an id that is taken: 10025 by the same owner, else 10021', async () => {
    const [a, b] = await groups.people(2);
    await groups.make('Public', { GroupId: 'taken', Owner_Account: a });
    assert.equal(await created({ GroupId: 'taken', Owner_Account: a }), 10025);
    assert.equal(await created({ GroupId: 'taken', Owner_Account: b }), 10021);
    assert.equal(await created({ GroupId: 'taken' }), 10021);
    assert.equal(await created({ GroupId: 'Taken', Owner_Account: b }), 0);
    await groups.make('Public', { GroupId: 'no owner' });
    assert.equal(await created({ GroupId: 'no owner' }), 10021);
    await groups.ok('destroy_group', { GroupId: 'taken' });
    assert.equal(await created({ GroupId: 'taken', Owner_Account: b }), 0);
  });

  test('ids have 48 printable bytes, and are not generated ones: 10015', async () => {
    const good = ['x'.repeat(48), ' ~', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~', '@TGS', '@tgs#1'];
    for (const GroupId of good) {
      const reply = await create({ GroupId });
      assert.equal(reply.ErrorCode, 0, GroupId);
      assert.equal(reply.GroupId, GroupId);
      assert.equal((await groups.info(GroupId)).GroupId, GroupId);
    }
    const bad = ['x'.repeat(49), '@TGS#x', '@TGS#', 'a\u001f', 'a\u007f', '喜鹊', 'a\u0000b', 'é'];
    for (const GroupId of bad) assert.equal(await created({ GroupId }), 10015, GroupId);
  });

  test('texts have as many bytes as documented: 10004 beyond', async () => {
    for (const [name, max] of Object.entries(TEXTS)) {
      for (const value of ['x'.repeat(max), chinese(max)]) {
        const id = await groups.make('Public', { [name]: value });
        assert.equal((await groups.info(id))[name], value);
      }
      for (const value of ['x'.repeat(max + 1), chinese(max + 1), 1, {}, ['x'], true])
        assert.equal(await created({ [name]: value }), 10004, `${name} ${value}`);
    }
    for (const Name of [undefined, '', null]) assert.equal(await created({ Name }), 10004);
  });

  test('what is wrong: 10004', async () => {
    for (const more of [
      ...[undefined, '', 'public', 'X', 1, null].map((Type) => ({ Type })),
      ...['X', 1, {}].map((ApplyJoinOption) => ({ ApplyJoinOption })),
      ...['1', -1, 1.5, {}, true].map((MaxMemberCount) => ({ MaxMemberCount })),
      ...[1, {}, ['a']].map((Owner_Account) => ({ Owner_Account })),
      ...[1, {}, ['a']].map((GroupId) => ({ GroupId })),
      ...['x', 1, {}, [1], [{}], [{ Member_Account: 1 }], ['a']].map((MemberList) => ({ MemberList })),
      ...['x', 1, {}, [1], [{}], [{ Key: 'k1' }], [field('k1', 1)], [field(1, 'x')]].map(
        (AppDefinedData) => ({ AppDefinedData }),
      ),
      { AppDefinedData: [field('undefined', 'x')] },
    ])
      assert.equal(await created(more), 10004, JSON.stringify(more));
    const [a] = await groups.people();
    for (const more of [{ Role: 'X' }, { Role: 'Owner' }, { Role: 1 }])
      assert.equal(await created({ MemberList: [{ Member_Account: a, ...more }] }), 10004);
    const member = { Member_Account: a, AppMemberDefinedData: [field('none', 'x')] };
    assert.equal(await created({ MemberList: [member] }), 10004);
  });

  test('a body that is no object: 10011', async () => {
    for (const body of ['', '{', '[]', '"x"', '{"Type":"Public"'])
      assert.equal(await groups.code('create_group', body), 10011, body);
  });

  test('accounts that do not exist: 10019', async () => {
    assert.equal(await created({ Owner_Account: 'nobody' }), 10019);
    const reply = await create({ MemberList: [{ Member_Account: 'nobody' }] });
    assert.ok([0, 10019].includes(reply.ErrorCode));
    if (!reply.ErrorCode) assert.equal((await groups.info(reply.GroupId)).MemberNum, 0);
  });

  test('500 members: 10005 beyond', async () => {
    const people = await groups.people(501);
    const list = people.map((Member_Account) => ({ Member_Account }));
    assert.equal(await created({ MemberList: list }), 10005);
    const id = await groups.make('Public', { members: people.slice(1) });
    assert.equal((await groups.info(id, { GroupBaseInfoFilter: ['MemberNum'] })).MemberNum, 500);
    assert.deepEqual(
      (await groups.members(id)).map(({ Member_Account }) => Member_Account),
      people.slice(1),
    );
  });

  test('a member that is named twice, or is the owner, is in it once', async () => {
    const [a, b] = await groups.people(2);
    const id = await groups.make('Public', { Owner_Account: a, members: [b, a, b] });
    const members = await groups.members(id);
    assert.deepEqual(members.map(({ Role }) => Role), ['Owner', 'Member']);
  });

  test('rooms take no members: 10007', async () => {
    const [a] = await groups.people();
    for (const Type of ['AVChatRoom', 'BChatRoom'])
      assert.equal(await created({ Type, MemberList: [{ Member_Account: a }] }), 10007);
  });

  test('more members than MaxMemberCount: 10014', async () => {
    const people = await groups.people(3);
    const MemberList = people.map((Member_Account) => ({ Member_Account }));
    assert.equal(await created({ MaxMemberCount: 2, MemberList }), 10014);
    assert.equal(await created({ MaxMemberCount: 3, MemberList }), 0);
    assert.equal(await created({ MaxMemberCount: 0, MemberList }), 10004);
  });

  test('a cap above that of the type is cut to it', async () => {
    for (const [Type, cap] of [['Private', 200], ['Public', 2000], ['ChatRoom', 10000]]) {
      const reply = await create({ Type, MaxMemberCount: 4000000 });
      assert.ok([0, 10004].includes(reply.ErrorCode));
      if (!reply.ErrorCode) assert.equal((await groups.info(reply.GroupId)).MaxMemberNum, cap);
    }
  });

  test('five broadcast rooms an app: 10036 beyond', async () => {
    const other = (await groupApp(server)).groups;
    for (let i = 0; i < 5; i++) await other.make('BChatRoom', { GroupId: `b${i}` });
    const sixth = { Type: 'BChatRoom', Name: 'x' };
    assert.equal(await other.code('create_group', sixth), 10036);
    await other.ok('destroy_group', { GroupId: 'b3' });
    assert.equal(await other.code('create_group', sixth), 0);
  });

  test('values of custom fields: 512 and 64 bytes, any byte', async () => {
    const [a] = await groups.people();
    const binary = '\u0000\u0001"\\/\u007f\ud83d\udc26\u0000';
    const id = await groups.make('Public', {
      AppDefinedData: [field('k1', 'x'.repeat(512)), field('bin', binary), field('k2', '')],
      members: [{ Member_Account: a, AppMemberDefinedData: [field('m1', 'y'.repeat(64)), field('m2', binary)] }],
    });
    const info = await groups.info(id);
    const values = Object.fromEntries(info.AppDefinedData.map(({ Key, Value }) => [Key, Value]));
    assert.deepEqual(values, { k1: 'x'.repeat(512), bin: binary });
    const mine = info.MemberList[0].AppMemberDefinedData;
    assert.deepEqual(Object.fromEntries(mine.map(({ Key, Value }) => [Key, Value])), {
      m1: 'y'.repeat(64),
      m2: binary,
    });
    assert.equal(await created({ AppDefinedData: [field('k1', 'x'.repeat(513))] }), 10004);
    assert.equal(await created({ AppDefinedData: [field('k1', '\u0000'.repeat(512))] }), 0);
    const long = { Member_Account: a, AppMemberDefinedData: [field('m1', 'x'.repeat(65))] };
    assert.equal(await created({ MemberList: [long] }), 10004);
  });
});

describe('get_appid_group_list', () => {
  test('lists all groups in the order of their creation, page by page', async () => {
    const own = (await groupApp(server)).groups;
    assert.deepEqual(await own.ok('get_appid_group_list', {}), {
      ActionStatus: 'OK',
      ErrorInfo: '',
      ErrorCode: 0,
      TotalCount: 0,
      GroupIdList: [],
      Next: 0,
    });
    const made = [];
    for (let i = 0; i < 12; i++) made.push(await own.make(TYPES[i % 3], i % 2 ? {} : { GroupId: `z${99 - i}` }));
    await own.ok('destroy_group', { GroupId: made.splice(5, 1)[0] });
    const items = made.map((GroupId) => ({ GroupId }));
    const all = await own.ok('get_appid_group_list', {});
    assert.deepEqual(all.GroupIdList, items);
    assert.equal(all.TotalCount, 11);
    assert.equal(all.Next, 0);
    for (const Limit of [1, 4, 10, 11, 12]) {
      const seen = [];
      let Next = 0;
      do {
        const page = await own.ok('get_appid_group_list', { Limit, Next });
        assert.ok(page.GroupIdList.length <= Limit);
        assert.equal(page.TotalCount, 11);
        seen.push(...page.GroupIdList);
        Next = page.Next;
        assert.ok(seen.length <= 11);
      } while (Next);
      assert.deepEqual(seen, items, `Limit ${Limit}`);
    }
  });

  test('of one type', async () => {
    const own = (await groupApp(server)).groups;
    const made = {};
    for (const Type of [...TYPES, ...TYPES]) (made[Type] ??= []).push(await own.make(Type));
    for (const Type of TYPES) {
      const page = await own.ok('get_appid_group_list', { GroupType: Type });
      assert.equal(page.TotalCount, 2, Type);
      assert.deepEqual(page.GroupIdList.map(({ GroupId }) => GroupId), made[Type]);
      const first = await own.ok('get_appid_group_list', { GroupType: Type, Limit: 1 });
      assert.deepEqual(first.GroupIdList.map(({ GroupId }) => GroupId), made[Type].slice(0, 1));
      const second = await own.ok('get_appid_group_list', { GroupType: Type, Limit: 1, Next: first.Next });
      assert.deepEqual(second.GroupIdList.map(({ GroupId }) => GroupId), made[Type].slice(1));
      assert.equal(second.Next, 0);
    }
    const later = await own.ok('get_appid_group_list', { GroupType: 'Work' });
    assert.deepEqual(later.GroupIdList.map(({ GroupId }) => GroupId), made.Private);
  });

  test('what is wrong: 10004', async () => {
    for (const body of [{ Limit: 10001 }, { Limit: '1' }, { Limit: -1 }, { Next: 'x' }, { GroupType: 'X' }, { GroupType: 1 }])
      assert.equal(await groups.code('get_appid_group_list', body), 10004, JSON.stringify(body));
    assert.equal(await groups.code('get_appid_group_list', { Limit: 10000 }), 0);
  });
});

describe('get_group_info', () => {
  test('of several groups in the order asked for, each with its code', async () => {
    const ids = [await groups.make('Public'), 'gone', await groups.make('Private'), '@TGS#none'];
    const reply = await groups.ok('get_group_info', { GroupIdList: ids });
    assert.deepEqual(Object.keys(reply).sort(), [...ENVELOPE, 'GroupInfo'].sort());
    assert.deepEqual(
      reply.GroupInfo.map(({ GroupId, ErrorCode }) => [GroupId, ErrorCode]),
      ids.map((id, i) => [id, i % 2 ? 10010 : 0]),
    );
    for (const item of [reply.GroupInfo[1], reply.GroupInfo[3]]) {
      assert.deepEqual(Object.keys(item).sort(), ['ErrorCode', 'ErrorInfo', 'GroupId']);
      assert.ok(item.ErrorInfo);
    }
  });

  test('gives what the filters name', async () => {
    const [a] = await groups.people();
    const id = await groups.make('Public', {
      Owner_Account: a,
      AppDefinedData: [field('k1', 'v1'), field('k2', 'v2')],
    });
    await groups.ok('modify_group_member_info', {
      GroupId: id,
      Member_Account: a,
      NameCard: 'card',
      AppMemberDefinedData: [field('m1', 'x'), field('m2', 'y')],
    });
    const filtered = await groups.info(id, {
      GroupBaseInfoFilter: ['Type', 'Name', 'MemberNum', 'NextMsgSeq'],
      MemberInfoFilter: ['Role', 'JoinTime'],
      AppDefinedDataFilter_Group: ['k1'],
    });
    assert.deepEqual(Object.keys(filtered).sort(), [
      ...['AppDefinedData', 'ErrorCode', 'ErrorInfo', 'GroupId', 'MemberList', 'MemberNum', 'Name'],
      ...['NextMsgSeq', 'Type'],
    ]);
    assert.deepEqual(filtered.AppDefinedData, [field('k1', 'v1')]);
    const [member] = filtered.MemberList;
    assert.deepEqual(Object.keys(member).sort(), ['JoinTime', 'Member_Account', 'Role']);
    for (const name of BASE.slice(1, -1)) {
      const one = await groups.info(id, { GroupBaseInfoFilter: [name] });
      assert.ok(name in one, name);
      assert.ok(!('CreateTime' in one) || name === 'CreateTime', name);
    }
    const fields = await groups.info(id, { AppDefinedDataFilter_GroupMember: ['m2'], MemberInfoFilter: ['NameCard'] });
    assert.equal(fields.MemberList[0].NameCard, 'card');
    assert.deepEqual(fields.MemberList[0].AppMemberDefinedData, [field('m2', 'y')]);
  });

  test('50 groups a call: 10004 beyond', async () => {
    const id = await groups.make('Public');
    const list = (n) => ({ GroupIdList: Array.from({ length: n }, (_, i) => (i ? `no ${i}` : id)) });
    const reply = await groups.ok('get_group_info', list(50));
    assert.equal(reply.GroupInfo.length, 50);
    assert.equal(await groups.code('get_group_info', list(51)), 10004);
    for (const GroupIdList of [undefined, 'x', [1], {}, null])
      assert.equal(await groups.code('get_group_info', { GroupIdList }), 10004);
    assert.equal(await groups.code('get_group_info', '{'), 10011);
    for (const ResponseFilter of ['x', 1, { GroupBaseInfoFilter: 'Type' }])
      assert.equal(await groups.code('get_group_info', { GroupIdList: [id], ResponseFilter }), 10004);
  });
});

describe('modify_group_base_info', () => {
  const modify = (GroupId, more) => groups.code('modify_group_base_info', { GroupId, ...more });
  checksGroupId('modify_group_base_info', { Name: 'x' });

  test('changes what is named and leaves the rest', async () => {
    const id = await groups.make('Public', { Introduction: 'old', AppDefinedData: [field('k1', '1')] });
    for (const [name, value] of Object.entries({
      ...{ Name: 'new', Introduction: '', Notification: '喜鹊 "', FaceUrl: 'http://x' },
      ...{ MaxMemberNum: 300, ApplyJoinOption: 'FreeAccess', ShutUpAllMember: 'On' },
    })) {
      const old = await groups.info(id);
      assert.equal(await modify(id, { [name]: value }), 0, name);
      const info = await groups.info(id);
      assert.equal(info[name], value, name);
      for (const other of ['Name', 'Introduction', 'FaceUrl', 'AppDefinedData', 'MaxMemberNum'])
        if (other !== name) assert.deepEqual(info[other], old[other], other);
    }
    assert.equal(await modify(id, { ShutUpAllMember: 'Off' }), 0);
    assert.equal((await groups.info(id)).ShutUpAllMember, 'Off');
  });

  test('custom fields: set, changed, deleted by an empty value', async () => {
    const id = await groups.make('Public', { AppDefinedData: [field('k1', '1'), field('k2', '2')] });
    const data = async () => (await groups.info(id)).AppDefinedData;
    assert.equal(await modify(id, { AppDefinedData: [field('k1', '\u0000')] }), 0);
    assert.deepEqual(await data(), [field('k1', '\u0000'), field('k2', '2')]);
    assert.equal(await modify(id, { AppDefinedData: [field('k1', '')] }), 0);
    assert.deepEqual(await data(), [field('k2', '2')]);
    assert.equal(await modify(id, { AppDefinedData: [field('none', 'x')] }), 10004);
    assert.equal(await modify(id, { AppDefinedData: [field('k1', 'x'.repeat(513))] }), 10004);
    assert.deepEqual(await data(), [field('k2', '2')]);
  });

  test('texts at their limit and one over: 10004, and nothing changes', async () => {
    const id = await groups.make('Public');
    for (const [name, max] of Object.entries(TEXTS)) {
      assert.equal(await modify(id, { [name]: chinese(max) }), 0);
      assert.equal(await modify(id, { [name]: chinese(max + 1), ShutUpAllMember: 'On' }), 10004);
      const info = await groups.info(id);
      assert.equal(info[name], chinese(max));
      assert.equal(info.ShutUpAllMember, 'Off');
      for (const value of [1, {}, ['x'], true]) assert.equal(await modify(id, { [name]: value }), 10004);
    }
    for (const more of [
      ...[{ Name: '' }, { ShutUpAllMember: 'on' }, { ShutUpAllMember: 1 }, { ApplyJoinOption: 'X' }],
      ...[{ MaxMemberNum: 'x' }, { MaxMemberNum: -1 }, { AppDefinedData: 'x' }],
    ])
      assert.equal(await modify(id, more), 10004, JSON.stringify(more));
  });

  test('a lower MaxMemberNum keeps the members and lets none in', async () => {
    const people = await groups.people(4);
    const id = await groups.make('Public', { members: people.slice(0, 3) });
    assert.ok([0, 10004].includes(await modify(id, { MaxMemberNum: 2 })));
    assert.equal(await modify(id, { MaxMemberNum: 3 }), 0);
    const add = { GroupId: id, MemberList: [{ Member_Account: people[3] }] };
    assert.equal(await groups.code('add_group_member', add), 10014);
    assert.equal((await groups.info(id)).MemberNum, 3);
  });

  test('tells the members of it: a tip in the history', async () => {
    const [a] = await groups.people();
    const id = await groups.make('Public', { Owner_Account: a });
    await modify(id, { Name: 'renamed' });
    const [tip] = await groups.history(id);
    assert.equal(tip.MsgBody.OpType, 6);
    assert.equal(tip.MsgBody.MsgGroupNewInfo.GroupName, 'renamed');
  });
});

describe('destroy_group', () => {
  checksGroupId('destroy_group');

  test('dissolves groups of every type, once', async () => {
    for (const Type of TYPES) {
      const [a] = await groups.people();
      const id = await groups.make(Type, Type === 'BChatRoom' ? {} : { Owner_Account: a });
      assert.deepEqual(await groups.ok('destroy_group', { GroupId: id }), {
        ActionStatus: 'OK',
        ErrorInfo: '',
        ErrorCode: 0,
      });
      assert.equal(await groups.code('destroy_group', { GroupId: id }), 10010);
      assert.equal((await groups.info(id)).ErrorCode, 10010);
      const { GroupIdList } = await groups.ok('get_joined_group_list', { Member_Account: a });
      assert.deepEqual(GroupIdList, []);
    }
  });

  test('its id can be used again, and shows nothing of the old group', async () => {
    const [a, b] = await groups.people(2);
    await groups.make('Public', { GroupId: 'again', Owner_Account: a, members: [b] });
    await groups.sent('again');
    await groups.ok('forbid_send_msg', { GroupId: 'again', Members_Account: [b], ShutUpTime: 999 });
    await groups.ok('destroy_group', { GroupId: 'again' });
    await groups.make('Public', { GroupId: 'again', Owner_Account: b });
    assert.deepEqual((await groups.members('again')).map((m) => m.Member_Account), [b]);
    assert.deepEqual(await groups.history('again'), []);
    assert.deepEqual((await groups.ok('get_group_shutted_uin', { GroupId: 'again' })).ShuttedUinList, []);
    assert.equal((await groups.sent('again')).MsgSeq, 1);
  });
});

describe('get_joined_group_list', () => {
  test('lists groups in which the account is, with what the filters name', async () => {
    const [a] = await groups.people();
    const list = (more) => groups.ok('get_joined_group_list', { Member_Account: a, ...more });
    assert.deepEqual(await list(), {
      ...{ ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0, TotalCount: 0, GroupIdList: [] },
    });
    const pub = await groups.make('Public', { Owner_Account: a });
    const chat = await groups.make('ChatRoom', { members: [{ Member_Account: a, Role: 'Admin' }] });
    const priv = await groups.make('Private', { members: [a] });
    await groups.make('AVChatRoom', { Owner_Account: a });
    const ids = async (more) => (await list(more)).GroupIdList.map(({ GroupId }) => GroupId);
    assert.deepEqual(await ids(), [pub, chat], 'a Private group is not seen before its first message');
    assert.deepEqual(await ids({ WithNoActiveGroups: 1 }), [pub, chat, priv]);
    await groups.sent(priv);
    await groups.sent(pub);
    assert.deepEqual(await ids(), [pub, chat, priv]);
    assert.deepEqual(await ids({ GroupType: 'ChatRoom' }), [chat]);
    assert.equal((await list({ GroupType: 'ChatRoom' })).TotalCount, 1);
    const page = await list({ Limit: 1, Offset: 1 });
    assert.deepEqual(page.GroupIdList, [{ GroupId: chat }]);
    assert.equal(page.TotalCount, 3);
    const { GroupIdList } = await list({
      ResponseFilter: {
        GroupBaseInfoFilter: BASE.slice(1, -1),
        SelfInfoFilter: ['Role', 'JoinTime', 'MsgFlag', 'UnreadMsgNum'],
      },
    });
    const [first] = GroupIdList;
    for (const name of [...BASE.slice(0, -1), 'SelfInfo']) assert.ok(name in first, name);
    assert.equal(typeof first.SelfInfo.JoinTime, 'number');
    delete first.SelfInfo.JoinTime;
    assert.deepEqual(first.SelfInfo, { Role: 'Owner', MsgFlag: 'AcceptAndNotify', UnreadMsgNum: 1 });
    assert.equal(GroupIdList[1].SelfInfo.Role, 'Admin');
    assert.equal(GroupIdList[1].SelfInfo.MsgFlag, 'AcceptNotNotify');
  });

  test('what is wrong: 10004, an account that is none: 10019', async () => {
    const [a] = await groups.people();
    const code = (more) => groups.code('get_joined_group_list', { Member_Account: a, ...more });
    for (const more of [
      ...[{ Member_Account: undefined }, { Member_Account: 1 }, { Limit: 5001 }, { Limit: 'x' }],
      ...[{ Offset: -1 }, { GroupType: 'X' }, { ResponseFilter: 1 }],
    ])
      assert.equal(await code(more), 10004, JSON.stringify(more));
    assert.equal(await code({ Limit: 5000 }), 0);
    assert.ok([10019, 0].includes(await code({ Member_Account: 'nobody' })));
  });
});

test('commands that are none: 10003', async () => {
  assert.equal(await groups.code('no_such_command', {}), 10003);
});
