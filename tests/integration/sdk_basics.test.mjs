// The official client SDK against the real binary: what every application does first.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Rest, textBody } from './support/rest.mjs';
import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

let server, app;

before(async () => {
  server = await Server.start();
  app = await server.app();
});

after(() => server?.remove());

/** Two logged-in accounts of this test alone. */
async function pair(t, name) {
  const clients = await Promise.all(
    [`${name}_a`, `${name}_b`].map((user) => SdkClient.ready(server, app, user)),
  );
  t.after(() => Promise.all(clients.map((client) => client.close())));
  return clients;
}

describe('login', () => {
  test('a client becomes ready, and asks nothing twice that it need not', async (t) => {
    const client = new SdkClient(server, app, 'login_a');
    t.after(() => client.close());
    const answer = await client.login();
    assert.equal(answer.data.actionStatus, 'OK');
    assert.equal(client.chat.isReady(), true);
    for (const [command, count] of Object.entries(client.sent))
      assert.ok(count <= 2, `${command} was sent ${count} times`);
  });

  test('no start-up command is answered with an error', async (t) => {
    const [client, peer] = await pair(t, 'startup');
    await peer.sendText(client.user, 'hello');
    await client.message();
    const failed = client.frames.filter(({ out, body }) => !out && body?.ErrorCode);
    assert.deepEqual(failed, []);
  });

  test('a UserSig of another account is refused', async () => {
    const client = new SdkClient(server, app, 'login_b');
    const other = new Rest(server, app, 'someone');
    await assert.rejects(client.login(other.sig), { code: 70013 });
    await client.close();
  });
});

describe('messages', () => {
  test('texts go both ways, with the same ID on both sides', async (t) => {
    const [a, b] = await pair(t, 'both');
    const sent = await a.sendText(b.user, 'ping');
    const got = await b.message(({ payload }) => payload.text === 'ping');
    assert.equal(got.from, a.user);
    assert.equal(got.flow, 'in');
    assert.equal(got.ID, sent.ID);
    assert.equal(got.time, sent.time);

    await b.sendText(a.user, 'pong');
    const back = await a.message(({ payload }) => payload.text === 'pong');
    assert.equal(back.from, b.user);
  });

  test('text of every kind arrives as it was written', async (t) => {
    const [a, b] = await pair(t, 'kinds');
    for (const text of ['"\\\u0001\n\t', '你好，喜鹊', '🐦‍⬛', '</script>', 'x'.repeat(4000)]) {
      await a.sendText(b.user, text);
      assert.equal((await b.message()).payload.text, text);
    }
  });

  test('custom data of the message and of its element arrive', async (t) => {
    const [a, b] = await pair(t, 'custom');
    const message = a.chat.createCustomMessage({
      to: b.user,
      conversationType: a.sdk.TYPES.CONV_C2C,
      payload: { data: '{"k":"v"}', description: 'd', extension: 'e' },
      cloudCustomData: '{"cloud":"é"}',
    });
    await a.chat.sendMessage(message);
    const got = await b.message();
    assert.equal(got.type, a.sdk.TYPES.MSG_CUSTOM);
    assert.deepEqual(
      [got.payload.data, got.payload.description, got.payload.extension, got.cloudCustomData],
      ['{"k":"v"}', 'd', 'e', '{"cloud":"é"}'],
    );
  });

  test('a message by REST arrives', async (t) => {
    const [a, b] = await pair(t, 'rest');
    const reply = await app.rest.ok('openim/sendmsg', {
      From_Account: a.user,
      To_Account: b.user,
      SyncOtherMachine: 1,
      MsgRandom: 77,
      MsgBody: textBody('from the server'),
    });
    const got = await b.message();
    assert.equal(got.payload.text, 'from the server');
    assert.equal(got.from, a.user);
    assert.equal(got.time, reply.MsgTime);
  });

  test('one for an account that does not exist is refused', async (t) => {
    const [a] = await pair(t, 'absent');
    await assert.rejects(a.sendText('nobody_of_that_name', 'x'), { code: 20003 });
  });
});

describe('history', () => {
  test('pages go back to the first message, oldest first within a page', async (t) => {
    const [a, b] = await pair(t, 'pages');
    for (let i = 1; i <= 20; i++) await a.sendText(b.user, `m${i}`);
    await b.close();
    const reader = await SdkClient.ready(server, app, b.user); // knows none of them
    t.after(() => reader.close());

    const first = await reader.history(a.user);
    assert.equal(first.isCompleted, false);
    const second = await reader.history(a.user, { nextReqMessageID: first.nextReqMessageID });
    const texts = [...second.messageList, ...first.messageList].map((m) => m.payload.text);
    assert.deepEqual(texts, [...Array(20).keys()].map((i) => `m${i + 1}`));
    assert.equal(second.isCompleted, true);
  });

  test('nobody else sees a conversation', async (t) => {
    const [a, b] = await pair(t, 'private');
    await a.sendText(b.user, 'between us');
    const other = await SdkClient.ready(server, app, 'private_c');
    t.after(() => other.close());
    assert.deepEqual((await other.history(b.user)).messageList, []);
    assert.deepEqual(await other.conversations(), []);
  });

  test('a new login reads what it missed, with the IDs of its sender', async (t) => {
    const a = await SdkClient.ready(server, app, 'missed_a');
    t.after(() => a.close());
    await app.rest.importAccounts('missed_b');
    const sent = await a.sendText('missed_b', 'while you were away');
    const b = await SdkClient.ready(server, app, 'missed_b');
    t.after(() => b.close());
    const { messageList } = await b.history('missed_a');
    assert.deepEqual(
      messageList.map((m) => [m.ID, m.payload.text, m.from]),
      [[sent.ID, 'while you were away', 'missed_a']],
    );
  });
});

describe('conversations', () => {
  test('the list has the last message and the unread count', async (t) => {
    const [a, b] = await pair(t, 'list');
    await app.rest.importAccounts('list_c');
    await a.sendText(b.user, 'one');
    await a.sendText(b.user, 'two');
    await b.message(({ payload }) => payload.text === 'two');
    const seen = await b.conversation(a.user, ({ unreadCount }) => unreadCount === 2);
    assert.equal(seen.lastMessage.messageForShow, 'two');

    await b.sendText('list_c', 'elsewhere');
    await b.conversation('list_c');
    const ids = (await b.conversations()).map((one) => one.conversationID);
    assert.deepEqual(ids.sort(), [`C2C${a.user}`, 'C2Clist_c'].sort());
  });

  test('unread messages are there at the next login, and gone once read', async (t) => {
    const a = await SdkClient.ready(server, app, 'unread_a');
    t.after(() => a.close());
    await app.rest.importAccounts('unread_b');
    for (const text of ['1', '2', '3']) await a.sendText('unread_b', text);

    const b = await SdkClient.ready(server, app, 'unread_b');
    t.after(() => b.close());
    await b.conversation('unread_a', ({ unreadCount }) => unreadCount === 3);
    assert.equal(b.chat.getTotalUnreadMessageCount(), 3);
    await b.chat.setMessageRead({ conversationID: 'C2Cunread_a' });
    assert.equal(b.chat.getTotalUnreadMessageCount(), 0);

    const read = await a.next('MESSAGE_READ_BY_PEER');
    assert.equal(read.length, 3);
    assert.ok(read.every((message) => message.isPeerRead));
    await b.close();

    const again = await SdkClient.ready(server, app, 'unread_b');
    t.after(() => again.close());
    await again.conversation('unread_a', ({ unreadCount }) => unreadCount === 0);
    assert.equal(again.chat.getTotalUnreadMessageCount(), 0);
  });

  test('a revoked message is revoked on both sides and in the history', async (t) => {
    const [a, b] = await pair(t, 'revoke');
    const sent = await a.sendText(b.user, 'oops');
    await b.message();
    await a.chat.revokeMessage(sent);
    const [revoked] = await b.next('MESSAGE_REVOKED');
    assert.equal(revoked.ID, sent.ID);
    assert.equal(revoked.isRevoked, true);
    await b.conversation(a.user, ({ lastMessage }) => lastMessage.isRevoked);
    await b.close();

    const again = await SdkClient.ready(server, app, b.user);
    t.after(() => again.close());
    const { messageList } = await again.history(a.user);
    assert.deepEqual(messageList.map((m) => [m.ID, m.isRevoked]), [[sent.ID, true]]);
  });

  test('a deleted conversation is gone until the next message', async (t) => {
    const [a, b] = await pair(t, 'gone');
    await a.sendText(b.user, 'first');
    await b.message();
    await b.conversation(a.user);
    await b.chat.deleteConversation(`C2C${a.user}`);
    await b.noConversation(a.user);
    await a.sendText(b.user, 'second');
    await b.conversation(a.user, ({ lastMessage }) => lastMessage.messageForShow === 'second');
  });

  test('a pinned conversation stays pinned over a login', async (t) => {
    const [a, b] = await pair(t, 'pin');
    await a.sendText(b.user, 'first');
    await b.conversation(a.user);
    await b.chat.pinConversation({ conversationID: `C2C${a.user}`, isPinned: true });
    await b.close();
    const again = await SdkClient.ready(server, app, b.user);
    t.after(() => again.close());
    await again.conversation(a.user, ({ isPinned }) => isPinned);
  });
});

describe('profiles and presence', () => {
  test('a changed nick is in the profile and in later messages', async (t) => {
    const [a, b] = await pair(t, 'nick');
    await a.chat.updateMyProfile({ nick: 'Anna', avatar: 'http://127.0.0.1/a.png' });
    const { data } = await b.chat.getUserProfile({ userIDList: [a.user] });
    assert.equal(data[0].nick, 'Anna');
    await a.sendText(b.user, 'who am I');
    const got = await b.message();
    assert.deepEqual([got.nick, got.avatar], ['Anna', 'http://127.0.0.1/a.png']);
  });

  test('the status tells who is online', async (t) => {
    const [a, b] = await pair(t, 'status');
    await app.rest.importAccounts('status_never');
    const { data } = await a.chat.getUserStatus({ userIDList: [b.user, 'status_never'] });
    const of = (user) => data.successUserList.find((one) => one.userID === user)?.statusType;
    assert.equal(of(b.user), a.sdk.TYPES.USER_STATUS_ONLINE);
    assert.notEqual(of('status_never'), a.sdk.TYPES.USER_STATUS_ONLINE);
  });
});

describe('sessions', () => {
  test('a second login of the account ends the first', async (t) => {
    const first = await SdkClient.ready(server, app, 'twice');
    t.after(() => first.close());
    const second = await SdkClient.ready(server, app, 'twice');
    t.after(() => second.close());
    const { type } = await first.next('KICKED_OUT');
    assert.equal(type, first.sdk.TYPES.KICKED_OUT_MULT_ACCOUNT);
    assert.equal(second.chat.isReady(), true);
  });

  test('a kick by REST ends the session', async (t) => {
    const client = await SdkClient.ready(server, app, 'kicked');
    t.after(() => client.close());
    await app.rest.ok('im_open_login_svc/kick', { Identifier: 'kicked' });
    const { type } = await client.next('KICKED_OUT');
    assert.equal(type, client.sdk.TYPES.KICKED_OUT_REST_API);
  });

  test('what was sent during a lost connection arrives once it is back', async (t) => {
    const [a, b] = await pair(t, 'lost');
    await a.sendText(b.user, 'before');
    await b.message();
    await b.history(a.user);
    b.drop();
    await a.sendText(b.user, 'meanwhile');
    const got = await b.message(({ payload }) => payload.text === 'meanwhile');
    assert.equal(got.from, a.user);
    await a.sendText(b.user, 'after');
    await b.message(({ payload }) => payload.text === 'after');
  });
});
