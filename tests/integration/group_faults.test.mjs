// Groups whose members misbehave, come and go in masses, or lose the group under their hands.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import {
  GROUPS,
  TIP_JOINED,
  TIP_QUIT,
  forAll,
  history,
  importAll,
  info,
  isTip,
  messageOf,
  raiseLimits,
  roles,
} from './support/group_load.mjs';
import { within } from './support/mailbox.mjs';
import { RawSocket } from './support/raw_socket.mjs';
import { RawClient } from './support/raw_ws.mjs';
import { textBody, userSig } from './support/rest.mjs';
import { Server } from './support/server.mjs';

const CROWD = 300; // sockets that read without looking
const WATCHERS = 4; // of which every message is looked at
const SLOW_BYTES = 7900;
const SLOW_MESSAGES = 4000; // many times what a socket and its queue hold
const GOERS = 20;
const TURNS = 50; // of each: a join and a quit
const WAIT_MS = 60000;

let server, app, rest;

before(async () => {
  server = await Server.start();
  app = await server.app();
  rest = app.rest;
  await raiseLimits(server, app);
});

after(() => server?.remove());

async function login(t, user) {
  const client = await RawClient.open(server, app);
  t.after(() => client.drop());
  await client.login(user);
  return client;
}

/** A terminal byte by byte; `reads` false: it never takes anything more. */
async function bare(t, user, reads) {
  const raw = await RawSocket.open(server, app);
  t.after(() => raw.drop());
  const reply = await raw.call(
    'im_open_status.wslogin',
    { State: 'Online', is_web_uniapp: 0, InstType: 0, CustomInfo: '' },
    { identifier: user, usersig: userSig(app, user) },
  );
  assert.equal(reply.ErrorCode, 0, JSON.stringify(reply));
  raw.head = { a2: reply.A2Key, tinyid: reply.TinyId, status_instid: reply.InstId };
  raw.settle = () => {
    raw.socket.removeAllListeners('data');
    if (reads) raw.socket.resume();
    else raw.socket.pause();
  };
  return raw;
}

const make = (group, type, owner, members = [], more = {}) =>
  rest.ok(`${GROUPS}/create_group`, {
    GroupId: group,
    Type: type,
    Name: group,
    ...(owner && { Owner_Account: owner }),
    ...(members.length && {
      MemberList: members.map((Member_Account) => ({ Member_Account })),
    }),
    ...more,
  });

/** { seq, random, tip } of every message and tip of the group pushed to a client, as they came. */
function pushed(client, group) {
  const all = [];
  for (const { text } of client.frames) {
    const { head, body } = JSON.parse(text);
    if (!head.servcmd.startsWith('im_open_push.')) continue;
    for (const element of body.EventArray ?? [])
      for (const item of element.GroupMsgArray ?? (element.Event === 4 ? element.GroupTips : []) ?? [])
        if (item.ToGroupId === group)
          all.push({ seq: item.MsgSeq, random: item.MsgRandom, tip: element.Event === 4 });
  }
  return all;
}

/** Resolves when the message with this Random has been pushed. */
const arrives = (client, random) =>
  within(
    client.push('GroupMsgArray', ({ GroupMsgArray }) =>
      GroupMsgArray.some(({ MsgRandom }) => MsgRandom === random),
    ),
    WAIT_MS,
    `message ${random}`,
  );

const isOnline = async (user) =>
  (await rest.ok('openim/querystate', { To_Account: [user] })).QueryResult[0].State !== 'Offline';

describe('a member that never reads', () => {
  for (const type of ['Public', 'AVChatRoom'])
    test(`is cut off from its ${type}, and ${CROWD} others get everything`, async (t) => {
      const group = `crowd_${type}`;
      const name = (i) => `${type}_${i}`;
      const names = Array.from({ length: CROWD + WATCHERS + 1 }, (_, i) => name(i));
      const [slowName] = names;
      await importAll(rest, names);
      await make(group, type, null, type === 'Public' ? names : []);
      const join = { GroupId: group, ApplyMsg: '', WebPushFlag: 1 };

      const watchers = [];
      for (const user of names.slice(1, 1 + WATCHERS)) {
        const client = await login(t, user);
        if (type !== 'Public') await client.ok(`${GROUPS}.apply_join_group`, join);
        watchers.push(client);
      }
      await forAll([slowName, ...names.slice(1 + WATCHERS)], 16, async (user) => {
        const raw = await bare(t, user, user !== slowName);
        if (type !== 'Public')
          assert.equal((await raw.call(`${GROUPS}.apply_join_group`, join, raw.head)).ErrorCode, 0);
        raw.settle();
      });

      const padding = 'x'.repeat(SLOW_BYTES - 100);
      let random = 0;
      const send = async () => {
        const reply = await rest.ok(`${GROUPS}/send_group_msg`, {
          GroupId: group,
          Random: ++random,
          MsgPriority: 'High',
          MsgBody: textBody(`${random} ${padding}`),
        });
        assert.ok(reply.MsgSeq, JSON.stringify(reply));
      };
      assert.ok(await isOnline(slowName));
      // Nobody waits for the slow one: the others have each lot before the next is sent.
      while (await isOnline(slowName)) {
        assert.ok(random < SLOW_MESSAGES, `still there after ${random} messages`);
        await Promise.all(Array.from({ length: 20 }, send));
        await Promise.all(watchers.map((client) => arrives(client, random)));
      }
      t.diagnostic(`cut off after ${random} messages of ${SLOW_BYTES} bytes`);

      for (const client of watchers) {
        const seen = pushed(client, group).filter(({ tip }) => !tip);
        assert.deepEqual(
          seen.map((item) => item.random).sort((a, b) => a - b),
          Array.from({ length: random }, (_, i) => i + 1),
        );
        for (let i = 1; i < seen.length; i++) assert.ok(seen[i].seq > seen[i - 1].seq, 'in order');
      }
      for (const user of names.slice(1)) assert.ok(await isOnline(user), `${user} was cut off, too`);

      // It comes back and, in a group with a history, has lost nothing.
      const back = await login(t, slowName);
      if (type !== 'Public') return;
      await send();
      await arrives(back, random);
      assert.equal((await history(rest, group)).filter((item) => !isTip(item)).length, random);
    });
});

describe('joins and quits by the thousand', () => {
  test('while messages flow: every seq is given once and heard once', async (t) => {
    const group = 'doors';
    const goers = Array.from({ length: GOERS }, (_, i) => `goer_${i}`);
    await importAll(rest, [...goers, 'door_owner', 'door_talker']);
    await make(group, 'Public', 'door_owner', ['door_talker'], { ApplyJoinOption: 'FreeAccess' });
    const listener = await login(t, 'door_owner');
    const talker = await login(t, 'door_talker');
    let going = GOERS;
    let random = 0;
    const talk = async () => {
      while (going)
        await talker.ok(`${GROUPS}.send_group_msg`, { GroupId: group, ...messageOf(++random) });
    };
    const comeAndGo = async (user) => {
      const client = await login(t, user);
      for (let i = 0; i < TURNS; i++) {
        await client.ok(`${GROUPS}.apply_join_group`, { GroupId: group, ApplyMsg: '' });
        await client.ok(`${GROUPS}.quit_group`, { GroupId: group });
      }
      going--;
    };
    await Promise.all([talk(), ...goers.map(comeAndGo)]);
    await talker.ok(`${GROUPS}.send_group_msg`, { GroupId: group, ...messageOf(++random) });
    await arrives(listener, random);

    const total = GOERS * TURNS * 2 + random;
    assert.deepEqual(
      pushed(listener, group).map(({ seq }) => seq),
      Array.from({ length: total }, (_, i) => i + 1),
    );
    const items = await history(rest, group);
    const tips = (kind) => items.filter((item) => isTip(item) && item.MsgBody.OpType === kind);
    assert.equal(items.length, total);
    assert.equal(tips(TIP_JOINED).length, GOERS * TURNS);
    assert.equal(tips(TIP_QUIT).length, GOERS * TURNS);
    const { MemberNum, NextMsgSeq } = await info(rest, group);
    assert.equal(MemberNum, 2);
    assert.equal(NextMsgSeq, total + 1);
    const left = await roles(rest, group, goers);
    assert.ok([...left.values()].every((role) => role === 'NotMember'));
  });
});

describe('an owner who leaves', () => {
  test('leaves a Private group without an owner, to whom the app gives another', async (t) => {
    await importAll(rest, ['gone_owner', 'heir', 'friend']);
    await make('ownerless', 'Private', 'gone_owner', ['heir', 'friend']);
    const owner = await login(t, 'gone_owner');
    const heir = await login(t, 'heir');
    await owner.ok(`${GROUPS}.send_group_msg`, { GroupId: 'ownerless', ...messageOf(1) });
    await owner.ok(`${GROUPS}.quit_group`, { GroupId: 'ownerless' });

    const without = await info(rest, 'ownerless');
    assert.equal(without.ErrorCode, 0);
    assert.ok(!without.Owner_Account, JSON.stringify(without));
    assert.equal(without.MemberNum, 2);
    await heir.ok(`${GROUPS}.send_group_msg`, { GroupId: 'ownerless', ...messageOf(2) });
    const refused = await heir.call(`${GROUPS}.delete_group_member`, {
      GroupId: 'ownerless',
      MemberToDel_Account: ['friend'],
    });
    assert.equal(refused.ErrorCode, 10007);

    await rest.ok(`${GROUPS}/change_group_owner`, {
      GroupId: 'ownerless',
      NewOwner_Account: 'heir',
    });
    assert.equal((await info(rest, 'ownerless')).Owner_Account, 'heir');
    await heir.ok(`${GROUPS}.delete_group_member`, {
      GroupId: 'ownerless',
      MemberToDel_Account: ['friend'],
    });
    assert.equal((await info(rest, 'ownerless')).MemberNum, 1);
  });

  for (const type of ['Public', 'ChatRoom'])
    test(`may not leave a ${type}, but hand it over and then leave`, async (t) => {
      const [first, second] = [`${type}_first`, `${type}_second`];
      await importAll(rest, [first, second]);
      await make(`kept_${type}`, type, first, [second]);
      const owner = await login(t, first);
      const quit = { GroupId: `kept_${type}` };
      assert.equal((await owner.call(`${GROUPS}.quit_group`, quit)).ErrorCode, 10009);
      assert.equal((await info(rest, `kept_${type}`)).Owner_Account, first);
      await owner.ok(`${GROUPS}.change_group_owner`, {
        GroupId: `kept_${type}`,
        NewOwner_Account: second,
      });
      await owner.ok(`${GROUPS}.quit_group`, quit);
      const after = await info(rest, `kept_${type}`);
      assert.equal(after.Owner_Account, second);
      assert.equal(after.MemberNum, 1);
    });
});

describe('a group that ends while it is written to', () => {
  test('takes nothing after its end; what it took before was heard', async (t) => {
    const group = 'ending';
    const writers = ['writes_a', 'writes_b', 'writes_c'];
    await importAll(rest, [...writers, 'end_owner', 'end_reader']);
    await make(group, 'Public', 'end_owner', [...writers, 'end_reader']);
    const reader = await login(t, 'end_reader');
    const taken = [];
    let random = 0;
    let ended = false;
    let reach;
    const enough = new Promise((resolve) => (reach = resolve));
    const note = (reply, number) => {
      if (reply.ErrorCode === 10010) return false;
      assert.equal(reply.ErrorCode, 0, JSON.stringify(reply));
      taken.push(number);
      if (taken.length === 500) reach();
      return true;
    };
    const write = async (call) => {
      for (;;) {
        const late = ended; // its end had been answered when this was sent
        const number = ++random;
        const goesOn = note(await call({ GroupId: group, ...messageOf(number) }), number);
        assert.ok(!(late && goesOn), 'accepted after the end');
        if (!goesOn) return;
      }
    };
    const clients = await Promise.all(writers.map((user) => login(t, user)));
    const writing = [
      ...clients.map((client) => write((body) => client.call(`${GROUPS}.send_group_msg`, body))),
      write((body) => rest.call(`${GROUPS}/send_group_msg`, body)),
    ];
    await enough;
    const owner = await login(t, 'end_owner');
    await owner.ok(`${GROUPS}.destroy_group`, { GroupId: group });
    ended = true;
    await Promise.all(writing);

    const isEnd = (element) =>
      element.GroupTips?.some(
        (tip) => tip.ToGroupId === group && tip.MsgBody.ReportType === 5,
      );
    await reader.push('GroupTips', isEnd);
    const heard = pushed(reader, group).filter(({ tip }) => !tip);
    assert.deepEqual(
      heard.map((item) => item.random).sort((a, b) => a - b),
      taken.sort((a, b) => a - b),
    );
    assert.deepEqual(
      heard.map(({ seq }) => seq),
      Array.from({ length: heard.length }, (_, i) => i + 1),
    );
    assert.equal((await info(rest, group)).ErrorCode, 10010);
    // Another one of this name begins anew.
    await make(group, 'Public', 'end_owner');
    assert.deepEqual(await history(rest, group), []);
    const first = await rest.ok(`${GROUPS}/send_group_msg`, { GroupId: group, ...messageOf(1) });
    assert.equal(first.MsgSeq, 1);
  });
});
