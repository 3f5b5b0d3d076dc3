// Live rooms, group attributes and counters with the official client SDK.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { textBody } from './support/rest.mjs';
import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

const WAIT = { timeout: 60000 };
const REPEATS_MAX = 40; // of one command of one client in one test: more is a loop

let server, app;

before(async () => {
  server = await Server.start();
  app = await server.app();
});

after(() => server?.remove());

async function client(t, user) {
  const one = await SdkClient.ready(server, app, user);
  t.after(async () => {
    await one.close();
    for (const [command, count] of Object.entries(one.sent))
      assert.ok(count <= REPEATS_MAX, `${command} was sent ${count} times by ${user}`);
  });
  return one;
}

/** A live room of name_a; the other letters are in it, too. Resolves [room, a, b, ...]. */
async function room(t, name, letters = 'ab') {
  const clients = await Promise.all([...letters].map((letter) => client(t, `${name}_${letter}`)));
  const group = await clients[0].group('AVChatRoom', name, [], { groupID: `r_${name}` });
  for (const one of clients) {
    const { data } = await one.chat.joinGroup({ groupID: group, type: 'AVChatRoom' });
    assert.match(data.status, /JoinedSuccess|AlreadyInGroup/);
  }
  return [group, ...clients];
}

describe('rooms', WAIT, () => {
  test('texts go both ways by pushes, without polling', async (t) => {
    const [group, a, b] = await room(t, 'talk');
    const sent = await a.sayText(group, 'ping');
    const got = await b.heard(group, 'ping');
    assert.deepEqual([got.ID, got.sequence], [sent.ID, sent.sequence]);
    await b.sayText(group, 'pong');
    await a.heard(group, 'pong');
    assert.ok(!Object.keys(b.sent).some((command) => command.includes('long_polling')));
  });

  test('who comes and goes is told with the number of who is there', async (t) => {
    const [group, a] = await room(t, 'tips', 'a');
    const b = await client(t, 'tips_b');
    await b.chat.joinGroup({ groupID: group, type: 'AVChatRoom' });
    const came = await a.message(
      ({ type, payload }) => type === 'TIMGroupTipElem' && payload.userIDList.includes('tips_b'),
    );
    assert.equal(came.payload.operationType, 1);
    const count = await a.chat.getGroupOnlineMemberCount(group);
    assert.equal(count.data.memberCount, 2);
    await b.chat.quitGroup(group);
    const left = await a.message(({ payload }) => payload.operationType === 2);
    assert.deepEqual(left.payload.userIDList, ['tips_b']);
  });

  test('a recalled message is recalled for all', async (t) => {
    const [group, a, b] = await room(t, 'recall');
    const sent = await a.sayText(group, 'wrong');
    await b.heard(group, 'wrong');
    await a.chat.revokeMessage(sent);
    const [recalled] = await b.next('MESSAGE_REVOKED');
    assert.equal(recalled.ID, sent.ID);
  });

  test('newcomers get what was said before', async (t) => {
    const [group, a] = await room(t, 'before', 'a');
    await a.sayText(group, 'early');
    const b = await client(t, 'before_b');
    await b.chat.joinGroup({ groupID: group, type: 'AVChatRoom' });
    await b.heard(group, 'early');
  });

  test('a dropped connection is in the room again', async (t) => {
    const [group, a, b] = await room(t, 'drop');
    b.drop();
    await b.next('NET_STATE_CHANGE', ({ state }) => state === 'connected', 30000);
    await a.sayText(group, 'still there?');
    await b.heard(group, 'still there?');
  });

  test('the end of a room ends it for all', async (t) => {
    const [group, a, b] = await room(t, 'end');
    await a.chat.dismissGroup(group);
    await b.message(({ type, payload }) => type === 'TIMGroupSystemNoticeElem' && payload.operationType === 5);
  });

  test('broadcasts reach everybody', async (t) => {
    const [, a] = await room(t, 'cast', 'a');
    await app.rest.ok('group_open_http_svc/send_broadcast_msg', {
      From_Account: 'cast_a',
      Random: 7,
      MsgBody: textBody('to all'),
    });
    await a.message(({ payload }) => payload.text === 'to all');
  });

  test('members are listed, marked and banned', async (t) => {
    const [group, a, b] = await room(t, 'members');
    const list = (await a.chat.getGroupMemberList({ groupID: group })).data.memberList;
    assert.deepEqual(list.map(({ userID }) => userID).sort(), ['members_a', 'members_b']);
    await a.chat.markGroupMemberList({
      groupID: group,
      userIDList: ['members_b'],
      markType: 1000,
      enableMark: true,
    });
    const marked = (await a.chat.getGroupMemberList({ groupID: group, filter: 1000 })).data.memberList;
    assert.deepEqual(marked.map(({ userID }) => userID), ['members_b']);
    await a.chat.deleteGroupMember({
      groupID: group,
      userIDList: ['members_b'],
      duration: 60,
      reason: 'enough',
    });
    await b.message(({ type, payload }) => type === 'TIMGroupSystemNoticeElem' && payload.operationType === 4);
    await assert.rejects(b.chat.joinGroup({ groupID: group, type: 'AVChatRoom' }), { code: 10007 });
  });

  test('a guest reads by polling', async (t) => {
    const [group, a] = await room(t, 'guests', 'a');
    const guest = new SdkClient(server, app, 'nobody'); // never logs in
    t.after(async () => {
      await guest.chat.quitGroup(group); // else it polls for ever
      await guest.close();
    });
    const { data } = await guest.chat.joinGroup({ groupID: group, type: 'AVChatRoom' });
    assert.equal(data.status, 'JoinedSuccess');
    for (const text of ['one', 'two']) {
      await a.sayText(group, text);
      await guest.heard(group, text);
    }
    const count = await a.chat.getGroupOnlineMemberCount(group);
    assert.ok(count.data.memberCount >= 1);
  });
});

describe('values', WAIT, () => {
  test('attributes are shared', async (t) => {
    const [group, a, b] = await room(t, 'attributes');
    await a.chat.setGroupAttributes({ groupID: group, groupAttributes: { k1: 'v1', k2: 'v2' } });
    const set = await b.next('GROUP_ATTRIBUTES_UPDATED');
    assert.deepEqual(set.groupAttributes, { k1: 'v1', k2: 'v2' });
    await b.chat.setGroupAttributes({ groupID: group, groupAttributes: { k1: 'v3' } });
    await a.next('GROUP_ATTRIBUTES_UPDATED', ({ groupAttributes }) => groupAttributes.k1 === 'v3');
    await a.chat.deleteGroupAttributes({ groupID: group, keyList: ['k2'] });
    await b.next('GROUP_ATTRIBUTES_UPDATED', ({ groupAttributes }) => !groupAttributes.k2);
    const { data } = await b.chat.getGroupAttributes({ groupID: group, keyList: [] });
    assert.deepEqual(data.groupAttributes, { k1: 'v3' });
    await a.chat.deleteGroupAttributes({ groupID: group, keyList: [] });
    await b.next('GROUP_ATTRIBUTES_UPDATED', ({ groupAttributes }) => !groupAttributes.k1);
  });

  test('counters count', async (t) => {
    const [group, a, b] = await room(t, 'counters');
    await a.chat.setGroupCounters({ groupID: group, counters: { likes: 3 } });
    await b.next('GROUP_COUNTER_UPDATED');
    const { data } = await b.chat.increaseGroupCounter({ groupID: group, key: 'likes', value: 4 });
    assert.equal(data.counters.likes, 7);
    const read = await a.chat.getGroupCounters({ groupID: group, keyList: [] });
    assert.equal(read.data.counters.likes, 7);
  });
});
