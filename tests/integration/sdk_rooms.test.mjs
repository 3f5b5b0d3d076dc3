// Live rooms (AVChatRoom) with the official client SDK: members, what they say, guests.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { textBody } from './support/rest.mjs';
import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

const WAIT = { timeout: 90000 };
const BACK_MS = 60000; // HelloInterval and more
const REPEATS_MAX = 40; // of one command of one client in one test: more is a loop

let server, app;

before(async () => {
  server = await Server.start();
  app = await server.app();
});

after(() => server?.remove());

function bounded(t, one) {
  t.after(async () => {
    const { sent } = one;
    await one.close();
    for (const [command, count] of Object.entries(sent))
      assert.ok(count <= REPEATS_MAX, `${command} was sent ${count} times by ${one.user}`);
  });
  return one;
}

const client = async (t, user) => bounded(t, await SdkClient.ready(server, app, user));

const join = async (one, groupID) => {
  const { data } = await one.chat.joinGroup({ groupID, type: one.sdk.TYPES.GRP_AVCHATROOM });
  return data;
};

/** A room of name_a with the other letters in it; resolves [room, a, b, ...]. */
async function room(t, name, letters = 'ab') {
  const users = [...letters].map((letter) => `${name}_${letter}`);
  const clients = await Promise.all(users.map((user) => client(t, user)));
  const { GRP_AVCHATROOM } = clients[0].sdk.TYPES;
  const group = await clients[0].group(GRP_AVCHATROOM, name, [], { groupID: `r_${name}` });
  for (const one of clients) {
    const { status } = await join(one, group);
    assert.ok(['JoinedSuccess', 'AlreadyInGroup'].includes(status), status);
  }
  return [group, ...clients];
}

/** The texts of that group in the order in which they come, until the last of `wanted`. */
async function hears(one, group, wanted) {
  const got = [];
  while (got.length < wanted.length) {
    const list = await one.next('MESSAGE_RECEIVED');
    for (const { to, type, payload } of list)
      if (to === group && type === one.sdk.TYPES.MSG_TEXT) got.push(payload.text);
  }
  assert.deepEqual(got, wanted);
}

const tip = (one, group, kind) =>
  one.message(
    ({ to, type, payload }) =>
      to === group &&
      type === one.sdk.TYPES.MSG_GRP_TIP &&
      payload.operationType === one.sdk.TYPES[kind],
  );

describe('a live room', WAIT, () => {
  test('is made, joined, and texts go both ways with one ID on both sides', async (t) => {
    const [group, a, b] = await room(t, 'both');
    const sent = await a.sayText(group, 'ping');
    const got = await b.heard(group, 'ping');
    assert.deepEqual(
      [got.ID, got.sequence, got.from, got.flow, got.conversationSubType ?? got.conversationType],
      [sent.ID, sent.sequence, a.user, 'in', got.conversationSubType ?? 'GROUP'],
    );
    const back = await b.sayText(group, 'pong');
    assert.equal((await a.heard(group, 'pong')).ID, back.ID);
    const by = await app.rest.ok('group_open_http_svc/send_group_msg', {
      GroupId: group, Random: 7, MsgBody: textBody('by REST'),
    });
    for (const one of [a, b]) assert.equal((await one.heard(group, 'by REST')).sequence, by.MsgSeq);
  });

  test('says who comes and who goes', async (t) => {
    const [group, a, b] = await room(t, 'comes');
    const came = await tip(a, group, 'GRP_TIP_MBR_JOIN');
    assert.ok(came.payload.userIDList.includes(b.user) || came.payload.operatorID === b.user);
    await b.chat.quitGroup(group);
    const went = await tip(a, group, 'GRP_TIP_MBR_QUIT');
    assert.ok(went.payload.userIDList.includes(b.user) || went.payload.operatorID === b.user);
    await assert.rejects(b.sayText(group, 'still here?'));
  });

  test('counts who is there', async (t) => {
    const [group, a, b] = await room(t, 'count', 'abc');
    const { data } = await b.chat.getGroupOnlineMemberCount(group);
    assert.equal(data.memberCount, 3);
    const list = await a.chat.searchGroupByID(group);
    assert.equal(list.data.group.groupID, group);
  });

  test('shows its last messages to who joins', async (t) => {
    const [group, a] = await room(t, 'early', 'a');
    const wanted = [];
    for (let i = 1; i <= 5; i++) {
      wanted.push(`m${i}`);
      await a.sayText(group, `m${i}`);
    }
    const c = await client(t, 'early_c');
    await join(c, group);
    await hears(c, group, wanted);
  });

  test('takes back what was recalled', async (t) => {
    const [group, a, b] = await room(t, 'recall');
    const sent = await b.sayText(group, 'oops');
    await a.heard(group, 'oops');
    await b.chat.revokeMessage(sent);
    const [revoked] = await a.next('MESSAGE_REVOKED');
    assert.equal(revoked.ID, sent.ID);
  });

  test('keeps a muted member silent until it may speak again', async (t) => {
    const [group, a, b] = await room(t, 'mute');
    const mute = (muteTime) =>
      a.chat.setGroupMemberMuteTime({ groupID: group, userID: b.user, muteTime });
    await mute(600);
    await assert.rejects(b.sayText(group, 'hello'), { code: 10017 });
    await mute(0);
    await b.sayText(group, 'hello');
    await a.heard(group, 'hello');

    await a.chat.updateGroupProfile({ groupID: group, muteAllMembers: true });
    await assert.rejects(b.sayText(group, 'all silent'), { code: 10017 });
    await a.sayText(group, 'but the owner');
    await b.heard(group, 'but the owner');
  });

  test('tells of a new name and of its attributes and counters', async (t) => {
    const [groupID, a, b] = await room(t, 'facts');
    await a.chat.updateGroupProfile({ groupID, name: 'renamed' });
    const told = await tip(b, groupID, 'GRP_TIP_GRP_PROFILE_UPDATED');
    const { newGroupProfile } = told.payload;
    assert.equal(newGroupProfile.groupName ?? newGroupProfile.name, 'renamed');
    await a.chat.initGroupAttributes({ groupID, groupAttributes: { song: '喜鹊' } });
    const { groupAttributes } = await b.next('GROUP_ATTRIBUTES_UPDATED');
    assert.deepEqual(groupAttributes, { song: '喜鹊' });
    await a.chat.setGroupCounters({ groupID, counters: { likes: 1 } });
    await b.next('GROUP_COUNTER_UPDATED', ({ key, value }) => key === 'likes' && value === 1);
  });

  test('passes custom messages of every priority', async (t) => {
    const [group, a, b] = await room(t, 'gift');
    for (const priority of ['HIGH', 'NORMAL', 'LOW', 'LOWEST']) {
      await a.chat.sendMessage(
        a.chat.createCustomMessage({
          to: group,
          conversationType: a.sdk.TYPES.CONV_GROUP,
          priority: a.sdk.TYPES[`MSG_PRIORITY_${priority}`],
          payload: { data: priority, description: 'gift', extension: '' },
        }),
      );
      const got = await b.message(({ payload }) => payload.data === priority);
      assert.equal(got.priority, b.sdk.TYPES[`MSG_PRIORITY_${priority}`]);
    }
  });

  test('that is dismissed is gone for everybody', async (t) => {
    const [group, a, b] = await room(t, 'end');
    await a.sayText(group, 'last words');
    await b.heard(group, 'last words');
    await a.chat.dismissGroup(group);
    await b.message(({ type }) => type === b.sdk.TYPES.MSG_GRP_SYS_NOTICE);
    await assert.rejects(b.sayText(group, 'anyone?'));
    await b.noGroupConversation(group);
    await assert.rejects(join(b, group), { code: 10010 });
  });
});

describe('a member of a live room', WAIT, () => {
  test('is back after a lost connection without asking', async (t) => {
    const [group, a, b] = await room(t, 'lost');
    await a.sayText(group, 'before');
    await b.heard(group, 'before');
    const joins = b.sent['group_open_http_svc.apply_join_group'];
    b.drop();
    await b.next('NET_STATE_CHANGE', ({ state }) => state === b.sdk.TYPES.NET_STATE_CONNECTED);
    await b.sayText(group, 'I am back');
    await a.heard(group, 'I am back');
    await a.sayText(group, 'welcome');
    await b.heard(group, 'welcome');
    assert.equal(b.sent['group_open_http_svc.apply_join_group'], joins);
  });

  test('who logs in anew is not in it until it joins', async (t) => {
    const [group, a, b] = await room(t, 'anew');
    await b.close();
    const again = await client(t, b.user);
    await assert.rejects(again.sayText(group, 'hello'));
    await join(again, group);
    await again.sayText(group, 'hello');
    await a.heard(group, 'hello');
  });
});

describe('a guest', WAIT, () => {
  test('hears a room without a login', async (t) => {
    const [group, a] = await room(t, 'guest', 'a');
    const guest = bounded(t, SdkClient.guest(server, app));
    await join(guest, group);
    t.after(() => guest.chat.quitGroup(group)); // else it polls on
    await a.sayText(group, 'to everybody');
    const got = await guest.heard(group, 'to everybody');
    assert.equal(got.from, a.user);
    for (const text of ['1', '2', '3']) await a.sayText(group, text);
    await hears(guest, group, ['1', '2', '3']);
    const sent = await a.sayText(group, 'not this');
    await guest.heard(group, 'not this');
    await a.chat.revokeMessage(sent);
    const [revoked] = await guest.next('MESSAGE_REVOKED');
    assert.equal(revoked.ID, sent.ID);
    const login = guest.frames.filter(({ servcmd }) => servcmd.endsWith('.wslogin'));
    assert.deepEqual(login, []);
  });
});

test('members are in the room again after the server died, without asking', WAIT, async (t) => {
  const [group, a, b] = await room(t, 'dies');
  await a.sayText(group, 'before');
  await b.heard(group, 'before');
  const joins = b.sent['group_open_http_svc.apply_join_group'];
  await server.kill9();
  await server.restart();
  await Promise.all(
    [a, b].map((one) =>
      one.next('NET_STATE_CHANGE', ({ state }) => state === one.sdk.TYPES.NET_STATE_CONNECTED,
        BACK_MS),
    ),
  );
  await b.sayText(group, 'from b');
  await a.heard(group, 'from b');
  await a.sayText(group, 'from a');
  await b.heard(group, 'from a');
  assert.equal(b.sent['group_open_http_svc.apply_join_group'], joins);
});
