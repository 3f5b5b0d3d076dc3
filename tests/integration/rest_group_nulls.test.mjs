// Many REST clients write null for what they do not set: it is as if it were left out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { groupApp, now } from './support/groups.mjs';
import { textBody } from './support/rest.mjs';
import { Server } from './support/server.mjs';

let server, app, groups;

before(async () => {
  server = await Server.start();
  app = await groupApp(server);
  groups = app.groups;
});

after(() => server?.remove());

const nulls = (...names) => Object.fromEntries(names.map((name) => [name, null]));

const OF_NEW_GROUP = nulls(
  ...['Owner_Account', 'GroupId', 'Introduction', 'Notification', 'FaceUrl', 'MaxMemberCount'],
  ...['ApplyJoinOption', 'InviteJoinOption', 'AppDefinedData'],
);

test('a group is made of nothing but what it must have', async () => {
  const [a] = await groups.people();
  const bare = await groups.make('Public');
  const given = await groups.make('Public', { ...OF_NEW_GROUP, MemberList: null });
  const info = async (id) => {
    const { GroupId, CreateTime, LastInfoTime, LastMsgTime, ...rest } = await groups.info(id);
    return rest;
  };
  assert.deepEqual(await info(given), await info(bare));

  const id = await groups.make('Public', {
    members: [{ Member_Account: a, ...nulls('Role', 'AppMemberDefinedData') }],
  });
  assert.equal((await groups.member(id, a)).Role, 'Member');
  const imported = { Type: 'Public', Name: 'old', ...OF_NEW_GROUP, CreateTime: null };
  assert.equal(await groups.code('import_group', imported), 0);
});

test('a change of nothing changes nothing', async () => {
  const [a, b] = await groups.people(2);
  const GroupId = await groups.make('Public', { Owner_Account: a, members: [b], Introduction: 'i' });
  const before = await groups.info(GroupId);
  await groups.ok('modify_group_base_info', {
    ...{ GroupId, Name: 'new', ...nulls('Introduction', 'Notification', 'FaceUrl', 'MaxMemberNum') },
    ...nulls('ApplyJoinOption', 'InviteJoinOption', 'ShutUpAllMember', 'AppDefinedData'),
  });
  const { Name, Introduction, ApplyJoinOption } = await groups.info(GroupId);
  assert.deepEqual([Name, Introduction, ApplyJoinOption], ['new', 'i', before.ApplyJoinOption]);

  const change = nulls('Role', 'MsgFlag', 'AppMemberDefinedData', 'ShutUpTime');
  await groups.ok('modify_group_member_info', { GroupId, Member_Account: b, NameCard: 'card', ...change });
  await groups.ok('modify_group_member_info', { GroupId, Member_Account: b, NameCard: null, Role: 'Admin' });
  const member = await groups.member(GroupId, b);
  assert.deepEqual([member.NameCard, member.Role], ['card', 'Admin']);
});

test('members come and go, and messages are sent', async () => {
  const [a] = await groups.people();
  const GroupId = await groups.make('Public');
  const { MemberList } = await groups.ok('add_group_member', {
    ...{ GroupId, Silence: null, MemberList: [{ Member_Account: a }] },
  });
  assert.equal(MemberList[0].Result, 1);
  await groups.ok('send_group_msg', {
    ...{ GroupId, Random: 1, MsgBody: textBody('hello'), CloudCustomData: null },
    ...nulls('From_Account', 'MsgPriority', 'OnlineOnlyFlag', 'OfflinePushInfo', 'SendMsgControl'),
    ...nulls('ForbidCallbackControl', 'GroupAtInfo', 'To_Account'),
  });
  await groups.ok('delete_group_member', {
    ...{ GroupId, MemberToDel_Account: [a], ...nulls('Silence', 'Reason') },
  });
  assert.equal((await groups.info(GroupId)).MemberNum, 0);
});

test('what is imported may leave out as much', async () => {
  const [a] = await groups.people();
  const [Name, CreateTime] = ['old', now() - 3600];
  const { GroupId } = await groups.ok('import_group', { Type: 'Public', Name, CreateTime });
  const message = { From_Account: a, SendTime: now() - 60, MsgBody: textBody('old') };
  const { ImportMsgResult } = await groups.ok('import_group_msg', {
    ...{ GroupId, MsgList: [{ ...message, ...nulls('Random', 'CloudCustomData') }] },
  });
  assert.equal(ImportMsgResult[0].Result, 0);
  const { MemberList } = await groups.ok('import_group_member', {
    GroupId,
    MemberList: [{ Member_Account: a, ...nulls('Role', 'JoinTime', 'UnreadMsgNum') }],
  });
  assert.equal(MemberList[0].Result, 1);
});
