// Messages in groups with the official client SDK: sending, history, changes, receipts, unread.
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
  await server.cli('limit', 'set', '--app', app.sdkappid, '--limit', 'multi_terminal', '--value', 2,
    '--reason', 'two web pages');
});

after(() => server?.remove());

async function client(t, user) {
  const one = await SdkClient.ready(server, app, user);
  await one.synced();
  t.after(async () => {
    await one.close();
    for (const [command, count] of Object.entries(one.sent))
      assert.ok(count <= REPEATS_MAX, `${command} was sent ${count} times by ${user}`);
  });
  return one;
}

/** A group of name_a, who owns it, with the other letters; resolves [group, a, b, ...]. */
async function talk(t, name, { type = 'Public', letters = 'ab' } = {}) {
  const users = [...letters].map((letter) => `${name}_${letter}`);
  const clients = await Promise.all(users.map((user) => client(t, user)));
  const group = await clients[0].group(type, name, users.slice(1), { groupID: `g_${name}` });
  await Promise.all(clients.slice(1).map((one) => one.groupConversation(group)));
  return [group, ...clients];
}

const said = (list) => list.filter(({ type }) => type === 'TIMTextElem');
const texts = (list) => said(list).map(({ payload }) => payload.text);

describe('sending', WAIT, () => {
  for (const type of ['Public', 'Private', 'ChatRoom'])
    test(`texts go both ways in a ${type} group, with one ID on both sides`, async (t) => {
      const [group, a, b] = await talk(t, `both_${type}`, { type });
      const sent = await a.sayText(group, 'ping');
      const got = await b.heard(group, 'ping');
      assert.deepEqual(
        [got.ID, got.sequence, got.time, got.from, got.flow, got.conversationID],
        [sent.ID, sent.sequence, sent.time, a.user, 'in', `GROUP${group}`],
      );
      const back = await b.sayText(group, 'pong');
      assert.equal((await a.heard(group, 'pong')).ID, back.ID);
      assert.equal(back.sequence, sent.sequence + 1);
    });

  test('numbers begin with one and have no gaps, whoever sends', async (t) => {
    const [a, b] = await Promise.all(['seq_a', 'seq_b'].map((user) => client(t, user)));
    await app.rest.ok('group_open_http_svc/create_group', {
      Type: 'Public', GroupId: 'g_seq', Name: 'seq', Owner_Account: a.user,
    });
    await app.rest.ok('group_open_http_svc/add_group_member', {
      GroupId: 'g_seq', Silence: 1, MemberList: [{ Member_Account: b.user }],
    });
    const numbers = [];
    for (const one of [a, b, a, a, b]) numbers.push((await one.sayText('g_seq', 'x')).sequence);
    const { MsgSeq } = await app.rest.ok('group_open_http_svc/send_group_msg', {
      GroupId: 'g_seq', Random: 7, MsgBody: textBody('by REST'),
    });
    assert.deepEqual([...numbers, MsgSeq], [1, 2, 3, 4, 5, 6]);
    const got = await a.heard('g_seq', 'by REST');
    assert.deepEqual([got.sequence, got.from], [6, 'administrator']);
  });

  test('custom data, priority and cloud data arrive', async (t) => {
    const [group, a, b] = await talk(t, 'custom');
    await a.chat.sendMessage(
      a.chat.createCustomMessage({
        to: group,
        conversationType: a.sdk.TYPES.CONV_GROUP,
        priority: a.sdk.TYPES.MSG_PRIORITY_HIGH,
        payload: { data: '{"k":1}', description: 'd', extension: 'e' },
        cloudCustomData: '{"cloud":"喜鹊"}',
      }),
    );
    const got = await b.message(({ payload }) => payload.data === '{"k":1}');
    assert.deepEqual(
      [got.type, got.payload.description, got.payload.extension, got.cloudCustomData],
      [b.sdk.TYPES.MSG_CUSTOM, 'd', 'e', '{"cloud":"喜鹊"}'],
    );
    assert.equal(got.priority, b.sdk.TYPES.MSG_PRIORITY_HIGH);
    for (const priority of ['MSG_PRIORITY_NORMAL', 'MSG_PRIORITY_LOW', 'MSG_PRIORITY_LOWEST']) {
      await a.sayText(group, priority, { priority: a.sdk.TYPES[priority] });
      assert.equal((await b.heard(group, priority)).priority, b.sdk.TYPES[priority]);
    }
  });

  test('the nick and the name card of the sender come with its message', async (t) => {
    const [group, a, b] = await talk(t, 'nick');
    await a.chat.updateMyProfile({ nick: 'Anna', avatar: 'http://127.0.0.1/a.png' });
    await a.chat.setGroupMemberNameCard({ groupID: group, nameCard: 'chief' });
    await a.sayText(group, 'who');
    const got = await b.heard(group, 'who');
    assert.deepEqual(
      [got.nick, got.nameCard, got.avatar],
      ['Anna', 'chief', 'http://127.0.0.1/a.png'],
    );
  });

  test('what was sent while the connection was cut is one message with one number', async (t) => {
    const [group, a, b] = await talk(t, 'resend');
    const first = await a.sayText(group, 'before');
    const sending = a.sayText(group, 'cut');
    a.drop(); // the frame has left or not: the SDK sends it again
    const sent = await sending;
    assert.equal(sent.sequence, first.sequence + 1);
    await a.sayText(group, 'later');
    await b.heard(group, 'later');
    const { messageList } = await b.groupHistory(group);
    assert.deepEqual(texts(messageList), ['before', 'cut', 'later']);
    assert.equal(messageList.find(({ payload }) => payload.text === 'cut').ID, sent.ID);
  });

  test('a sender who is no member, and a muted one, are refused', async (t) => {
    const [group, a, b] = await talk(t, 'refused');
    const c = await client(t, 'refused_c');
    await assert.rejects(c.sayText(group, 'hello'), { code: 10007 });
    await a.chat.setGroupMemberMuteTime({ groupID: group, userID: b.user, muteTime: 600 });
    await assert.rejects(b.sayText(group, 'hello'), { code: 10017 });
    await a.chat.setGroupMemberMuteTime({ groupID: group, userID: b.user, muteTime: 0 });
    await b.sayText(group, 'again');
    await a.heard(group, 'again');
  });

  test('an online-only message arrives and leaves nothing', async (t) => {
    const [group, a, b] = await talk(t, 'online');
    const kept = await a.sayText(group, 'kept');
    await b.groupConversation(group, ({ lastMessage }) => lastMessage.messageForShow === 'kept');
    const { unreadCount } = await b.groupConversation(group);
    await a.sayText(group, 'fleeting', {}, { onlineUserOnly: true });
    await b.heard(group, 'fleeting');
    const next = await a.sayText(group, 'next');
    assert.equal(next.sequence, kept.sequence + 1);
    await b.groupConversation(
      group,
      (one) => one.lastMessage.messageForShow === 'next' && one.unreadCount === unreadCount + 1,
    );
    await b.close();
    const again = await client(t, b.user);
    assert.deepEqual(texts((await again.groupHistory(group)).messageList), ['kept', 'next']);
  });

  test('a message without unread and without a last message only arrives', async (t) => {
    const [group, a, b] = await talk(t, 'silent');
    await a.sayText(group, 'loud');
    const { unreadCount } = await b.groupConversation(
      group,
      ({ lastMessage }) => lastMessage.messageForShow === 'loud',
    );
    await a.sayText(group, 'quiet', {}, {
      messageControlInfo: { excludedFromUnreadCount: true, excludedFromLastMessage: true },
    });
    await b.heard(group, 'quiet');
    await b.close();
    const again = await client(t, b.user);
    const found = await again.groupConversation(group, (one) => one.lastMessage);
    assert.equal(found.unreadCount, unreadCount);
    assert.equal(found.lastMessage.messageForShow, 'loud');
    assert.deepEqual(texts((await again.groupHistory(group)).messageList), ['loud', 'quiet']);
  });
});

describe('mentions', WAIT, () => {
  const at = (one, group, text, ...atUserList) =>
    one.chat.sendMessage(
      one.chat.createTextAtMessage({
        to: group,
        conversationType: one.sdk.TYPES.CONV_GROUP,
        payload: { text, atUserList },
      }),
    );
  const kinds = ({ groupAtInfoList }) => (groupAtInfoList ?? []).flatMap((one) => one.atTypeArray);

  test('who is mentioned sees it at its conversation, others do not', async (t) => {
    const [group, a, b, c] = await talk(t, 'at', { letters: 'abc' });
    await at(a, group, '@b look', b.user);
    const got = await b.heard(group, '@b look');
    assert.deepEqual(got.atUserList, [b.user]);
    const found = await b.groupConversation(group, (one) => kinds(one).length > 0);
    assert.deepEqual(kinds(found), [b.sdk.TYPES.CONV_AT_ME]);
    assert.deepEqual(
      [found.groupAtInfoList[0].from, Number(found.groupAtInfoList[0].messageSequence)],
      [a.user, got.sequence],
    );
    await c.heard(group, '@b look');
    assert.deepEqual(kinds(await c.groupConversation(group)), []);
  });

  test('everybody is mentioned at once', async (t) => {
    const [group, a, b, c] = await talk(t, 'atall', { letters: 'abc' });
    await at(a, group, '@all look', a.sdk.TYPES.MSG_AT_ALL);
    for (const one of [b, c]) {
      const got = await one.heard(group, '@all look');
      assert.deepEqual(got.atUserList, [one.sdk.TYPES.MSG_AT_ALL]);
      const found = await one.groupConversation(group, (item) => kinds(item).length > 0);
      assert.deepEqual(kinds(found), [one.sdk.TYPES.CONV_AT_ALL]);
    }
  });

  test('a mention is in the history', async (t) => {
    const [group, a, b] = await talk(t, 'atold');
    await at(a, group, 'both', b.user, a.sdk.TYPES.MSG_AT_ALL);
    await b.heard(group, 'both');
    await b.close();
    const again = await client(t, b.user);
    const [found] = said((await again.groupHistory(group)).messageList);
    assert.deepEqual([...found.atUserList].sort(), [b.user, b.sdk.TYPES.MSG_AT_ALL].sort());
  });
});

describe('history', WAIT, () => {
  test('pages go back to the first, with tips and recalled ones, without deleted ones', async (t) => {
    const [group, a, b] = await talk(t, 'pages');
    const sent = [];
    for (let i = 1; i <= 35; i++) sent.push(await a.sayText(group, `m${i}`));
    await a.chat.updateGroupProfile({ groupID: group, name: 'renamed' }); // a tip
    await a.chat.revokeMessage(sent[9]);
    await b.heard(group, 'm35');
    const { messageList } = await b.groupHistory(group);
    await b.chat.deleteMessage([messageList.find(({ payload }) => payload.text === 'm30')]);
    await b.close();

    const reader = await client(t, b.user); // knows none of them
    let page, next;
    const all = [];
    for (let pages = 0; !page?.isCompleted; pages++) {
      assert.ok(pages < 6, 'the last page is told');
      page = await reader.groupHistory(group, next && { nextReqMessageID: next });
      all.unshift(...page.messageList);
      next = page.nextReqMessageID;
    }
    const numbers = all.map(({ sequence }) => sequence);
    assert.deepEqual(numbers, [...numbers].sort((x, y) => x - y));
    assert.equal(new Set(numbers).size, numbers.length);
    const wanted = sent.map((_, i) => `m${i + 1}`).filter((text) => text !== 'm30');
    const shown = all.filter(({ ID }) => sent.some((one) => one.ID === ID));
    assert.deepEqual(
      shown.map((one) => (one.isRevoked ? 'm10' : one.payload.text)),
      wanted,
    );
    assert.deepEqual(shown.filter((one) => one.isRevoked).map(({ ID }) => ID), [sent[9].ID]);
    const tips = all.filter(({ type }) => type === reader.sdk.TYPES.MSG_GRP_TIP);
    const renamed = tips.at(-1);
    assert.equal(renamed.payload.operationType, reader.sdk.TYPES.GRP_TIP_GRP_PROFILE_UPDATED);
    assert.equal(renamed.payload.newGroupProfile.groupName ?? renamed.payload.newGroupProfile.name,
      'renamed');
    assert.ok(reader.sent['group_open_http_svc.group_msg_get'] >= 2);
  });

  test('who missed messages during a lost connection gets each once', async (t) => {
    const [group, a, b] = await talk(t, 'missed');
    await a.sayText(group, 'before');
    await b.heard(group, 'before');
    await b.groupHistory(group);
    b.forget();
    b.away();
    const wanted = [];
    for (let i = 1; i <= 20; i++) {
      wanted.push(`during ${i}`);
      await a.sayText(group, `during ${i}`);
    }
    b.back();
    const got = [];
    while (got.length < wanted.length) {
      const list = await b.next('MESSAGE_RECEIVED');
      got.push(...texts(list.filter(({ to }) => to === group)));
    }
    assert.deepEqual(got.sort(), wanted.sort());
    await a.sayText(group, 'after');
    await b.heard(group, 'after');
    assert.deepEqual(b.seen('MESSAGE_RECEIVED'), []);
  });

  /** Resolves once b received each of these texts, in any order; none of them came twice. */
  async function receivesAll(b, wanted) {
    const got = [];
    while (got.length < wanted.length)
      got.push(...texts(await b.next('MESSAGE_RECEIVED')).filter((text) => wanted.includes(text)));
    assert.deepEqual(got.sort(), wanted.sort());
  }

  test('a connection that is lost while others go on writing loses no message', async (t) => {
    const [group, a, b] = await talk(t, 'flow');
    await a.sayText(group, 'before');
    await b.heard(group, 'before');
    await b.groupHistory(group);
    b.forget();
    const wanted = [];
    for (let i = 1; i <= 30; i++) {
      wanted.push(`flowing ${i}`);
      await a.sayText(group, `flowing ${i}`);
      if (i === 10) b.drop();
    }
    await receivesAll(b, wanted);
  });

  test('nor does one where an account writes too, to several groups and to it alone', async (t) => {
    const [group, a, b] = await talk(t, 'flows');
    const second = await a.group('Private', 'flows 2', [b.user]);
    await b.groupConversation(second);
    for (const one of [group, second]) {
      await a.sayText(one, 'before');
      await b.heard(one, 'before');
      await b.groupHistory(one);
    }
    await a.sendText(b.user, 'before');
    await b.message(({ from, to }) => from === a.user && to === b.user);
    await b.history(a.user);
    b.forget();
    const wanted = [];
    for (let i = 1; i <= 15; i++) {
      wanted.push(`first ${i}`, `second ${i}`, `alone ${i}`);
      await a.sayText(group, `first ${i}`);
      await a.sayText(second, `second ${i}`);
      await a.sendText(b.user, `alone ${i}`);
      if (i === 5) b.drop();
    }
    await receivesAll(b, wanted);
  });

  test('an own message that waited for a connection hides none that was missed', async (t) => {
    const [group, a, b] = await talk(t, 'own');
    const { sequence } = await a.sayText(group, 'before');
    await b.heard(group, 'before');
    await b.groupHistory(group);
    b.forget();
    b.away();
    const wanted = [];
    for (let i = 1; i <= 5; i++) {
      wanted.push(`missed ${i}`);
      await a.sayText(group, `missed ${i}`);
    }
    const own = b.sayText(group, 'mine');
    b.back();
    assert.equal((await own).sequence, sequence + wanted.length + 1);
    await receivesAll(b, wanted);
    assert.deepEqual(texts((await b.groupHistory(group)).messageList), ['before', ...wanted, 'mine']);
  });

  test('a member who came later reads a Public group from then on only where it must', async (t) => {
    const [group, a] = await talk(t, 'later', { letters: 'a' });
    await a.sayText(group, 'early');
    const c = await client(t, 'later_c');
    await app.rest.ok('group_open_http_svc/add_group_member', {
      GroupId: group, MemberList: [{ Member_Account: c.user }],
    });
    await c.groupConversation(group);
    await a.sayText(group, 'late');
    await c.heard(group, 'late');
    await c.close();
    const again = await client(t, c.user);
    const found = texts((await again.groupHistory(group)).messageList);
    assert.equal(found.at(-1), 'late');
  });
});

describe('changes', WAIT, () => {
  test('a recalled message is recalled at the others and in their history', async (t) => {
    const [group, a, b] = await talk(t, 'recall');
    const sent = await a.sayText(group, 'oops');
    await b.heard(group, 'oops');
    await a.chat.revokeMessage(sent);
    const [revoked] = await b.next('MESSAGE_REVOKED');
    assert.equal(revoked.ID, sent.ID);
    await b.groupConversation(group, ({ lastMessage }) => lastMessage.isRevoked);
    await b.close();

    const again = await client(t, b.user);
    const found = await again.groupConversation(group, ({ lastMessage }) => lastMessage);
    assert.equal(found.lastMessage.isRevoked, true);
    const { messageList } = await again.groupHistory(group);
    assert.equal(messageList.find(({ ID }) => ID === sent.ID).isRevoked, true);
  });

  test('a recall during a lost connection is seen when it is back', async (t) => {
    const [group, a, b] = await talk(t, 'recalloff');
    const sent = await a.sayText(group, 'oops');
    await b.heard(group, 'oops');
    b.away();
    await a.chat.revokeMessage(sent);
    b.back();
    const [revoked] = await b.next('MESSAGE_REVOKED');
    assert.equal(revoked.ID, sent.ID);
  });

  test('a member cannot recall what another said, the owner can', async (t) => {
    const [group, a, b] = await talk(t, 'recallright');
    await a.sayText(group, 'of the owner');
    const ofOwner = await b.heard(group, 'of the owner');
    await assert.rejects(b.chat.revokeMessage(ofOwner));
    await b.sayText(group, 'of the member');
    await a.chat.revokeMessage(await a.heard(group, 'of the member'));
    const [revoked] = await b.next('MESSAGE_REVOKED');
    assert.equal(revoked.from, b.user);
  });

  test('a message deleted for oneself is there for the others', async (t) => {
    const [group, a, b] = await talk(t, 'delete');
    await a.sayText(group, 'one');
    await a.sayText(group, 'two');
    await b.chat.deleteMessage([await b.heard(group, 'one')]);
    for (const one of [a, b]) await one.close();
    const [a2, b2] = await Promise.all([a, b].map(({ user }) => client(t, user)));
    assert.deepEqual(texts((await a2.groupHistory(group)).messageList), ['one', 'two']);
    assert.deepEqual(texts((await b2.groupHistory(group)).messageList), ['two']);
  });

  test('a modified message is modified at the others, at once and in their history', async (t) => {
    const [group, a, b] = await talk(t, 'modify');
    const sent = await a.sayText(group, 'first words');
    await b.heard(group, 'first words');
    sent.payload.text = 'better words';
    sent.cloudCustomData = 'edited';
    await a.chat.modifyMessage(sent);
    const [changed] = await b.next('MESSAGE_MODIFIED');
    assert.deepEqual(
      [changed.ID, changed.payload.text, changed.cloudCustomData],
      [sent.ID, 'better words', 'edited'],
    );
    await b.close();
    const again = await client(t, b.user);
    const [found] = said((await again.groupHistory(group)).messageList);
    assert.deepEqual([found.ID, found.payload.text], [sent.ID, 'better words']);
  });

  test('of two modifications of one state the second is a conflict', async (t) => {
    const [group, a, b] = await talk(t, 'conflict');
    const sent = await b.sayText(group, 'first');
    const atOwner = await a.heard(group, 'first');
    const version = { ...sent }.version;
    sent.payload.text = 'by the sender';
    atOwner.payload.text = 'by the owner';
    const done = await Promise.allSettled([
      b.chat.modifyMessage(sent), a.chat.modifyMessage(atOwner),
    ]);
    assert.deepEqual(done.map(({ status }) => status).sort(), ['fulfilled', 'rejected'],
      `version ${version}`);
    assert.equal(done.find(({ status }) => status === 'rejected').reason.code, 2480);
  });
});

describe('receipts', WAIT, () => {
  test('the sender sees who has read', async (t) => {
    const [group, a, b, c] = await talk(t, 'receipt', { letters: 'abc' });
    const sent = await a.sayText(group, 'please read', { needReadReceipt: true });
    const got = await b.heard(group, 'please read');
    assert.equal(got.needReadReceipt, true);
    const of = async () => {
      const { data } = await a.chat.getMessageReadReceiptList([sent]);
      return data.messageList[0].readReceiptInfo;
    };
    const { readCount, unreadCount } = await of();
    assert.deepEqual([readCount, unreadCount], [0, 2]);

    await b.chat.sendMessageReadReceipt([got]);
    const [receipt] = await a.next('MESSAGE_READ_RECEIPT_RECEIVED');
    assert.deepEqual(
      [receipt.messageID, receipt.readCount, receipt.unreadCount, receipt.groupID],
      [sent.ID, 1, 1, group],
    );
    const members = async (filter) => {
      const { data } = await a.chat.getGroupMessageReadMemberList({
        message: sent, filter, cursor: '', count: 10,
      });
      assert.equal(data.isCompleted, true);
      return (filter ? data.unreadUserIDList : data.readUserIDList).map((one) => one.userID ?? one);
    };
    assert.deepEqual(await members(0), [b.user]);
    assert.deepEqual(await members(1), [c.user]);

    await c.chat.sendMessageReadReceipt([await c.heard(group, 'please read')]);
    const [last] = await a.next('MESSAGE_READ_RECEIPT_RECEIVED');
    assert.deepEqual([last.readCount, last.unreadCount], [2, 0]);
    const now = await of();
    assert.deepEqual([now.readCount, now.unreadCount], [2, 0]);
  });

  test('a receipt is wanted still when the message comes from the history', async (t) => {
    const [group, a, b] = await talk(t, 'receiptold');
    const sent = await a.sayText(group, 'please read', { needReadReceipt: true });
    await b.heard(group, 'please read');
    await b.close();
    const again = await client(t, b.user);
    const [found] = said((await again.groupHistory(group)).messageList);
    assert.equal(found.needReadReceipt, true);
    await again.chat.sendMessageReadReceipt([found]);
    const [receipt] = await a.next('MESSAGE_READ_RECEIPT_RECEIVED');
    assert.deepEqual([receipt.messageID, receipt.readCount], [sent.ID, 1]);
  });
});
