// Groups with the official client SDK: making, finding, joining, changing and ending them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { textBody } from './support/rest.mjs';
import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

const WAIT = { timeout: 90000 };
const REPEATS_MAX = 40; // of one command of one client in one test: more is a loop

const TOO_OFTEN = 60007;

// Kinds of system notices (ReportType).
const REQUEST = 1;
const ACCEPTED = 2;
const REFUSED = 3;
const DISMISSED = 5;
const INVITED = 7;

let server, app;

before(async () => {
  server = await Server.start();
  app = await server.app();
  for (const [key, read, write] of [
    ['colour', 'anyone', 'admin'],
    ['secret', 'admin', 'app_admin'],
  ])
    await server.cli(...`group-field set --app ${app.sdkappid} --level group --key ${key}`.split(' '),
      '--read', read, '--write', write);
  await server.cli('limit', 'set', '--app', app.sdkappid, '--limit', 'multi_terminal', '--value', 2,
    '--reason', 'two web pages');
});

after(() => server?.remove());

async function client(t, user) {
  const one = await SdkClient.ready(server, app, user);
  t.after(async () => {
    await one.close();
    for (const [command, count] of Object.entries(one.sent))
      assert.ok(count <= REPEATS_MAX, `${command} was sent ${count} times by ${user}`);
  });
  await one.synced();
  return one;
}

/** Logged-in accounts name_a, name_b ... */
const clients = (t, name, letters = 'ab') =>
  Promise.all([...letters].map((letter) => client(t, `${name}_${letter}`)));

/** A group of accounts that need not be logged in, made by REST; resolves its ID. */
async function made(owner, type, name, ...members) {
  const ask = {
    Type: type,
    Name: name,
    Owner_Account: owner,
    MemberList: members.map((user) => ({ Member_Account: user })),
  };
  for (;;) {
    const reply = await app.rest.call('group_open_http_svc/create_group', ask);
    if (reply.ErrorCode === 0) return reply.GroupId;
    assert.equal(reply.ErrorCode, TOO_OFTEN);
  }
}

const say = (group, from, text) =>
  app.rest.ok('group_open_http_svc/send_group_msg', {
    GroupId: group,
    From_Account: from,
    Random: Math.floor(Math.random() * 2 ** 31),
    MsgBody: textBody(text),
  });

/** A group of name_a, who owns it, with the other letters; resolves [group, a, b, ...]. */
async function talk(t, name, { type = 'Public', letters = 'ab', ...more } = {}) {
  const [a, ...others] = await clients(t, name, letters);
  const group = await a.group(type, name, others.map(({ user }) => user), more);
  await Promise.all(others.map((one) => one.listedGroup(group)));
  return [group, a, ...others];
}

const ids = (list) => list.map(({ groupID }) => groupID).sort();

describe('a new group', WAIT, () => {
  for (const type of ['Private', 'Public', 'ChatRoom', 'Community'])
    test(`${type}: is listed at its owner and at its members, as it was made`, async (t) => {
      const [a, b] = await clients(t, `new_${type}`);
      const { data } = await a.chat.createGroup({
        type,
        name: '喜鹊 "magpies"',
        introduction: 'about us',
        notification: 'be kind',
        avatar: 'http://127.0.0.1/g.png',
        memberList: [{ userID: b.user }],
      });
      const group = data.group.groupID;
      assert.equal(data.group.type, type);
      assert.deepEqual(data.overLimitUserIDList ?? [], []);
      assert.match(group, type === 'Community' ? /^@TGS#_/ : /^@TGS#(?!_)/);

      for (const [one, role] of [[a, 'Owner'], [b, 'Member']]) {
        const listed = await one.listedGroup(group, ({ selfInfo }) => selfInfo.role === role);
        assert.deepEqual(
          [listed.type, listed.name, listed.avatar, listed.ownerID],
          [type, '喜鹊 "magpies"', 'http://127.0.0.1/g.png', a.user],
        );
        const profile = (await one.chat.getGroupProfile({ groupID: group })).data.group;
        assert.deepEqual(
          [profile.type, profile.name, profile.introduction, profile.notification, profile.memberCount],
          [type, '喜鹊 "magpies"', 'about us', 'be kind', 2],
        );
      }
      // A Private one has no notices before its first message.
      if (type !== 'Private') await b.notice(group, INVITED);
    });

  test('the join option is that of the type, or the one given', async (t) => {
    let made = 0;
    const of = async (type, more) => {
      const [a] = await clients(t, `option${++made}`, 'a'); // the SDK asks at most 8 times a second
      const group = await a.group(type, 'options', [], more);
      return (await a.chat.getGroupProfile({ groupID: group })).data.group.joinOption;
    };
    assert.equal(await of('Private'), 'DisableApply');
    assert.equal(await of('Public', { joinOption: 'NeedPermission' }), 'NeedPermission');
    assert.equal(await of('Public', { joinOption: 'DisableApply' }), 'DisableApply');
    assert.equal(await of('ChatRoom'), 'FreeAccess');
  });

  test('an ID in use, and a wrong one, are refused', async (t) => {
    const [a, b] = await clients(t, 'taken');
    await a.group('Public', 'first', [], { groupID: 'taken' });
    await assert.rejects(b.group('Public', 'second', [], { groupID: 'taken' }), { code: 10021 });
    await assert.rejects(a.group('Public', 'third', [], { groupID: 'taken' }), { code: 10025 });
    await assert.rejects(a.group('Public', 'x', [], { groupID: '@TGS#mine' }), { code: 10015 });
  });

  test('a member who does not exist is left out or refused, not half made', async (t) => {
    const [a] = await clients(t, 'ghost', 'a');
    await assert.rejects(a.group('Public', 'g', ['nobody_here']), { code: 10019 });
    assert.deepEqual((await a.chat.getGroupList()).data.groupList, []);
  });

  test('a Private group is told to its members by its first message', async (t) => {
    const [a, b] = await clients(t, 'quiet');
    const group = await a.group('Private', 'quiet', [b.user]);
    await b.listedGroup(group);
    await a.sayText(group, 'hello');
    await b.heard(group, 'hello');
  });
});

describe('the list of groups', WAIT, () => {
  test('is the same after a new login and after a lost connection', async (t) => {
    await app.rest.importAccounts('list_a', 'list_b');
    const groups = [];
    for (const type of ['Private', 'Public', 'ChatRoom', 'Community'])
      groups.push(await made('list_a', type, type, 'list_b'));
    await say(groups[0], 'list_a', 'a Private group is seen from now on');

    const b = await client(t, 'list_b');
    for (const group of groups) await b.listedGroup(group);
    const { groupList } = (await b.chat.getGroupList()).data;
    assert.deepEqual(ids(groupList), [...groups].sort());
    const names = groups.map((id) => groupList.find(({ groupID }) => groupID === id).name);
    assert.deepEqual(names, ['Private', 'Public', 'ChatRoom', 'Community']);
    for (const one of groupList) {
      assert.equal(one.selfInfo.role, 'Member');
      assert.ok(one.selfInfo.joinTime > 0);
      assert.equal(one.ownerID, 'list_a');
    }

    b.drop();
    await say(groups[1], 'list_a', 'are you back?');
    await b.groupConversation(
      groups[1],
      ({ lastMessage }) => lastMessage.payload?.text === 'are you back?',
    );
    const { messageList } = await b.groupHistory(groups[1]);
    assert.deepEqual(messageList.map(({ payload }) => payload.text), ['are you back?']);
    assert.deepEqual(ids((await b.chat.getGroupList()).data.groupList), [...groups].sort());
  });

  test('has over two hundred groups', async (t) => {
    const owner = 'many_a';
    await app.rest.importAccounts(owner);
    for (let i = 0; i < 203; i++) await made(owner, 'Public', `group ${i}`);
    const a = await client(t, owner);
    await a.listedGroup(await made(owner, 'Public', 'one more'));
    const { groupList } = (await a.chat.getGroupList()).data;
    assert.equal(new Set(ids(groupList)).size, 204);
  });

  test('shows at the other terminal what one makes, joins and leaves', async (t) => {
    const [page, tab, other] = await Promise.all(
      ['two_a', 'two_a', 'two_b'].map((user) => client(t, user)),
    );
    for (const one of [page, tab, other]) await one.synced();
    const made = await page.group('Public', 'made here', [other.user]);
    await tab.listedGroup(made, ({ selfInfo }) => selfInfo.role === 'Owner');
    const free = await other.group('Public', 'free', [], { joinOption: 'FreeAccess' });
    await page.chat.joinGroup({ groupID: free });
    // Not before the SDK has asked for it: its answer would bring the group back behind the quit.
    await tab.listedGroup(free, ({ selfInfo }) => selfInfo.role === 'Member');
    await page.chat.quitGroup(free);
    await tab.noListedGroup(free);
    await page.chat.dismissGroup(made);
    await tab.noListedGroup(made);
  });
});

describe('searching', WAIT, () => {
  test('finds a group by its ID, without being in it', async (t) => {
    const [a, b] = await clients(t, 'search');
    const group = await a.group('Public', 'findable', [], { introduction: 'come in' });
    const found = (await b.chat.searchGroupByID(group)).data.group;
    assert.deepEqual(
      [found.groupID, found.name, found.introduction, found.ownerID, found.memberCount],
      [group, 'findable', 'come in', a.user, 1],
    );
    assert.deepEqual((await b.chat.getGroupList()).data.groupList, []);
  });

  test('finds no Private group and none that is not', async (t) => {
    const [a, b] = await clients(t, 'hidden');
    const group = await a.group('Private', 'ours');
    await assert.rejects(b.chat.searchGroupByID(group), { code: 10007 });
    await assert.rejects(b.chat.searchGroupByID('no_such_group'), { code: 10010 });
  });
});

describe('joining', WAIT, () => {
  for (const type of ['Public', 'ChatRoom', 'Community'])
    test(`a ${type} group that is open to all is joined at once`, async (t) => {
      const [a, b] = await clients(t, `free_${type}`);
      const group = await a.group(type, 'open', [], { joinOption: 'FreeAccess' });
      const { data } = await b.chat.joinGroup({ groupID: group });
      assert.equal(data.status, b.sdk.TYPES.JOIN_STATUS_SUCCESS);
      await b.listedGroup(group);
      const again = await b.chat.joinGroup({ groupID: group });
      assert.equal(again.data.status, b.sdk.TYPES.JOIN_STATUS_ALREADY_IN_GROUP);
      if (type === 'Public') {
        const tip = await a.tip(group, 'MBR_JOIN');
        assert.deepEqual(tip.payload.userIDList, [b.user]);
        await a.listedGroup(group, ({ memberCount }) => memberCount === 2);
      }
      await b.sayText(group, 'here I am');
      await a.heard(group, 'here I am');
    });

  test('a Private group, a closed one and none at all are refused', async (t) => {
    const [a, b] = await clients(t, 'closed');
    const ours = await a.group('Private', 'ours');
    const closed = await a.group('Public', 'closed', [], { joinOption: 'DisableApply' });
    for (const [groupID, code] of [[ours, 10007], [closed, 10007], ['no_such_group', 10010]])
      await assert.rejects(b.chat.joinGroup({ groupID }), { code });
  });

  test('an application is seen by the owner, who agrees', async (t) => {
    const [a, b] = await clients(t, 'agree');
    const group = await a.group('Public', 'agree', [], { joinOption: 'NeedPermission' });
    const { data } = await b.chat.joinGroup({ groupID: group, applyMessage: 'let me in, 请' });
    assert.equal(data.status, b.sdk.TYPES.JOIN_STATUS_WAIT_APPROVAL);

    const notice = await a.notice(group, REQUEST);
    assert.deepEqual(
      [notice.payload.operatorID, notice.payload.handleMessage],
      [b.user, 'let me in, 请'],
    );
    const { applicationList } = (await a.chat.getGroupApplicationList()).data;
    const [application] = applicationList;
    assert.deepEqual(
      [applicationList.length, application.applicant, application.groupID, application.note],
      [1, b.user, group, 'let me in, 请'],
    );
    await a.chat.handleGroupApplication({
      handleAction: 'Agree',
      handleMessage: 'welcome',
      application,
    });
    const answer = await b.notice(group, ACCEPTED);
    assert.equal(answer.payload.handleMessage, 'welcome');
    await b.listedGroup(group);
    await a.tip(group, 'MBR_JOIN', ({ payload }) => payload.userIDList[0] === b.user);
    assert.deepEqual((await a.chat.getGroupApplicationList()).data.applicationList, []);
  });

  test('an application is refused by the notice that brought it', async (t) => {
    const [a, b] = await clients(t, 'reject');
    const group = await a.group('Public', 'reject', [], { joinOption: 'NeedPermission' });
    await b.chat.joinGroup({ groupID: group, applyMessage: 'please' });
    const message = await a.notice(group, REQUEST);
    await a.chat.handleGroupApplication({
      handleAction: 'Reject',
      handleMessage: 'not today',
      message,
    });
    const answer = await b.notice(group, REFUSED);
    assert.deepEqual(
      [answer.payload.handleMessage, answer.payload.operatorID],
      ['not today', a.user],
    );
    assert.deepEqual((await b.chat.getGroupList()).data.groupList, []);
    await assert.rejects(b.sayText(group, 'anyway'), { code: 10007 });
  });

  test('an application waits for the owner who is away, and is decided once', async (t) => {
    const [a, b, c] = await clients(t, 'away', 'abc');
    const group = await a.group('Public', 'away', [c.user], { joinOption: 'NeedPermission' });
    await a.chat.setGroupMemberRole({ groupID: group, userID: c.user, role: 'Admin' });
    await a.close();
    await c.close();
    await b.chat.joinGroup({ groupID: group, applyMessage: 'anybody?' });

    const [owner, admin] = [await client(t, a.user), await client(t, c.user)];
    const lists = await Promise.all([owner, admin].map((one) => one.chat.getGroupApplicationList()));
    const [[mine], [theirs]] = lists.map(({ data }) => data.applicationList);
    assert.deepEqual([mine.applicant, theirs.applicant], [b.user, b.user]);
    await admin.chat.handleGroupApplication({ handleAction: 'Agree', application: theirs });
    await b.listedGroup(group);
    await assert.rejects(
      owner.chat.handleGroupApplication({ handleAction: 'Reject', application: mine }),
      { code: 10024 },
    );
    await b.sayText(group, 'thanks');
    await owner.heard(group, 'thanks');
  });

  test('who invites where members may not invite alone waits for the owner', async (t) => {
    const [group, a, b] = await talk(t, 'consent', {
      joinOption: 'NeedPermission',
      inviteOption: 'NeedPermission',
    });
    const c = await client(t, 'consent_c');
    await b.chat.addGroupMember({ groupID: group, userIDList: [c.user] });
    await a.notice(group, REQUEST);
    const { applicationList } = (await a.chat.getGroupApplicationList()).data;
    assert.equal(applicationList.length, 1);
    await a.chat.handleGroupApplication({ handleAction: 'Agree', application: applicationList[0] });
    await c.listedGroup(group);
  });
});

describe('the profile of a group', WAIT, () => {
  test('when changed is told to all, and is in their lists', async (t) => {
    const [group, a, b] = await talk(t, 'profile');
    await a.chat.updateGroupProfile({
      groupID: group,
      name: 'new name',
      introduction: 'new words',
      notification: 'new notice',
      avatar: 'http://127.0.0.1/n.png',
    });
    const tip = await b.tip(group, 'GRP_PROFILE_UPDATED');
    const { groupName, introduction, notification, avatar } = tip.payload.newGroupProfile;
    assert.deepEqual(
      [tip.payload.operatorID, groupName, introduction, notification, avatar],
      [a.user, 'new name', 'new words', 'new notice', 'http://127.0.0.1/n.png'],
    );
    for (const one of [a, b]) await one.listedGroup(group, ({ name }) => name === 'new name');
    // The SDK renames the conversation after the group of its list.
    await b.groupConversation(group, ({ groupProfile }) => groupProfile.name === 'new name');

    const again = await b.chat.getGroupProfile({ groupID: group });
    assert.equal(again.data.group.notification, 'new notice');
  });

  test('is changed by every member of a Private group, and in others by those above', async (t) => {
    const [ours, , b] = await talk(t, 'edit_private', { type: 'Private' });
    await b.chat.updateGroupProfile({ groupID: ours, name: 'by a member' });
    const [open, , d] = await talk(t, 'edit_public');
    await assert.rejects(d.chat.updateGroupProfile({ groupID: open, name: 'mine' }), {
      code: 10007,
    });
  });

  test('silences everybody but those above', async (t) => {
    const [group, a, b] = await talk(t, 'silence');
    await a.chat.updateGroupProfile({ groupID: group, muteAllMembers: true });
    const tip = await b.tip(group, 'GRP_PROFILE_UPDATED');
    assert.equal(tip.payload.newGroupProfile.muteAllMembers, true);
    await assert.rejects(b.sayText(group, 'but'), { code: 10017 });
    await a.sayText(group, 'silence, please');
    await b.heard(group, 'silence, please');
    await b.close();
    const again = await client(t, b.user);
    await again.listedGroup(group, ({ muteAllMembers }) => muteAllMembers === true);

    await a.chat.updateGroupProfile({ groupID: group, muteAllMembers: false });
    await again.tip(group, 'GRP_PROFILE_UPDATED');
    await again.sayText(group, 'thanks');
  });

  test('has the custom fields that this account may see', async (t) => {
    const [a, b] = await clients(t, 'fields');
    const group = await a.group('Public', 'fields', [b.user], {
      groupCustomField: [{ key: 'colour', value: 'black' }],
    });
    await b.listedGroup(group);
    const seen = async (one) =>
      (await one.chat.getGroupProfile({ groupID: group, groupCustomFieldFilter: ['colour'] })).data
        .group.groupCustomField;
    assert.deepEqual(await seen(b), [{ key: 'colour', value: 'black' }]);
    await a.chat.updateGroupProfile({
      groupID: group,
      groupCustomField: [{ key: 'colour', value: 'white, "too"' }],
    });
    const tip = await b.tip(group, 'GRP_PROFILE_UPDATED');
    const [told] = tip.payload.newGroupProfile.groupCustomField;
    assert.deepEqual([told.key, told.value], ['colour', 'white, "too"']);
    await b.listedGroup(group, ({ groupCustomField }) =>
      groupCustomField.some(({ value }) => value === 'white, "too"'));
    await b.close();
    const again = await client(t, b.user);
    await again.listedGroup(group, ({ groupCustomField }) =>
      groupCustomField.some(({ value }) => value === 'white, "too"'));

    for (const [key, code] of [['secret', 10007], ['undefined', 10004]])
      await assert.rejects(
        a.chat.updateGroupProfile({ groupID: group, groupCustomField: [{ key, value: 'x' }] }),
        { code },
      );
  });
});

describe('the end of a group', WAIT, () => {
  test('dismissed by its owner, it is gone at all', async (t) => {
    const [group, a, b] = await talk(t, 'dismiss');
    await a.sayText(group, 'farewell');
    await b.heard(group, 'farewell');
    await b.groupConversation(group);
    await a.chat.dismissGroup(group);
    const notice = await b.notice(group, DISMISSED);
    assert.equal(notice.payload.operatorID, a.user);
    for (const one of [a, b]) await one.noListedGroup(group);
    await assert.rejects(b.sayText(group, 'hello?'), { code: 10010 });
    await assert.rejects(b.chat.searchGroupByID(group), { code: 10010 });
  });

  test('who was away finds it gone, and the notice of it', async (t) => {
    const [group, a, b] = await talk(t, 'ended');
    await a.sayText(group, 'soon');
    await b.close();
    await a.chat.dismissGroup(group);
    const again = await client(t, b.user);
    // The SDK lets go of its conversation of notices that a login brings.
    const { body } = again.frames.find(({ out, servcmd }) => !out && servcmd === 'openim.getmsg');
    const [{ GroupInfo, MsgBody }] = body.EventArray.at(-1).GroupTips;
    assert.deepEqual(
      [GroupInfo.GroupId, MsgBody.ReportType, MsgBody.Operator_Account],
      [group, DISMISSED, a.user],
    );
    assert.deepEqual((await again.chat.getGroupList()).data.groupList, []);
    await again.noGroupConversation(group);
  });

  test('a Private group is not dismissed by its owner, other groups not by members', async (t) => {
    const [ours, a] = await talk(t, 'keep_private', { type: 'Private' });
    await assert.rejects(a.chat.dismissGroup(ours), { code: 10007 });
    const [open, , d] = await talk(t, 'keep_public');
    await assert.rejects(d.chat.dismissGroup(open), { code: 10007 });
  });

  test('who quits is out of it, and the others see it', async (t) => {
    const [group, a, b] = await talk(t, 'quit', { letters: 'abc' });
    await b.chat.quitGroup(group);
    await b.noListedGroup(group);
    const tip = await a.tip(group, 'MBR_QUIT');
    assert.equal(tip.payload.operatorID, b.user);
    await a.listedGroup(group, ({ memberCount }) => memberCount === 2);
    await a.sayText(group, 'gone');
    await assert.rejects(b.sayText(group, 'not quite'), { code: 10007 });
    assert.deepEqual(b.seen('MESSAGE_RECEIVED').flat().filter(({ payload }) => payload.text), []);
  });

  test('its owner cannot quit but hand it over', async (t) => {
    const [group, a, b] = await talk(t, 'owner');
    await assert.rejects(a.chat.quitGroup(group), { code: 10009 });
    await a.chat.changeGroupOwner({ groupID: group, newOwnerID: b.user });
    const tip = await b.tip(group, 'GRP_PROFILE_UPDATED');
    assert.equal(tip.payload.newGroupProfile.ownerID, b.user);
    await b.listedGroup(group, (one) => one.ownerID === b.user && one.selfInfo.role === 'Owner');
    await a.listedGroup(group, (one) => one.ownerID === b.user);
    await a.chat.quitGroup(group);
    await b.chat.dismissGroup(group);
  });

  test('the owner of a Private group may quit, and it goes on without', async (t) => {
    const [group, a, b] = await talk(t, 'ownerless', { type: 'Private', letters: 'abc' });
    await a.chat.quitGroup(group);
    await b.tip(group, 'MBR_QUIT');
    await b.sayText(group, 'still here');
    const { group: profile } = (await b.chat.getGroupProfile({ groupID: group })).data;
    assert.equal(profile.memberCount, 2);
  });
});
