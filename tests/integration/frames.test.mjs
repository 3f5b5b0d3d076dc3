// The client protocol by hand: what the official SDK relies on but does not show.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { RawClient } from './support/raw_ws.mjs';
import { textBody, userSig, userSigAt } from './support/rest.mjs';
import { Server } from './support/server.mjs';

let server, app;

before(async () => {
  server = await Server.start();
  app = await server.app();
});

after(() => server?.remove());

async function open(t, options) {
  const client = await RawClient.open(server, app, options);
  t.after(() => client.close());
  return client;
}

async function login(t, user, options) {
  const client = await open(t, options);
  client.reply1 = await client.login(user);
  return client;
}

let random = 1;
const message = (to, text, more = {}) => ({
  From_Account: '',
  To_Account: to,
  MsgSeq: 1000 + random,
  MsgRandom: random++,
  MsgBody: textBody(text),
  MsgClientTime: Math.floor(Date.now() / 1000),
  ...more,
});

describe('frames', () => {
  test('every frame is binary and repeats servcmd and seq as they came', async (t) => {
    const client = await open(t);
    await client.ok('heartbeat.alive');
    client.sendText('{"head":{"servcmd":"heartbeat.alive","seq":"text-1"},"body":{}}');
    assert.equal((await client.reply('heartbeat.alive', 'text-1')).ErrorCode, 0);
    assert.ok(client.frames.every(({ binary }) => binary));
  });

  test('a frame that is no JSON ends the connection', async (t) => {
    const client = await open(t);
    client.sendText('{"head":');
    await client.closed;
  });

  test('a heartbeat is answered with a dead a2 too', async (t) => {
    const client = await open(t);
    const reply = await client.call('heartbeat.alive', {}, { a2: 'x', tinyid: '1' });
    assert.equal(reply.ErrorCode, 0);
  });

  test('any path leads to the same', async (t) => {
    const client = await login(t, 'path', { path: '/some/other/path' });
    assert.equal((await client.call('openim.no_such')).ErrorCode, 60009);
  });
});

describe('login', () => {
  test('the reply has all that the SDK needs', async (t) => {
    const { reply1: reply } = await login(t, 'fields');
    assert.match(reply.A2Key, /^[A-Za-z0-9_-]{20,128}$/);
    assert.match(reply.TinyId, /^144115\d{12}$/);
    assert.ok(reply.InstId > 0);
    assert.ok(reply.HelloInterval >= 10 && reply.HelloInterval <= 30);
    assert.ok(Math.abs(reply.TimeStamp - Date.now() / 1000) < 60);
    assert.match(reply.PurchaseBits, /^[01]{1,64}$/);
  });

  test('each refusal has its code', async (t) => {
    const client = await open(t);
    const now = Math.floor(Date.now() / 1000);
    const code = async (user, sig) =>
      (await client.call('im_open_status.wslogin', {}, { identifier: user, usersig: sig }))
        .ErrorCode;
    assert.equal(await code('a', ''), 70002);
    assert.equal(await code('a', 'garbage'), 70003);
    assert.equal(await code('a', userSig({ ...app, key: 'f'.repeat(64) }, 'a')), 70009);
    assert.equal(await code('a', userSig(app, 'b')), 70013);
    assert.equal(await code('a', userSigAt(app, 'a', now - 100, 50)), 70001);
    assert.equal(await code('a', userSigAt(app, 'a', now - 100, 150)), 0);
  });

  test('an app that is not there has no logins', async (t) => {
    const nowhere = { ...app, sdkappid: app.sdkappid + 1000 };
    const client = await RawClient.open(server, nowhere);
    t.after(() => client.close());
    const head = { identifier: 'a', usersig: userSig(nowhere, 'a') };
    assert.equal((await client.call('im_open_status.wslogin', {}, head)).ErrorCode, 70020);
  });

  test('nothing but a login is done without one', async (t) => {
    const client = await open(t);
    assert.equal((await client.call('openim.sendmsg', message('a', 'x'))).ErrorCode, 70001);
    assert.equal((await client.call('sns.friend_get')).ErrorCode, 70001);
  });

  test('an a2 of one account does not serve another', async (t) => {
    const a = await login(t, 'a2_a');
    const b = await login(t, 'a2_b');
    const stranger = await open(t);
    const head = { a2: a.head.a2, tinyid: b.head.tinyid };
    assert.equal((await stranger.call('im_open_status.wshello', {}, head)).ErrorCode, 70001);
  });

  test('an a2 serves on another socket before any login there', async (t) => {
    const a = await login(t, 'a2_moves');
    const b = await login(t, 'a2_peer');
    const again = await open(t);
    again.head = a.head;
    a.drop();
    await again.ok('openim.sendmsg', message('a2_peer', 'from the new socket'));
    assert.equal((await b.push('C2cMsgArray')).C2cMsgArray[0].From_Account, 'a2_moves');
    await b.ok('openim.sendmsg', message('a2_moves', 'and back'));
    assert.equal((await again.push('C2cMsgArray')).C2cMsgArray[0].From_Account, 'a2_peer');
  });

  test('who came back hears of newer messages behind what it asks to compare', async (t) => {
    const [a, b] = [await login(t, 'back_a'), await login(t, 'back_b')];
    const { GroupId } = await app.rest.ok('group_open_http_svc/create_group', {
      Type: 'Public', Name: 'back', Owner_Account: a.user,
      MemberList: [{ Member_Account: b.user }],
    });
    const say = async (text) => {
      const { MsgSeq } = await a.ok('group_open_http_svc.send_group_msg', {
        GroupId, Random: random++, MsgBody: textBody(text),
      });
      await a.ok('openim.sendmsg', message(b.user, text));
      return MsgSeq;
    };
    const again = await open(t);
    Object.assign(again, { head: b.head, user: b.user });
    b.drop();
    const heard = () => again.frames.map(({ text }) => JSON.parse(text))
      .flatMap(({ head, body }) => head.servcmd.startsWith('im_open_push.') ? body.EventArray : [])
      .flatMap((one) => one.GroupMsgArray ?? one.C2cMsgArray ?? [])
      .map(({ MsgBody }) => MsgBody[0].MsgContent.Text);

    await again.ok('openim.getmsg', { Cookie: '', SyncFlag: 0 }); // of the old socket
    await again.ok('im_open_status.wslogin', { State: 'Online' });
    const listed = await say('before the list');
    const { SessionItem } = await again.ok('recentcontact.page_get', { From_Account: b.user });
    assert.equal(SessionItem.find(({ ToAccount }) => ToAccount === GroupId).MsgSeq, listed);
    await say('behind the list');
    const own = again.call('group_open_http_svc.send_group_msg', {
      GroupId, Random: random++, MsgBody: textBody('own'),
    });
    const { RspMsgList } = await again.ok('group_open_http_svc.group_msg_get', {
      GroupId, ReqMsgNumber: 15, ReqMsgSeq: listed + 14,
    });
    assert.deepEqual(heard(), []);
    await again.ok('openim.getmsg', { Cookie: '', SyncFlag: 0 });
    assert.equal((await own).MsgSeq, listed + 2);
    const twice = (text) => [text, text];
    assert.deepEqual(heard(), [...twice('before the list'), ...twice('behind the list')]);
    assert.equal(RspMsgList[0].MsgSeq, listed + 2);
    await say('as ever');
    await again.push('C2cMsgArray', ({ C2cMsgArray: [{ MsgBody }] }) =>
      MsgBody[0].MsgContent.Text === 'as ever');
  });

  test('a logged-out a2 is dead', async (t) => {
    const client = await login(t, 'logout');
    await client.ok('im_open_status.wslogout', { wslogout_type: 0 });
    assert.equal((await client.call('im_open_status.wshello')).ErrorCode, 70001);
  });
});

describe('speaking for others', () => {
  test('a user sends in its own name, whatever it writes', async (t) => {
    const mallory = await login(t, 'mallory');
    await login(t, 'victim');
    const bob = await login(t, 'bob');
    for (const name of ['From_Account', 'From_\\u0041ccount']) {
      const body = JSON.stringify(message('bob', 'hello')).replace(
        '"From_Account":""',
        `"${name}":"victim"`,
      );
      assert.match(body, /victim/);
      const seq = `m-${name.length}`;
      const head = { servcmd: 'openim.sendmsg', seq, sdkappid: app.sdkappid, ...mallory.head };
      mallory.sendText(`{"head":${JSON.stringify(head)},"body":${body}}`);
      assert.equal((await mallory.reply('openim.sendmsg', seq)).ErrorCode, 0);
      assert.equal((await bob.push('C2cMsgArray')).C2cMsgArray[0].From_Account, 'mallory');
    }
  });

  test('administrator commands are unknown to users', async (t) => {
    const client = await login(t, 'no_admin');
    for (const command of ['openim.batchsendmsg', 'im_open_login_svc.kick', 'operator.app_create'])
      assert.equal((await client.call(command)).ErrorCode, 60009);
  });
});

describe('messages', () => {
  test('a push has all that makes the message the same everywhere', async (t) => {
    const a = await login(t, 'push_a');
    const b = await login(t, 'push_b');
    const sent = message('push_b', 'hi', { CloudCustomData: 'é"\\' });
    const reply = await a.ok('openim.sendmsg', sent);
    const [got] = (await b.push('C2cMsgArray')).C2cMsgArray;
    assert.equal(reply.MsgKey, `${sent.MsgSeq}_${sent.MsgRandom}_${reply.MsgTime}`);
    const expected = {
      From_Account: 'push_a',
      To_Account: 'push_b',
      MsgSeq: sent.MsgSeq,
      MsgRandom: sent.MsgRandom,
      MsgTimeStamp: reply.MsgTime,
      MsgClientTime: sent.MsgClientTime,
      TinyId: a.head.tinyid,
      MsgBody: sent.MsgBody,
      CloudCustomData: sent.CloudCustomData,
    };
    for (const [name, value] of Object.entries(expected)) assert.deepEqual(got[name], value, name);
    assert.ok(Number.isSafeInteger(got.NoticeSeq));
  });

  test('a message sent twice is one message', async (t) => {
    const a = await login(t, 'twice_a');
    const b = await login(t, 'twice_b');
    const sent = message('twice_b', 'once');
    const first = await a.ok('openim.sendmsg', sent);
    const second = await a.ok('openim.sendmsg', sent);
    assert.deepEqual([second.MsgTime, second.MsgKey], [first.MsgTime, first.MsgKey]);
    await a.ok('openim.sendmsg', message('twice_b', 'last'));
    const texts = [];
    while (texts.at(-1) !== 'last')
      texts.push((await b.push('C2cMsgArray')).C2cMsgArray[0].MsgBody[0].MsgContent.Text);
    assert.deepEqual(texts, ['once', 'last']);
  });

  test('a message over the limit is refused, and the next one is not', async (t) => {
    const a = await login(t, 'long_a');
    await login(t, 'long_b');
    const reply = await a.call('openim.sendmsg', message('long_b', 'x'.repeat(9000)));
    assert.notEqual(reply.ErrorCode, 0);
    assert.equal(reply.ActionStatus, 'FAIL');
    await a.ok('openim.sendmsg', message('long_b', 'short'));
  });
});

describe('kicks', () => {
  test('a second login tells the first, whose a2 is dead then', async (t) => {
    const first = await login(t, 'kick_a');
    await login(t, 'kick_a');
    const element = await first.push('C2cNotifyMsgArray');
    assert.equal(element.Event, 10);
    assert.equal(element.C2cNotifyMsgArray[0].KickoutMsgNotify.KickType, 1);
    const reply = await first.call('openim.sendmsg', message('kick_a', 'x'));
    assert.equal(reply.ErrorCode, 70001);
    assert.equal((await first.call('im_open_status.wslogout', { wslogout_type: 1 })).ErrorCode, 0);
  });

  test('a REST kick kills the UserSig as well', async (t) => {
    const sig = userSig(app, 'kick_b');
    const client = await login(t, 'kick_b');
    await app.rest.ok('im_open_login_svc/kick', { Identifier: 'kick_b' });
    const element = await client.push('C2cNotifyMsgArray');
    assert.equal(element.C2cNotifyMsgArray[0].KickoutMsgNotify.KickType, 3);
    const again = await open(t);
    const head = { identifier: 'kick_b', usersig: sig };
    assert.equal((await again.call('im_open_status.wslogin', {}, head)).ErrorCode, 70052);
    assert.equal((await client.call('im_open_status.wshello')).ErrorCode, 70001);
  });
});

describe('a killed server', () => {
  test('knows logins, messages and duplicates again', async (t) => {
    const own = await Server.start();
    t.after(() => own.remove());
    const ownApp = await own.app();
    const clients = await Promise.all(['a', 'b'].map(() => RawClient.open(own, ownApp)));
    const [a, b] = clients;
    await a.login('kill_a');
    await b.login('kill_b');
    const sent = message('kill_b', 'once');
    const before = await a.ok('openim.sendmsg', sent);

    await own.kill9();
    await Promise.all(clients.map((client) => client.closed));
    await own.restart();

    const [a2, b2] = await Promise.all(clients.map(() => RawClient.open(own, ownApp)));
    t.after(() => Promise.all([a2.close(), b2.close()]));
    a2.head = a.head;
    b2.head = b.head;
    const after = await a2.ok('openim.sendmsg', sent);
    assert.deepEqual([after.MsgKey, after.MsgTime], [before.MsgKey, before.MsgTime]);
    const { MsgList } = await b2.ok('openim.getroammsg', { Peer_Account: 'kill_a', MaxCnt: 15 });
    assert.deepEqual(
      MsgList.map((one) => [one.From_Account, one.To_Account, one.MsgBody[0].MsgContent.Text]),
      [['kill_a', 'kill_b', 'once']],
    );
  });
});
