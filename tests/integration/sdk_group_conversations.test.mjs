// Conversations with groups, with the official client SDK: unread counts, the list, and what is
// kept at a group beside its messages (attributes, counters).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

const WAIT = { timeout: 90000 };
const BACK_MS = 60000; // HelloInterval and more
const REPEATS_MAX = 40; // of one command of one client in one test: more is a loop

let server, app;

before(async () => {
  server = await Server.start();
  app = await server.app();
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
  return one;
}

/** A group of name_a, who owns it, with the other letters, where nothing is unread. */
async function talk(t, name, { type = 'Public', letters = 'ab' } = {}) {
  const users = [...letters].map((letter) => `${name}_${letter}`);
  const clients = await Promise.all(users.map((user) => client(t, user)));
  const group = await clients[0].group(type, name, users.slice(1), { groupID: `g_${name}` });
  for (const one of clients.slice(1)) {
    await one.groupConversation(group, ({ unreadCount }) => unreadCount === 1);
    await one.chat.setMessageRead({ conversationID: `GROUP${group}` });
  }
  return [group, ...clients];
}

const unread = (count) => (one) => one.unreadCount === count;
const shows = (text) => (one) => one.lastMessage?.messageForShow === text;
const texts = (list) =>
  list.filter(({ type }) => type === 'TIMTextElem').map(({ payload }) => payload.text);

describe('unread messages of groups', WAIT, () => {
  test('are counted live, and gone once read', async (t) => {
    const [group, a, b] = await talk(t, 'live');
    for (const text of ['1', '2', '3']) await a.sayText(group, text);
    await b.groupConversation(group, unread(3));
    assert.equal(b.chat.getTotalUnreadMessageCount(), 3);
    await b.chat.setMessageRead({ conversationID: `GROUP${group}` });
    await b.groupConversation(group, unread(0));
    assert.equal(b.chat.getTotalUnreadMessageCount(), 0);
    assert.equal((await a.groupConversation(group)).unreadCount, 0); // one's own never count
  });

  test('are counted in a ChatRoom only as far as the SDK sees them', async (t) => {
    const [group, a, b] = await talk(t, 'chatroom', { type: 'ChatRoom' });
    await a.sayText(group, '1');
    await b.groupConversation(group, shows('1'));
  });

  test('are right after a new login, before and after reading', async (t) => {
    const [group, a, b] = await talk(t, 'fresh');
    await b.close();
    for (const text of ['1', '2', '3', '4']) await a.sayText(group, text);
    const second = await client(t, b.user);
    await second.groupConversation(group, unread(4));
    assert.equal(second.chat.getTotalUnreadMessageCount(), 4);
    await second.chat.setMessageRead({ conversationID: `GROUP${group}` });
    await second.close();
    await a.sayText(group, '5');
    const third = await client(t, b.user);
    await third.groupConversation(group, unread(1));
  });

  test('are right after a lost connection', async (t) => {
    const [group, a, b] = await talk(t, 'lost');
    await a.sayText(group, 'before');
    await b.heard(group, 'before');
    await b.groupHistory(group);
    b.away();
    for (const text of ['1', '2']) await a.sayText(group, text);
    b.back();
    await b.heard(group, '2');
    await b.groupConversation(group, unread(3));
    await a.sayText(group, '3');
    await b.groupConversation(group, unread(4));
  });

  test('are fewer by a recalled one', async (t) => {
    const [group, a, b] = await talk(t, 'fewer');
    await a.sayText(group, 'stays');
    const sent = await a.sayText(group, 'goes');
    await b.groupConversation(group, unread(2));
    await a.chat.revokeMessage(sent);
    await b.groupConversation(group, unread(1));
    await b.close();
    const again = await client(t, b.user);
    await again.groupConversation(group, unread(1));
  });

  test('read at one terminal are read at the other', async (t) => {
    const [group, a, b] = await talk(t, 'sync');
    const tab = await client(t, b.user);
    await a.sayText(group, 'unread');
    for (const one of [b, tab]) await one.groupConversation(group, unread(1));
    await b.chat.setMessageRead({ conversationID: `GROUP${group}` });
    await tab.groupConversation(group, unread(0));
  });

  test('of several groups and peers are read in one go, here and at the other terminal', async (t) => {
    const [one, a, b] = await talk(t, 'all');
    const two = await a.group('Private', 'all two', [b.user], { groupID: 'g_all_two' });
    const tab = await client(t, b.user);
    await a.sayText(one, 'x');
    await a.sayText(two, 'y');
    await a.sendText(b.user, 'z');
    for (const at of [b, tab]) {
      await at.groupConversation(one, unread(1));
      await at.groupConversation(two, shows('y'));
      await at.conversation(a.user, unread(1));
    }
    await b.chat.setAllMessageRead({ scope: b.sdk.TYPES.READ_ALL_MSG });
    for (const at of [b, tab]) {
      await at.groupConversation(one, unread(0));
      await at.groupConversation(two, unread(0));
      await at.conversation(a.user, unread(0));
      assert.equal(at.chat.getTotalUnreadMessageCount(), 0);
    }
    await b.close();
    await tab.close();
    const again = await client(t, b.user);
    await again.groupConversation(one, unread(0));
    await again.groupConversation(two, unread(0));
  });
});

describe('the conversation of a group', WAIT, () => {
  test('has its last message, whoever said it, at a new login too', async (t) => {
    const [group, a, b] = await talk(t, 'last');
    await a.sayText(group, 'first');
    await b.groupConversation(group, shows('first'));
    await b.sayText(group, 'second');
    await a.groupConversation(group, shows('second'));
    await a.close();
    const again = await client(t, a.user);
    const found = await again.groupConversation(group, shows('second'));
    assert.equal(found.lastMessage.fromAccount, b.user);
    assert.deepEqual(
      [found.groupProfile.groupID, found.groupProfile.name, found.groupProfile.type],
      [group, 'last', again.sdk.TYPES.GRP_PUBLIC],
    );
  });

  test('may have a tip as its last message', async (t) => {
    const [group, a, b] = await talk(t, 'tip');
    await a.chat.updateGroupProfile({ groupID: group, notification: 'attention' });
    await b.message(({ type }) => type === b.sdk.TYPES.MSG_GRP_TIP);
    await b.close();
    const again = await client(t, b.user);
    const found = await again.groupConversation(group);
    assert.equal(found.lastMessage.type, again.sdk.TYPES.MSG_GRP_TIP);
  });

  test('stays pinned over a login, and is pinned at the other terminal', async (t) => {
    const [group, a, b] = await talk(t, 'pin');
    const tab = await client(t, b.user);
    await a.sayText(group, 'x');
    await tab.groupConversation(group);
    await b.chat.pinConversation({ conversationID: `GROUP${group}`, isPinned: true });
    for (const one of [b, tab]) await one.groupConversation(group, ({ isPinned }) => isPinned);
    await b.close();
    await tab.close();
    const again = await client(t, b.user);
    await again.groupConversation(group, ({ isPinned }) => isPinned);
    await again.chat.pinConversation({ conversationID: `GROUP${group}`, isPinned: false });
    await again.groupConversation(group, ({ isPinned }) => !isPinned);
  });

  test('once deleted is gone until the next message', async (t) => {
    const [group, a, b] = await talk(t, 'gone');
    await a.sayText(group, 'first');
    await b.groupConversation(group, shows('first'));
    await b.chat.deleteConversation(`GROUP${group}`);
    await b.noGroupConversation(group);
    await b.close();
    const again = await client(t, b.user);
    await again.noGroupConversation(group);
    await a.sayText(group, 'second');
    await again.groupConversation(group, shows('second'));
  });

  test('once cleared has no history for this account, and all of it for the others', async (t) => {
    const [group, a, b] = await talk(t, 'clear');
    await a.sayText(group, 'first');
    await b.groupConversation(group, shows('first'));
    await b.groupHistory(group);
    await b.chat.clearHistoryMessage(`GROUP${group}`);
    await a.sayText(group, 'second');
    await b.heard(group, 'second');
    for (const one of [a, b]) await one.close();
    const [a2, b2] = await Promise.all([a, b].map(({ user }) => client(t, user)));
    assert.deepEqual(texts((await b2.groupHistory(group)).messageList), ['second']);
    assert.deepEqual(texts((await a2.groupHistory(group)).messageList), ['first', 'second']);
  });

  test('does not count in the total once it is not to notify, and keeps that', async (t) => {
    const [group, a, b] = await talk(t, 'mute');
    const { MSG_REMIND_ACPT_NOT_NOTE, MSG_REMIND_ACPT_AND_NOTE } = b.sdk.TYPES;
    const remind = (one, messageRemindType) =>
      one.chat.setMessageRemindType({ groupID: group, messageRemindType });
    await remind(b, MSG_REMIND_ACPT_NOT_NOTE);
    await a.sayText(group, 'hush');
    await b.groupConversation(group, unread(1));
    assert.equal(b.chat.getTotalUnreadMessageCount(), 0);
    await b.close();
    const again = await client(t, b.user);
    const found = await again.groupConversation(group, unread(1));
    assert.equal(found.messageRemindType, MSG_REMIND_ACPT_NOT_NOTE);
    assert.equal(again.chat.getTotalUnreadMessageCount(), 0);
    await remind(again, MSG_REMIND_ACPT_AND_NOTE);
    await again.groupConversation(
      group,
      ({ messageRemindType }) => messageRemindType === MSG_REMIND_ACPT_AND_NOTE,
    );
    assert.equal(again.chat.getTotalUnreadMessageCount(), 1);
  });
});

describe('attributes', WAIT, () => {
  test('are set, changed and deleted, and the others hear of it', async (t) => {
    const [groupID, a, b] = await talk(t, 'attr');
    const read = async (one, ...keyList) =>
      (await one.chat.getGroupAttributes({ groupID, keyList })).data.groupAttributes;
    const heard = (one, match) =>
      one.next('GROUP_ATTRIBUTES_UPDATED', (data) => data.groupID === groupID && match(data));

    await a.chat.initGroupAttributes({ groupID, groupAttributes: { color: 'blue', seats: '4' } });
    await heard(b, ({ groupAttributes }) => groupAttributes.color === 'blue');
    assert.deepEqual(await read(b), { color: 'blue', seats: '4' });

    await a.chat.setGroupAttributes({ groupID, groupAttributes: { color: 'red', name: '喜鹊' } });
    await heard(b, ({ groupAttributes }) => groupAttributes.color === 'red');
    assert.deepEqual(await read(b, 'color', 'name'), { color: 'red', name: '喜鹊' });

    await a.chat.deleteGroupAttributes({ groupID, keyList: ['seats'] });
    await heard(b, ({ groupAttributes }) => !('seats' in groupAttributes));
    assert.deepEqual(await read(b), { color: 'red', name: '喜鹊' });

    await b.close();
    const again = await client(t, b.user);
    assert.deepEqual(await read(again), { color: 'red', name: '喜鹊' });
    await a.chat.deleteGroupAttributes({ groupID, keyList: [] });
    await heard(again, ({ groupAttributes }) => Object.keys(groupAttributes).length === 0);
  });
});

describe('counters', WAIT, () => {
  test('are set, raised and lowered, and the others hear of it', async (t) => {
    const [groupID, a, b] = await talk(t, 'counter');
    const heard = (value) =>
      b.next('GROUP_COUNTER_UPDATED', (one) => one.key === 'likes' && one.value === value);
    await a.chat.setGroupCounters({ groupID, counters: { likes: 3, seats: 9 } });
    await heard(3);
    const { data } = await a.chat.increaseGroupCounter({ groupID, key: 'likes', value: 4 });
    assert.deepEqual(data.counters, { likes: 7 });
    await heard(7);
    await a.chat.decreaseGroupCounter({ groupID, key: 'likes', value: 2 });
    await heard(5);
    const all = await b.chat.getGroupCounters({ groupID });
    assert.deepEqual(all.data.counters, { likes: 5, seats: 9 });
    const one = await b.chat.getGroupCounters({ groupID, keyList: ['seats'] });
    assert.deepEqual(one.data.counters, { seats: 9 });
  });
});

test('all of it outlives a server that dies', WAIT, async (t) => {
  const [group, a, b] = await talk(t, 'dies');
  await a.sayText(group, 'before');
  await b.groupConversation(group, unread(1));
  await b.groupHistory(group);
  await a.chat.initGroupAttributes({ groupID: group, groupAttributes: { color: 'blue' } });

  await server.kill9();
  await server.restart();
  const sent = await a.sayText(group, 'after'); // a connects again for it
  const list = await b.next(
    'MESSAGE_RECEIVED',
    (messages) => messages.some(({ payload }) => payload.text === 'after'),
    BACK_MS,
  );
  assert.deepEqual(list.map(({ ID }) => ID), [sent.ID]);
  await b.groupConversation(group, unread(2));
  await b.close();
  const again = await client(t, b.user);
  await again.groupConversation(group, unread(2));
  assert.deepEqual(texts((await again.groupHistory(group)).messageList), ['before', 'after']);
  const { data } = await again.chat.getGroupAttributes({ groupID: group, keyList: [] });
  assert.deepEqual(data.groupAttributes, { color: 'blue' });
});
