// What an attacker or a broken client does: others must not notice.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { run } from './support/cli.mjs';
import { within } from './support/mailbox.mjs';
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  PING,
  PONG,
  RawSocket,
  TEXT,
  frame,
} from './support/raw_socket.mjs';
import { RawClient } from './support/raw_ws.mjs';
import { textBody, userSig } from './support/rest.mjs';
import { Server } from './support/server.mjs';

const SLOW_MESSAGES = 5000;
const SLOW_BYTES = 4096;
const WINDOW = 100;
const HALF_MS = 30000;

let server, app, other;
const secrets = [];

before(async () => {
  server = await Server.start({ args: ['--log-level', 'debug'] });
  app = await server.app();
  other = await server.app('other');
  secrets.push(app.key, other.key, app.rest.sig);
});

after(() => server?.remove());

async function open(t, options) {
  const client = await RawClient.open(server, app, options);
  t.after(() => client.drop());
  return client;
}

async function login(t, user) {
  const client = await open(t);
  const sig = userSig(app, user);
  await client.login(user, sig);
  secrets.push(sig, client.head.a2);
  return client;
}

async function rawOpen(t) {
  const raw = await RawSocket.open(server, app);
  t.after(() => raw.drop());
  return raw;
}

let random = 1;
const message = (to, text, more = {}) => ({
  To_Account: to,
  MsgSeq: 1000 + random,
  MsgRandom: random++,
  MsgBody: textBody(text),
  ...more,
});

/** Sends count messages, WINDOW of them at a time under way. */
async function pump(client, to, count, text, each = () => {}) {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const i = next++;
      await client.ok('openim.sendmsg', message(to, text(i)));
      await each(i);
    }
  };
  await Promise.all([...Array(WINDOW)].map(lane));
}

/** Texts of all messages between the client's user and that peer. */
async function allTexts(client, peer) {
  const texts = [];
  let MsgKey = '';
  for (;;) {
    const page = await client.ok('openim.getroammsg', { Peer_Account: peer, MaxCnt: 100, MsgKey });
    for (const one of page.MsgList) texts.push(one.MsgBody[0].MsgContent.Text);
    if (page.Complete) return texts;
    MsgKey = page.MsgKey;
  }
}

async function isAlive(t) {
  const client = await open(t);
  assert.equal((await client.call('heartbeat.alive')).ErrorCode, 0);
}

describe('slow and half-open clients', () => {
  test('a client that never reads is cut off, and loses nothing', async (t) => {
    const sender = await login(t, 'slow_sender');
    const bystander = await login(t, 'slow_bystander');
    const first = await login(t, 'slow');
    const slow = await rawOpen(t);
    assert.equal((await slow.call('im_open_status.wshello', {}, first.head)).ErrorCode, 0);
    first.drop();
    slow.socket.pause();

    const padding = 'x'.repeat(SLOW_BYTES - 10);
    await pump(sender, 'slow', SLOW_MESSAGES, (i) => `${i}:${padding}`, async (i) => {
      if (i % 500) return;
      await sender.ok('openim.sendmsg', message('slow_bystander', `${i}`));
      await bystander.push('C2cMsgArray');
    });

    const { QueryResult } = await app.rest.ok('openim/querystate', { To_Account: ['slow'] });
    assert.equal(QueryResult[0].State, 'Offline');
    const back = await login(t, 'slow');
    const numbers = (await allTexts(back, 'slow_sender')).map((text) => parseInt(text, 10));
    assert.equal(new Set(numbers).size, SLOW_MESSAGES);
    assert.equal(numbers.length, SLOW_MESSAGES);
  });

  test('half a head and half a frame hold nobody up; the half head is given up', async (t) => {
    const head = new RawSocket(server);
    t.after(() => head.drop());
    head.write('POST /v4/openim/sendmsg?sdkappid=1 HTTP/1.1\r\nHost: x\r\nContent-');
    const half = await rawOpen(t);
    const whole = frame(BINARY, half.request('heartbeat.alive'));
    half.write(whole.subarray(0, 20));
    const gone = await rawOpen(t);
    gone.write(whole.subarray(0, 20));
    gone.drop();
    await isAlive(t);
    await within(head.closed, HALF_MS, 'the end of the half head');
    half.write(whole.subarray(20));
    assert.equal((await half.reply()).ErrorCode, 0);
  });

  test('requests sent without waiting are all answered, in order', async (t) => {
    const raw = await rawOpen(t);
    const user = await login(t, 'flood');
    await raw.call('im_open_status.wshello', {}, user.head);
    const count = 20000;
    const list = [];
    for (let seq = 0; seq < count; seq++)
      list.push(frame(BINARY, raw.request('im_open_status.wshello', {}, user.head, seq)));
    raw.write(Buffer.concat(list));
    const seqs = [];
    for (let i = 0; i < count; i++) {
      const { payload } = await raw.next(BINARY);
      seqs.push(JSON.parse(payload.toString()).head.seq);
    }
    assert.ok(seqs.every((seq, i) => seq === i));
  });
});

describe('malformed frames', () => {
  const hello = '{"head":{"servcmd":"heartbeat.alive","seq":1},"body":{}}';
  const deep = (n) => `{"head":{},"body":${'['.repeat(n)}${']'.repeat(n)}}`;
  const cases = [
    ['an unmasked frame', 1002, [frame(BINARY, hello, { masked: false })]],
    ['a reserved bit', 1002, [frame(BINARY, hello, { reserved: 4 })]],
    ['a reserved opcode', 1002, [frame(3, hello)]],
    ['a ping in fragments', 1002, [frame(PING, 'x', { fin: false })]],
    ['a ping of 126 bytes', 1002, [frame(PING, 'x'.repeat(126))]],
    ['a continuation of nothing', 1002, [frame(CONTINUATION, hello)]],
    [
      'a message inside a message',
      1002,
      [frame(BINARY, '{"he', { fin: false }), frame(BINARY, hello)],
    ],
    ['a close of one byte', 1002, [frame(CLOSE, 'x')]],
    ['a length over 63 bits', 1002, [frame(BINARY, '', { length: 1n << 63n })]],
    ['a length of many terabytes', 1009, [frame(BINARY, '', { length: 1n << 45n })]],
    ['64 KB before a login', 1009, [frame(BINARY, 'x'.repeat(65537))]],
    [
      '64 KB in fragments before a login',
      1009,
      [frame(BINARY, 'x'.repeat(40000), { fin: false }), frame(CONTINUATION, 'x'.repeat(40000))],
    ],
    ['bytes that are no UTF-8', 1007, [frame(TEXT, Buffer.from([0x7b, 0xff, 0x7d]))]],
    ['a surrogate in UTF-8', 1007, [frame(TEXT, Buffer.from('{"a":"\xed\xa0\x80"}', 'latin1'))]],
    ['no JSON', 1007, [frame(BINARY, '{"head":')]],
    ['an empty message', 1007, [frame(BINARY, '')]],
    ['JSON of 10,000 levels', 1007, [frame(BINARY, deep(10000))]],
    ['a NUL in JSON', 1007, [frame(BINARY, '{"head":{}\0}')]],
  ];

  for (const [name, code, bytes] of cases) {
    test(`${name} ends the connection with ${code}`, async (t) => {
      const raw = await rawOpen(t);
      bytes.forEach((one) => raw.write(one));
      assert.equal(await raw.closes(), code);
    });
  }

  test('JSON that is none of ours is answered, not dropped', async (t) => {
    const raw = await rawOpen(t);
    for (const text of ['[]', '1', '"x"', 'null', '{}', '{"head":[],"body":1}', '{"head":{"servcmd":7}}']) {
      raw.write(frame(BINARY, text));
      assert.equal((await raw.reply()).ErrorCode, 60009, text);
    }
    raw.write(frame(BINARY, raw.request('heartbeat.alive')));
    assert.equal((await raw.reply()).ErrorCode, 0);
  });

  test('fragments, split inside a character, make one message; pings go between', async (t) => {
    const user = await login(t, 'fragments');
    const peer = await login(t, 'fragments_peer');
    const raw = await rawOpen(t);
    const text = 'ä漢😀';
    const whole = Buffer.from(
      raw.request('openim.sendmsg', message('fragments_peer', text), user.head),
    );
    for (let i = 0; i < whole.length; i++) {
      const last = i === whole.length - 1;
      raw.write(frame(i ? CONTINUATION : TEXT, whole.subarray(i, i + 1), { fin: last }));
      if (i === 50) raw.write(frame(PING, 'now'));
    }
    assert.equal((await raw.next(PONG)).payload.toString(), 'now');
    assert.equal((await raw.reply()).ErrorCode, 0);
    const [got] = (await peer.push('C2cMsgArray')).C2cMsgArray;
    assert.equal(got.MsgBody[0].MsgContent.Text, text);
  });

  test('one byte at a time is slow, but right', async (t) => {
    const raw = await rawOpen(t);
    raw.socket.setNoDelay(true);
    for (const byte of frame(BINARY, raw.request('heartbeat.alive'))) raw.write(Buffer.of(byte));
    assert.equal((await raw.reply()).ErrorCode, 0);
  });

  test('random bytes behind an upgrade end that connection only', async (t) => {
    let state = 12345;
    const next = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
    for (let round = 0; round < 100; round++) {
      const raw = await rawOpen(t);
      raw.socket.end(Buffer.from([...Array(200)].map(() => next() & 255)));
      raw.socket.resume();
      await within(raw.closed, HALF_MS, 'the end of a random connection');
    }
    await isAlive(t);
  });

  test('heads that are no HTTP are refused', async (t) => {
    const heads = [
      'GET / HTTP/9.9\r\n\r\n',
      `GET /${'x'.repeat(20000)} HTTP/1.1\r\n\r\n`,
      `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(200)}\r\n`,
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n',
      '\0\0\0\0\r\n\r\n',
    ];
    for (const head of heads) {
      const raw = new RawSocket(server);
      t.after(() => raw.drop());
      raw.write(head);
      const answer = new Promise((resolve) => (raw.onHead = resolve));
      assert.match(await within(answer, HALF_MS, head.slice(0, 40)), /^HTTP\/1.1 4\d\d /);
      raw.socket.end();
      await within(raw.closed, HALF_MS, 'the end of a refused connection');
    }
  });
});

/** Rows of the command table, as `magpie commands` prints them. */
async function userCommands() {
  const { stdout } = await run(['commands']);
  const parts = stdout.split(/^### /m).slice(1);
  return parts
    .filter((part) => /^- Callers:.*user \(WebSocket\)/m.test(part))
    .map((part) => ({
      name: part.split('\n', 1)[0].trim(),
      self: [...part.matchAll(/^\| `(\w+)` \| account \| [a-z ]*self/gm)].map(([, name]) => name),
    }));
}

const OF_GROUPS = /group_open|million_group|openim\.(modify_group_msg|deletemsg)/;

/** A group of the victim and bob, with a message in it. */
async function makeVictimsGroup() {
  await app.rest.ok('group_open_http_svc/create_group', {
    Type: 'Public',
    ApplyJoinOption: 'DisableApply',
    GroupId: 'v_group',
    Name: 'v',
    Owner_Account: 'v_victim',
    MemberList: [{ Member_Account: 'v_bob' }],
  });
  await app.rest.ok('group_open_http_svc/modify_group_member_info', {
    GroupId: 'v_group',
    Member_Account: 'v_bob',
    NameCard: 'group secret card',
  });
  await app.rest.ok('group_open_http_svc/send_group_msg', {
    GroupId: 'v_group',
    From_Account: 'v_victim',
    Random: 7,
    MsgBody: textBody('group secret'),
  });
}

/** What there is to change about it, without what only says when somebody looked. */
async function victimsGroup() {
  const group = 'group_open_http_svc';
  return [
    await app.rest.ok(`${group}/get_group_info`, { GroupIdList: ['v_group'] }),
    await app.rest.ok(`${group}/group_msg_get_simple`, { GroupId: 'v_group', ReqMsgNumber: 20 }),
    await app.rest.ok(`${group}/get_joined_group_list`, { Member_Account: 'v_victim' }),
    await app.rest.ok(`${group}/get_group_shutted_uin`, { GroupId: 'v_group' }),
    await app.rest.ok('group_open_attr_http_svc/get_group_attr', { GroupId: 'v_group' }),
    await app.rest.ok(`${group}/get_group_counter`, { GroupId: 'v_group' }),
  ];
}

/** Whatever a command about a group may ask for, about the group of others. */
const STRANGERS_BODY = {
  GroupId: 'v_group',
  GroupIdList: ['v_group'],
  Type: 'Public',
  Name: 'taken over',
  Introduction: 'taken over',
  ShutUpAllMember: 'On',
  Member_Account: 'v_bob',
  Member_List_Account: ['v_bob'],
  User_Account: ['v_bob'],
  MemberList: [{ Member_Account: 'v_mallory', Marks: [1000] }],
  MemberToDel_Account: ['v_bob'],
  Members_Account: ['v_bob'],
  NewOwner_Account: 'v_mallory',
  Applicant_Account: 'v_mallory',
  Invited_Account: 'v_mallory',
  Inviter_Account: 'v_bob',
  HandleMsg: 'Agree',
  NameCard: 'taken over',
  ShutUpTime: 100,
  Duration: 100,
  CommandType: 1,
  Random: 8,
  MsgBody: textBody('from mallory'),
  CloudCustomData: 'taken over',
  MsgSeq: 1,
  MsgVersion: 0,
  MsgSeqList: [{ MsgSeq: 1 }],
  MsgReadedSeq: 1,
  ReqMsgNumber: 20,
  ReqMsgSeq: 1,
  Seqs: ['1'],
  Flag: 0,
  Num: 10,
  DelMsgList: [{ From_Account: '@TIM#SYSTEM', To_Account: 'v_victim', MsgSeq: 1, MsgRandom: 1 }],
  GroupAttr: [{ key: 'a', value: 'b' }],
  GroupCounter: [{ Key: 'a', Value: 1 }],
  GroupCounterKeys: ['a'],
  Mode: 'Set',
  Key: 'x',
  NotifyReqList: [{ NotifyType: 1, Limit: 20, GroupId: 'v_group', BeginTime: 0, EndTime: 4e15 }],
};

describe('who calls', () => {
  test('no user command works before a login, with a foreign a2 or with a broken one', async (t) => {
    const user = await login(t, 'a2_owner');
    const friend = await login(t, 'a2_friend');
    const stranger = await RawClient.open(server, other);
    t.after(() => stranger.drop());
    await stranger.login('a2_owner');
    secrets.push(stranger.head.a2);
    const { a2, tinyid } = user.head;
    const flip = (i) => a2.slice(0, i) + (a2[i] === 'A' ? 'B' : 'A') + a2.slice(i + 1);
    const heads = [
      {},
      { a2 },
      { tinyid },
      { a2, tinyid: friend.head.tinyid },
      { a2: stranger.head.a2, tinyid: stranger.head.tinyid },
      { a2: stranger.head.a2, tinyid },
      { a2: a2.slice(0, -1), tinyid },
      { a2: `${a2}A`, tinyid },
      { a2: a2.repeat(50), tinyid },
      { a2, tinyid: '1' },
      { a2, tinyid: '99999999999999999999999' },
      { a2: 1, tinyid: 2 },
      { a2: [a2], tinyid: [tinyid] },
      ...[...a2].map((_, i) => ({ a2: flip(i), tinyid })),
    ];
    const commands = await userCommands();
    assert.ok(commands.length > 15);
    const socket = await open(t);
    for (const head of heads) {
      // A kicked client waits for an answer to its goodbye, so that one says yes to anybody.
      const code = head.a2 && head.tinyid ? ['im_open_status.wshello'] : commands.map((c) => c.name);
      for (const name of code.filter((one) => one !== 'im_open_status.wslogout'))
        assert.equal((await socket.call(name, {}, head)).ErrorCode, 70001, `${name} ${JSON.stringify(head)}`);
    }
    await user.ok('im_open_status.wshello');
  });

  test('a head of another app does not serve on a bound socket', async (t) => {
    const user = await login(t, 'app_head');
    const reply = await user.call('im_open_status.wshello', {}, { sdkappid: other.sdkappid });
    assert.notEqual(reply.ErrorCode, 0);
    await user.ok('im_open_status.wshello');
  });

  test('every user command acts in its own name, whatever name it gives', async (t) => {
    const victim = await login(t, 'v_victim');
    const bob = await login(t, 'v_bob');
    const mallory = await login(t, 'v_mallory');
    const sent = await victim.ok('openim.sendmsg', message('v_bob', 'from the victim'));
    await bob.ok('openim.sendmsg', message('v_victim', 'from bob'));
    const [MsgSeq, MsgRandom, MsgTimeStamp] = sent.MsgKey.split('_').map(Number);
    await app.rest.ok('profile/portrait_set', {
      From_Account: 'v_victim',
      ProfileItem: [{ Tag: 'Tag_Profile_IM_Nick', Value: 'The Victim' }],
    });
    await makeVictimsGroup();
    const Peer_Account = 'v_bob';
    const item = [{ Type: 1, To_Account: 'v_bob' }];
    const bodies = {
      'im_open_status.wshello': {},
      'im_open_status.ws_get_user_status': { To_Account: ['v_bob'] },
      'openim.sendmsg': message('v_bob', 'from mallory'),
      'openim.getroammsg': { Peer_Account, MaxCnt: 10 },
      'openim.msgwithdraw': { MsgInfo: { To_Account: 'v_bob', MsgSeq, MsgRandom, MsgTimeStamp } },
      'openim.delete_c2c_msg_ramble': { To_Account: 'v_bob', MsgKeyList: [sent.MsgKey] },
      'openim.msgreaded': { C2CMsgReaded: { C2CMsgReadedItem: [{ To_Account: 'v_bob' }] } },
      'openim.read_all_unread_msg': { C2CReadAllMsg: 1 },
      'openim.get_peer_read_time': { To_Account: ['v_bob'] },
      'openim.getmsg': { Cookie: '' },
      'openim.ws_msg_push_ack': { SessionData: '1' },
      'profile.portrait_get': {
        To_Account: ['v_victim'],
        TagList: ['Tag_Profile_IM_Nick'],
      },
      'profile.portrait_set': { ProfileItem: [{ Tag: 'Tag_Profile_IM_Nick', Value: 'Mallory' }] },
      'profile.portrait_get_all': { UserItem: [{ To_Account: 'v_victim' }] },
      'recentcontact.page_get': {},
      'recentcontact.batch_delete': { ContactItem: item, ClearRamble: 1 },
      'recentcontact.top': { OperationType: 1, RecentContactItem: item },
      'recentcontact.clear_msg': { To_Account: 'v_bob', Type: 1 },
      'im_open_status.wslogout': {},
    };
    const state = async () => [
      await app.rest.ok('profile/portrait_get', {
        To_Account: ['v_victim', 'v_bob'],
        TagList: ['Tag_Profile_IM_Nick'],
      }),
      await app.rest.ok('openim/admin_getroammsg', {
        From_Account: 'v_victim',
        To_Account: 'v_bob',
        MaxCnt: 100,
        MinTime: 0,
        MaxTime: 4e9,
      }),
      await app.rest.ok('openim/get_c2c_unread_msg_num', { To_Account: 'v_victim' }),
      await app.rest.ok('recentcontact/get_list', {
        From_Account: 'v_victim',
        TimeStamp: 0,
        StartIndex: 0,
        TopTimeStamp: 0,
        TopStartIndex: 0,
        AssistFlags: 15,
      }),
      (await victim.ok('openim.getroammsg', { Peer_Account, MaxCnt: 10 })).MsgList,
      (await app.rest.ok('openim/querystate', { To_Account: ['v_victim'] })).QueryResult,
      await victimsGroup(),
    ];
    const before = await state();
    const commands = await userCommands();
    const names = commands.map((command) => command.name);
    const aboutGroups = names.filter((name) => OF_GROUPS.test(name));
    assert.deepEqual(
      names.filter((name) => !bodies[name] && !aboutGroups.includes(name)),
      [],
      'no body here for these commands',
    );
    assert.ok(aboutGroups.length > 50);
    for (const name of aboutGroups) {
      const { self } = commands.find((command) => command.name === name);
      const body = { ...STRANGERS_BODY, From_Account: 'v_victim' };
      for (const member of self) body[member] = 'v_victim';
      const reply = JSON.stringify(await mallory.call(name, body));
      assert.doesNotMatch(reply, /group secret/, name);
      assert.deepEqual(await state(), before, name);
    }

    const order = Object.keys(bodies).filter((name) => names.includes(name));
    for (const name of order) {
      const { self } = commands.find((command) => command.name === name);
      const body = { ...bodies[name] };
      for (const member of new Set([...self, 'From_Account', 'Report_Account']))
        body[member] = 'v_victim';
      const reply = await mallory.call(name, body);
      if (name === 'openim.msgwithdraw') assert.notEqual(reply.ErrorCode, 0);
      else assert.equal(reply.ErrorCode, 0, `${name} ${JSON.stringify(reply)}`);
      if (name === 'openim.getroammsg')
        assert.deepEqual(reply.MsgList.map((one) => one.From_Account), ['v_mallory']);
      if (name === 'recentcontact.page_get')
        assert.deepEqual(reply.SessionItem.map((one) => one.To_Account), ['v_bob']);
      assert.deepEqual(await state(), before, name);
    }
    await victim.ok('im_open_status.wshello');
    const { UserProfileItem } = await app.rest.ok('profile/portrait_get', {
      To_Account: ['v_mallory'],
      TagList: ['Tag_Profile_IM_Nick'],
    });
    assert.equal(UserProfileItem[0].ProfileItem[0].Value, 'Mallory');
  });
});

describe('values at their limits', () => {
  test('a name of any length and kind is refused, nothing breaks', async (t) => {
    const user = await login(t, 'limits');
    const names = ['', 'x'.repeat(33), 'x'.repeat(60000), '\u0000', 'é', '\n', '../../etc'];
    for (const name of names) {
      const info = { To_Account: name, MsgSeq: 1, MsgRandom: 1, MsgTimeStamp: 1 };
      const calls = [
        ['openim.sendmsg', message(name, 'x')],
        ['openim.msgwithdraw', { MsgInfo: info }],
        ['openim.getroammsg', { Peer_Account: name }],
        ['openim.delete_c2c_msg_ramble', { To_Account: name, MsgKeyList: ['1_1_1'] }],
        ['openim.msgreaded', { C2CMsgReaded: { C2CMsgReadedItem: [{ To_Account: name }] } }],
        ['recentcontact.top', { OperationType: 1, RecentContactItem: [{ Type: 1, To_Account: name }] }],
        ['recentcontact.clear_msg', { Type: 1, To_Account: name }],
        ['profile.portrait_get', { To_Account: [name], TagList: ['Tag_Profile_IM_Nick'] }],
        ['im_open_status.ws_get_user_status', { To_Account: [name] }],
      ];
      for (const [command, body] of calls) assert.ok('ErrorCode' in (await user.call(command, body)));
    }
    await user.ok('im_open_status.wshello');
  });

  test('500 receivers, each with a body of 8 KB', async (t) => {
    const names = [...Array(500)].map((_, i) => `batch_${i}`);
    for (let i = 0; i < 500; i += 100) await app.rest.importAccounts(...names.slice(i, i + 100));
    await app.rest.importAccounts('batch_sender');
    const text = 'x'.repeat(8000);
    const body = {
      From_Account: 'batch_sender',
      To_Account: names,
      MsgRandom: random++,
      MsgBody: textBody(text),
    };
    await app.rest.ok('openim/batchsendmsg', body);
    const last = await login(t, 'batch_499');
    assert.deepEqual(await allTexts(last, 'batch_sender'), [text]);
  });
});

describe('everything at once', () => {
  test('logins, returns, kicks and lost sockets with commands in flight; all rows cold', async (t) => {
    const own = await Server.start({ args: ['--cache-mb', '16', '--gateways', '2'] });
    t.after(() => own.remove());
    const ownApp = await own.app();
    const users = [...Array(12)].map((_, i) => `chaos_${i}`);
    await ownApp.rest.importAccounts(...users);
    await own.cli('limit', 'set', '--app', ownApp.sdkappid, '--limit', 'multi_terminal',
      '--value', '3', '--reason', 'test');
    let state = 7;
    const draw = (n) => ((state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16) % n;
    const commands = (peer) => [
      ['openim.sendmsg', message(peer, 'chaos')],
      ['openim.getmsg', { Cookie: '' }],
      ['openim.getroammsg', { Peer_Account: peer, MaxCnt: 20 }],
      ['openim.msgreaded', { C2CMsgReaded: { C2CMsgReadedItem: [{ To_Account: peer }] } }],
      ['openim.read_all_unread_msg', { C2CReadAllMsg: 1 }],
      ['recentcontact.page_get', {}],
      ['recentcontact.batch_delete', { ContactItem: [{ Type: 1, To_Account: peer }] }],
      ['profile.portrait_set', { ProfileItem: [{ Tag: 'Tag_Profile_IM_Nick', Value: peer }] }],
      ['im_open_status.wshello', {}],
    ];
    const turn = async (user, known) => {
      const client = await RawClient.open(own, ownApp, { platform: [7, 2, 3][draw(3)] });
      const back = known.length && draw(2) ? known[draw(known.length)] : null;
      if (back) client.head = back;
      else client.send('im_open_status.wslogin', {}, { identifier: user, usersig: userSig(ownApp, user) });
      if (!back && draw(2)) {
        await client.login(user).catch(() => {}); // it may have been kicked in between
        if (client.head.a2) known.push(client.head);
      }
      for (let i = draw(30); i > 0; i--) {
        const list = commands(users[draw(users.length)]);
        client.send(...list[draw(list.length)]);
      }
      if (!draw(4)) client.send('im_open_status.wslogout');
      if (draw(2)) client.drop();
      else await client.call('heartbeat.alive').finally(() => client.drop());
      if (!draw(10)) await ownApp.rest.call('im_open_login_svc/kick', { Identifier: user });
    };
    const known = new Map(users.map((user) => [user, []]));
    for (let boot = 0; boot < 3; boot++) {
      await Promise.all(
        users.map(async (user) => {
          for (let i = 0; i < 25; i++) await turn(user, known.get(user));
        }),
      );
      await own.restart(); // rejects if it did not end well
    }
    const last = await RawClient.open(own, ownApp);
    t.after(() => last.drop());
    await last.login('chaos_last');
    await last.ok('openim.sendmsg', message('chaos_0', 'still there'));
  });
});

describe('stopping', () => {
  test('SIGTERM under load ends with 0, and everything acknowledged is kept', async (t) => {
    const own = await Server.start();
    t.after(() => own.remove());
    const ownApp = await own.app();
    const clients = await Promise.all(
      [...Array(4)].map(() => RawClient.open(own, ownApp)),
    );
    await Promise.all(clients.map((client, i) => client.login(`load_${i}`)));
    await ownApp.rest.importAccounts('load_peer');
    const acknowledged = clients.map(() => []);
    let enough;
    const warm = new Promise((resolve) => (enough = resolve));
    let stopping = false;
    const lanes = clients.flatMap((client, i) =>
      [...Array(20)].map(async (_, lane) => {
        for (let n = 0; !stopping; n++) {
          const text = `${lane}.${n}`;
          const reply = client.call('openim.sendmsg', message('load_peer', text));
          const body = await Promise.race([reply, client.closed.then(() => null)]);
          reply.catch(() => {}); // those whose socket is gone run out of time
          if (!body) return;
          if (body.ErrorCode === 0) acknowledged[i].push(text);
          if (n === 20) enough();
        }
      }),
    );
    await within(warm, HALF_MS, 'a load');
    await own.stop();
    stopping = true;
    await Promise.all(lanes);
    await own.restart();
    const peer = await RawClient.open(own, ownApp);
    t.after(() => peer.drop());
    await peer.login('load_peer');
    for (const [i, texts] of acknowledged.entries()) {
      const kept = new Set(await allTexts(peer, `load_${i}`));
      assert.deepEqual(texts.filter((text) => !kept.has(text)), []);
      assert.ok(texts.length > 20);
    }
  });
});

describe('the log', () => {
  test('holds no key, no signature and no a2', async () => {
    assert.ok(secrets.length > 10);
    assert.match(server.log, /info ready/);
    for (const secret of secrets) assert.ok(!server.log.includes(secret), secret);
    assert.doesNotMatch(server.log, /usersig|a2=|sdkappid=/i);
  });
});
