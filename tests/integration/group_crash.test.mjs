// The real server, killed while groups are in use and started again on the same data: nothing
// acknowledged is lost, nothing is doubled, and what belongs together is there or is not.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import {
  Countdown,
  GROUPS,
  TIP_JOINED,
  TIP_QUIT,
  callOf,
  forAll,
  history,
  importAll,
  info,
  isTip,
  messageOf,
  raiseLimits,
  roles,
  untilDead,
} from './support/group_load.mjs';
import { RawClient } from './support/raw_ws.mjs';
import { Server } from './support/server.mjs';

const ROUNDS = 4;
const MEMBERS = ['speaker_a', 'speaker_b'];
const APPLICANTS = ['comes_a', 'comes_b', 'comes_c', 'comes_d'];
const WINDOW = 8; // messages under way of each sender
const LARGE = 2000;

const dice = (below) => Math.floor(Math.random() * below);
const HOUR_S = 3600;

/** Everything that was sent to a group, by its Random: { from, seq }, seq null until answered. */
class Sent {
  #all = new Map();
  #next = 1;

  add(from) {
    const message = { from, random: this.#next++, seq: null };
    this.#all.set(message.random, message);
    return message;
  }

  /** A resend is answered with the first one's seq. */
  ack(message, reply) {
    assert.equal(reply.ErrorCode, 0, JSON.stringify(reply));
    if (message.seq) assert.equal(reply.MsgSeq, message.seq);
    message.seq = reply.MsgSeq;
  }

  get unanswered() {
    return [...this.#all.values()].filter(({ seq }) => !seq);
  }

  /** What the group holds is what was sent, each once; all that was answered is there. */
  check(items) {
    const found = new Set();
    for (const item of items.filter((one) => !isTip(one))) {
      const message = this.#all.get(item.MsgRandom);
      assert.ok(message, `nobody sent ${item.MsgSeq}`);
      assert.ok(!found.has(message.random), `${message.random} is there twice`);
      assert.equal(item.From_Account, message.from);
      assert.equal(item.MsgBody[0].MsgContent.Text, `text ${message.random}`);
      if (message.seq) assert.equal(item.MsgSeq, message.seq);
      found.add(message.random);
    }
    const lost = [...this.#all.values()].filter(({ seq, random }) => seq && !found.has(random));
    assert.deepEqual(lost, [], 'acknowledged and lost');
  }
}

describe('a server that is killed while people come and go and talk', () => {
  const group = 'killed';
  let server, app, owner, speakers, applicants;

  const open = async (user, old) => {
    const client = await RawClient.open(server, app);
    if (!old) {
      await client.login(user);
      return client;
    }
    client.head = old.head;
    client.user = old.user;
    await client.ok('im_open_status.wshello');
    return client;
  };

  before(async () => {
    server = await Server.start();
    app = await server.app();
    await raiseLimits(server, app);
    owner = await open('owner');
    speakers = await Promise.all(MEMBERS.map((user) => open(user)));
    applicants = await Promise.all(APPLICANTS.map((user) => open(user)));
    await app.rest.ok(`${GROUPS}/create_group`, {
      GroupId: group,
      Type: 'Public',
      Name: group,
      Owner_Account: 'owner',
      ApplyJoinOption: 'NeedPermission',
      MemberList: MEMBERS.map((Member_Account) => ({ Member_Account })),
    });
  });

  after(() => server?.remove());

  /** Applies, is let in by the owner, leaves, and so on; `at` says which answer is awaited. */
  async function comeAndGo(client, at, tick) {
    const steps = {
      apply: () => callOf(client, 'apply_join_group', { GroupId: group }),
      approve: () =>
        callOf(owner, 'handle_apply_join_group', {
          GroupId: group,
          Applicant_Account: client.user,
          HandleMsg: 'Agree',
        }),
      quit: () => callOf(client, 'quit_group', { GroupId: group }),
    };
    await untilDead(async () => {
      for (const step of Object.keys(steps)) {
        at.set(client.user, step);
        const reply = await steps[step]();
        assert.equal(reply.ErrorCode, 0, `${step}: ${JSON.stringify(reply)}`);
        tick();
      }
    });
  }

  const speak = (client, sent, tick) => () =>
    untilDead(async () => {
      const message = sent.add(client.user);
      sent.ack(message, await callOf(client, 'send_group_msg', { GroupId: group, ...messageOf(message.random) }));
      tick();
    });

  /** The tips about an account, the application, and the membership say the same. */
  async function checkComings(items, at) {
    const found = await roles(app.rest, group, APPLICANTS);
    const { PendencyList } = await owner.ok(`${GROUPS}.get_pendency`, {
      Handle_Account: 'owner',
      StartTime: 0,
      Limit: 100,
    });
    for (const account of APPLICANTS) {
      const tips = (kind) =>
        items.filter(
          (item) =>
            isTip(item) &&
            item.MsgBody.OpType === kind &&
            item.MsgBody.List_Account.includes(account),
        ).length;
      const isIn = found.get(account) === 'Member';
      const application = PendencyList.filter(({ From_Account }) => From_Account === account);
      assert.ok(application.length <= 1);
      assert.equal(tips(TIP_JOINED) - tips(TIP_QUIT), isIn ? 1 : 0, `${account} by the tips`);
      // Unanswered, it was done whole or not at all.
      const handled = application[0]?.Handled;
      if (at.get(account) === 'apply') assert.ok(!isIn);
      if (at.get(account) === 'approve') assert.equal(handled, isIn ? 1 : 0, `${account} approved`);
      if (at.get(account) === 'quit') assert.equal(handled, 1, `${account} was approved`);
    }
    const inside = [...found.values()].filter((role) => role === 'Member').length;
    assert.equal((await info(app.rest, group)).MemberNum, 1 + MEMBERS.length + inside);
  }

  /** So that the next round begins as the first one. */
  async function allOut() {
    for (const client of applicants) {
      const reply = await client.call(`${GROUPS}.quit_group`, { GroupId: group });
      assert.ok(reply.ErrorCode === 0 || reply.ErrorCode === 10007, JSON.stringify(reply));
    }
  }

  test('keeps every message once and every approval whole, again and again', async () => {
    const sent = new Sent();
    for (let round = 0; round < ROUNDS; round++) {
      const at = new Map();
      const counted = new Countdown(200 + dice(600));
      const killed = counted.done.then(() => server.kill9());
      await Promise.all([
        killed,
        ...applicants.map((client) => comeAndGo(client, at, counted.tick)),
        ...speakers.flatMap((client) =>
          Array.from({ length: WINDOW }, speak(client, sent, counted.tick)),
        ),
      ]);
      await server.restart();
      owner = await open('owner', owner);
      speakers = await Promise.all(speakers.map((client) => open(client.user, client)));
      applicants = await Promise.all(applicants.map((client) => open(client.user, client)));

      const items = await history(app.rest, group);
      sent.check(items);
      await checkComings(items, at);
      // What had no answer is sent once more, as clients do.
      for (const message of sent.unanswered)
        sent.ack(
          message,
          await callOf(speakers[MEMBERS.indexOf(message.from)], 'send_group_msg', {
            GroupId: group,
            ...messageOf(message.random),
          }),
        );
      sent.check(await history(app.rest, group));
      assert.equal((await info(app.rest, group)).NextMsgSeq, (await history(app.rest, group)).length + 1);
      await allOut();
    }
  });
});

describe('a server that is killed while an older system moves in', () => {
  const group = 'moved';
  const names = Array.from({ length: 300 }, (_, i) => `old_${i}`);
  let server, app, created;

  before(async () => {
    server = await Server.start();
    app = await server.app();
    await raiseLimits(server, app);
    await importAll(app.rest, names);
    created = Math.floor(Date.now() / 1000) - 10 * HOUR_S;
    await app.rest.ok(`${GROUPS}/import_group`, {
      GroupId: group,
      Type: 'Public',
      Name: group,
      Owner_Account: names[0],
      CreateTime: created,
    });
  });

  after(() => server?.remove());

  /** The i-th call: seven messages. */
  const messages = (i) => ({
    GroupId: group,
    MsgList: Array.from({ length: 7 }, (_, j) => ({
      From_Account: names[i % 10],
      SendTime: created + 1 + i,
      ...messageOf(i * 7 + j + 1),
    })),
  });

  const members = (i) => ({
    GroupId: group,
    MemberList: names
      .slice(1 + i * 23, 1 + (i + 1) * 23)
      .map((Member_Account) => ({ Member_Account, UnreadMsgNum: 2 })),
  });

  /** One call after the other; the first that has no answer is made again after the start. */
  async function moveIn(command, bodyOf, from, to, check) {
    let next = from;
    await untilDead(async () => {
      if (next === to) throw new Error('all done');
      const reply = await app.rest.call(`${GROUPS}/${command}`, bodyOf(next));
      assert.equal(reply.ErrorCode, 0, JSON.stringify(reply));
      check(next, reply);
      next++;
    });
    return next;
  }

  test('a repeated import makes no duplicates and leaves nothing out', async () => {
    const seqs = new Map();
    const ack = (i, reply) => {
      reply.ImportMsgResult.forEach(({ Result, MsgSeq }, j) => {
        assert.equal(Result, 0);
        const random = i * 7 + j + 1;
        if (seqs.has(random)) assert.equal(MsgSeq, seqs.get(random));
        seqs.set(random, MsgSeq);
      });
    };
    let next = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const counted = new Countdown(20 + dice(40));
      const killed = counted.done.then(() => server.kill9());
      const moved = moveIn('import_group_msg', messages, next, Infinity, (i, reply) => {
        ack(i, reply);
        counted.tick();
      });
      [, next] = await Promise.all([killed, moved]);
      await server.restart();
      const before = await history(app.rest, group);
      // The last one that was answered, and the one that was not.
      for (const i of [next - 1, next])
        ack(i, await app.rest.ok(`${GROUPS}/import_group_msg`, messages(i)));
      next++;
      const items = await history(app.rest, group);
      assert.ok(before.length <= items.length);
      assert.deepEqual(
        items.map(({ MsgRandom }) => MsgRandom),
        Array.from({ length: next * 7 }, (_, i) => i + 1),
      );
      for (const { MsgRandom, MsgSeq } of items) assert.equal(MsgSeq, seqs.get(MsgRandom));
    }
  });

  test('members are in once, whose import was answered and whose was repeated', async () => {
    const batches = Math.ceil((names.length - 1) / 23);
    const inside = new Set([names[0]]);
    const ack = (i, reply, allowed) => {
      for (const { Member_Account, Result } of reply.MemberList) {
        assert.ok(allowed.includes(Result), `${Member_Account}: ${Result}`);
        inside.add(Member_Account);
      }
    };
    let next = 0;
    for (let round = 0; next < batches && round < ROUNDS; round++) {
      const counted = new Countdown(1 + dice(3));
      const moved = moveIn('import_group_member', members, next, batches, (i, reply) => {
        ack(i, reply, [1]);
        counted.tick();
      });
      const killed = Promise.race([counted.done, moved]).then(() => server.kill9());
      [, next] = await Promise.all([killed, moved]);
      await server.restart();
      if (next === batches) break;
      const found = await roles(app.rest, group, names);
      for (const name of inside) assert.notEqual(found.get(name), 'NotMember', `${name} is lost`);
      ack(next, await app.rest.ok(`${GROUPS}/import_group_member`, members(next)), [1, 2]);
      next++;
    }
    for (; next < batches; next++)
      ack(next, await app.rest.ok(`${GROUPS}/import_group_member`, members(next)), [1]);
    const found = await roles(app.rest, group, names);
    assert.equal([...found.values()].filter((role) => role !== 'NotMember').length, names.length);
    assert.equal((await info(app.rest, group)).MemberNum, names.length);
  });
});

describe('a server that is killed while a large group ends', () => {
  const names = Array.from({ length: LARGE }, (_, i) => `many_${i}`);
  let server, app;

  before(async () => {
    server = await Server.start();
    app = await server.app();
    await raiseLimits(server, app);
    await importAll(app.rest, names);
    await make('other', names.slice(0, 3));
    // Talk may be killed before any of it was taken.
    await app.rest.ok(`${GROUPS}/send_group_msg`, {
      GroupId: 'other',
      From_Account: names[1],
      ...messageOf(1),
    });
  });

  after(() => server?.remove());

  async function make(group, accounts) {
    await app.rest.ok(`${GROUPS}/create_group`, {
      GroupId: group,
      Type: 'Public',
      Name: group,
      Owner_Account: accounts[0],
    });
    for (let i = 1; i < accounts.length; i += 500)
      await app.rest.ok(`${GROUPS}/import_group_member`, {
        GroupId: group,
        MemberList: accounts.slice(i, i + 500).map((Member_Account) => ({ Member_Account })),
      });
  }

  /** Messages to both groups until the server is dead. */
  function talk(groups) {
    let random = 0;
    return Promise.all(
      groups.map((GroupId) =>
        untilDead(async () => {
          const reply = await app.rest.call(`${GROUPS}/send_group_msg`, {
            GroupId,
            From_Account: names[1],
            ...messageOf(1e6 * (groups.indexOf(GroupId) + 1) + ++random),
          });
          assert.ok(reply.ErrorCode === 0 || reply.ErrorCode === 10010, JSON.stringify(reply));
        }),
      ),
    );
  }

  /** Gone for everybody, and its name is free. */
  async function isGone(group) {
    assert.equal((await info(app.rest, group)).ErrorCode, 10010);
    await forAll(names, 16, async (Member_Account) => {
      const { GroupIdList } = await app.rest.ok(`${GROUPS}/get_joined_group_list`, {
        Member_Account,
      });
      assert.ok(
        !GroupIdList.some(({ GroupId }) => GroupId === group),
        `${Member_Account} still has ${group}`,
      );
    });
  }

  for (const answered of [true, false])
    test(`it is gone for all ${LARGE}, ${answered ? 'as was answered' : 'or there as a whole'}`, async () => {
      const group = answered ? 'ends' : 'may_end';
      await make(group, names);
      assert.equal((await info(app.rest, group)).MemberNum, LARGE);
      const talking = talk([group, 'other']);
      const ended = app.rest.call(`${GROUPS}/destroy_group`, { GroupId: group }).catch(() => null);
      if (answered) assert.equal((await ended).ErrorCode, 0);
      await server.kill9();
      await Promise.all([talking, ended]);
      await server.restart();

      const left = await info(app.rest, group);
      if (left.ErrorCode === 0) {
        assert.ok(!answered && (await ended)?.ErrorCode !== 0, 'its end was answered');
        assert.equal(left.MemberNum, LARGE);
        const found = await roles(app.rest, group, names);
        assert.ok([...found.values()].every((role) => role !== 'NotMember'));
        await app.rest.ok(`${GROUPS}/destroy_group`, { GroupId: group });
      }
      // The sweep goes on meanwhile; nobody sees it.
      await isGone(group);
      await make(group, names.slice(0, 2));
      assert.equal((await info(app.rest, group)).MemberNum, 2);
      assert.equal((await history(app.rest, 'other')).length > 0, true);
      await app.rest.ok(`${GROUPS}/destroy_group`, { GroupId: group });
    });
});
