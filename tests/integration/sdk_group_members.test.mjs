// Members of groups with the official client SDK: brought in, taken out, ranked, muted, named.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

const WAIT = { timeout: 90000 };
const REPEATS_MAX = 40; // of one command of one client in one test: more is a loop

const SDK_NOT_OWNER = 2681; // the SDK does not even ask

// Kinds of system notices (ReportType).
const KICKED = 4;
const INVITED = 7;

let server, app;

before(async () => {
  server = await Server.start();
  app = await server.app();
  for (const [key, write] of [['team', 'member'], ['badge', 'app_admin']])
    await server.cli(...`group-field set --app ${app.sdkappid} --level member --key ${key}`.split(' '),
      '--read', 'anyone', '--write', write);
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

/** A group of name_a, who owns it, with the other letters; resolves [group, a, b, ...]. */
async function talk(t, name, { type = 'Public', letters = 'ab', ...more } = {}) {
  const all = await Promise.all([...letters].map((letter) => client(t, `${name}_${letter}`)));
  const [a, ...others] = all;
  const group = await a.group(type, name, others.map(({ user }) => user), more);
  await Promise.all(others.map((one) => one.listedGroup(group)));
  return [group, ...all];
}

/** What that account is in the group, as `one` is told. */
async function member(one, groupID, user, memberCustomFieldFilter = undefined) {
  const ask = { groupID, userIDList: [user], memberCustomFieldFilter };
  return (await one.chat.getGroupMemberProfile(ask)).data.memberList[0];
}

describe('bringing in', WAIT, () => {
  test('every member of a Private group may, and all hear of it', async (t) => {
    const [groupID, a, b] = await talk(t, 'bring', { type: 'Private' });
    const c = await client(t, 'bring_c');
    const { data } = await b.chat.addGroupMember({ groupID, userIDList: [c.user, a.user] });
    assert.deepEqual([data.successUserIDList, data.existedUserIDList], [[c.user], [a.user]]);
    const notice = await c.notice(groupID, INVITED);
    assert.equal(notice.payload.operatorID, b.user);
    await c.listedGroup(groupID, ({ memberCount }) => memberCount === 3);
    const tip = await a.tip(groupID, 'MBR_JOIN');
    assert.deepEqual([tip.payload.operatorID, tip.payload.userIDList], [b.user, [c.user]]);
    await a.listedGroup(groupID, ({ memberCount }) => memberCount === 3);
    await c.sayText(groupID, 'thank you');
    await a.heard(groupID, 'thank you');
  });

  test('nobody may where it is switched off', async (t) => {
    const [groupID, a, b] = await talk(t, 'closed');
    await app.rest.importAccounts('closed_c');
    for (const one of [a, b])
      await assert.rejects(
        one.chat.addGroupMember({ groupID, userIDList: ['closed_c'] }),
        { code: 10007 },
      );
    assert.equal((await b.chat.getGroupProfile({ groupID })).data.group.memberCount, 2);
  });

  test('an account that is not there is named as not brought in', async (t) => {
    const [groupID, , b] = await talk(t, 'absent', { type: 'Private' });
    const { data } = await b.chat.addGroupMember({ groupID, userIDList: ['nobody_here'] });
    assert.deepEqual([data.successUserIDList, data.failureUserIDList], [[], ['nobody_here']]);
    assert.equal((await b.chat.getGroupProfile({ groupID })).data.group.memberCount, 2);
  });
});

describe('taking out', WAIT, () => {
  test('who is removed is out, with the reason, and the others see it', async (t) => {
    const [groupID, a, b, c] = await talk(t, 'kick', { letters: 'abc' });
    await a.chat.deleteGroupMember({ groupID, userIDList: [b.user], reason: 'enough 够了' });
    const notice = await b.notice(groupID, KICKED);
    assert.deepEqual(
      [notice.payload.operatorID, notice.payload.handleMessage],
      [a.user, 'enough 够了'],
    );
    await b.noListedGroup(groupID);
    await b.groupConversation(groupID, ({ unreadCount }) => unreadCount === 0);
    const tip = await c.tip(groupID, 'MBR_KICKED_OUT');
    assert.deepEqual([tip.payload.operatorID, tip.payload.userIDList], [a.user, [b.user]]);
    await c.listedGroup(groupID, ({ memberCount }) => memberCount === 2);
    await assert.rejects(b.sayText(groupID, 'but'), { code: 10007 });
    await b.close();
    const again = await client(t, b.user);
    assert.deepEqual((await again.chat.getGroupList()).data.groupList, []);
    await again.noGroupConversation(groupID);
  });

  test('members remove nobody, and nobody removes the owner', async (t) => {
    const [groupID, a, b, c] = await talk(t, 'firm', { letters: 'abc' });
    const remove = (one, other) =>
      one.chat.deleteGroupMember({ groupID, userIDList: [other.user] });
    await assert.rejects(remove(b, c), { code: 10007 });
    await a.chat.setGroupMemberRole({ groupID, userID: b.user, role: 'Admin' });
    await assert.rejects(remove(b, a), { code: 10007 });
    await remove(b, c);
    await c.notice(groupID, KICKED);
  });
});

describe('ranks', WAIT, () => {
  test('an administrator is made and unmade by the owner, and told', async (t) => {
    const [groupID, a, b, c] = await talk(t, 'rank', { letters: 'abc' });
    const rank = (one, other, role) =>
      one.chat.setGroupMemberRole({ groupID, userID: other.user, role });
    await assert.rejects(rank(b, c, 'Admin'), { code: SDK_NOT_OWNER });
    const { data } = await rank(a, b, 'Admin');
    assert.equal(data.member.role, 'Admin');
    const made = await b.tip(groupID, 'MBR_SET_ADMIN');
    assert.deepEqual([made.payload.operatorID, made.payload.userIDList], [a.user, [b.user]]);
    await c.tip(groupID, 'MBR_SET_ADMIN');
    assert.equal((await member(c, groupID, b.user)).role, 'Admin');
    await b.chat.updateGroupProfile({ groupID, name: 'by an administrator' });
    await assert.rejects(rank(b, c, 'Admin'), { code: SDK_NOT_OWNER });

    await rank(a, b, 'Member');
    await b.tip(groupID, 'MBR_CANCELED_ADMIN');
    await assert.rejects(b.chat.updateGroupProfile({ groupID, name: 'no more' }), { code: 10007 });
  });

  test('there are no administrators in a Private group', async (t) => {
    const [groupID, a, b] = await talk(t, 'flat', { type: 'Private' });
    await assert.rejects(
      a.chat.setGroupMemberRole({ groupID, userID: b.user, role: 'Admin' }),
      { code: 10007 },
    );
  });
});

describe('muting', WAIT, () => {
  test('a muted member is told and silent, until it is lifted', async (t) => {
    const [groupID, a, b] = await talk(t, 'mute');
    await a.chat.setGroupMemberMuteTime({ groupID, userID: b.user, muteTime: 600 });
    const tip = await b.tip(groupID, 'MBR_PROFILE_UPDATED');
    const [{ userID, muteTime }] = tip.payload.memberList;
    assert.deepEqual([tip.payload.operatorID, userID, muteTime], [a.user, b.user, 600]);
    await assert.rejects(b.sayText(groupID, 'hush'), { code: 10017 });
    const until = (await member(a, groupID, b.user)).muteUntil * 1000 - Date.now();
    assert.ok(until > 500000 && until <= 601000, `${until} ms`);

    await a.chat.setGroupMemberMuteTime({ groupID, userID: b.user, muteTime: 0 });
    await b.tip(groupID, 'MBR_PROFILE_UPDATED', ({ payload }) => payload.memberList[0].muteTime === 0);
    await b.sayText(groupID, 'free');
    await a.heard(groupID, 'free');
  });

  test('members mute nobody, administrators members only', async (t) => {
    const [groupID, a, b, c] = await talk(t, 'rights', { letters: 'abc' });
    const mute = (one, other) =>
      one.chat.setGroupMemberMuteTime({ groupID, userID: other.user, muteTime: 60 });
    await assert.rejects(mute(b, c), { code: 10007 });
    await a.chat.setGroupMemberRole({ groupID, userID: b.user, role: 'Admin' });
    await mute(b, c);
    await c.tip(groupID, 'MBR_PROFILE_UPDATED');
    await assert.rejects(mute(b, a), { code: 10007 });
  });
});

describe('what is known of a member', WAIT, () => {
  test('its name card: its own to change, or that of those above', async (t) => {
    const [groupID, a, b, c] = await talk(t, 'card', { letters: 'abc' });
    const name = (one, nameCard, userID = undefined) =>
      one.chat.setGroupMemberNameCard({ groupID, nameCard, userID });
    await name(b, '名 "card"');
    assert.equal((await member(a, groupID, b.user)).nameCard, '名 "card"');
    await name(a, 'given', c.user);
    assert.equal((await member(b, groupID, c.user)).nameCard, 'given');
    await assert.rejects(name(b, 'mine', c.user), { code: 10007 });
    await b.sayText(groupID, 'who');
    assert.equal((await c.heard(groupID, 'who')).nameCard, '名 "card"');
    await assert.rejects(name(b, 'x'.repeat(51)), { code: 10004 });
  });

  test('its custom fields, as far as it may write them', async (t) => {
    const [groupID, a, b] = await talk(t, 'field');
    const write = (one, key, value, userID = undefined) =>
      one.chat.setGroupMemberCustomField({ groupID, userID, memberCustomField: [{ key, value }] });
    await write(b, 'team', '红队');
    const { memberCustomField } = await member(a, groupID, b.user, ['team']);
    assert.deepEqual(memberCustomField, [{ key: 'team', value: '红队' }]);
    await assert.rejects(write(b, 'badge', 'x'), { code: 10007 });
    await assert.rejects(write(b, 'undefined', 'x'), { code: 10004 });
  });

  test('all of them are listed, page by page', async (t) => {
    const owner = await client(t, 'list_a');
    const others = Array.from({ length: 120 }, (_, i) => `list_${i}`);
    for (let i = 0; i < others.length; i += 100)
      await app.rest.importAccounts(...others.slice(i, i + 100));
    const groupID = await owner.group('Public', 'many', others);
    const found = [];
    for (let offset = 0; found.length < 121; ) {
      const { memberList } = (await owner.chat.getGroupMemberList({ groupID, count: 50, offset })).data;
      assert.ok(memberList.length && memberList.length <= 50);
      found.push(...memberList.map(({ userID, role }) => `${userID} ${role}`));
      offset += memberList.length;
    }
    const wanted = [`list_a Owner`, ...others.map((user) => `${user} Member`)];
    assert.deepEqual(found.sort(), wanted.sort());
  });
});
