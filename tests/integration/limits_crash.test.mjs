// N means N: 64 clients at once against each limit, over a kill -9 of the server and its restart.
// What was accepted never exceeds the limit, and refusals have the documented code (server-api §9).
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as until } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { Countdown, GROUPS, history, importAll, info, isTip, messageOf, untilDead } from './support/group_load.mjs';
import { setLimit } from './support/groups.mjs';
import { textBody } from './support/rest.mjs';
import { Server } from './support/server.mjs';

const PLAN = fileURLToPath(new URL('../../plans/cloud-2018.json', import.meta.url));
const CLIENTS = 64;
const REFUSED_ENOUGH = 3; // a client goes home after so many refusals

let server, dir;

before(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'magpie-limits-'));
  const plan = JSON.parse(await readFile(PLAN, 'utf8'));
  plan.id = 'few-groups';
  Object.assign(plan.groups_total, { included: 100, step: 100 });
  const file = path.join(dir, 'plan.json');
  await writeFile(file, JSON.stringify(plan));
  server = await Server.start({ args: ['--plan', file] });
});

after(async () => {
  await server?.remove();
  await rm(dir, { recursive: true, force: true });
});

async function appWith(limits) {
  const app = await server.app('limits');
  const others = { call_rate: 1000000, groups_total: 100000, groups_per_day: 100000 };
  for (const [name, value] of Object.entries({ ...others, ...limits })) await setLimit(server, app, name, value);
  return app;
}

const everyClient = (run) => Promise.all(Array.from({ length: CLIENTS }, run));

/** Adds how often each code came. */
class Codes {
  of = {};
  add(code) {
    this.of[code] = (this.of[code] ?? 0) + 1;
    return code;
  }
  get accepted() {
    return this.of[0] ?? 0;
  }
}

/**
 * `step` resolves an ErrorCode. Everybody calls it, the server dies when half of the limit is used
 * up and comes back, and everybody goes on until there is no more.
 */
async function hammer({ limit, code, step }) {
  const codes = new Codes();
  const half = new Countdown(Math.ceil(limit / 2));
  const killed = half.done.then(() => server.kill9());
  await Promise.all([
    killed,
    everyClient(() =>
      untilDead(async () => {
        if (codes.add(await step()) === 0) half.tick();
      }),
    ),
  ]);
  await server.restart();
  await everyClient(async () => {
    for (let refused = 0; refused < REFUSED_ENOUGH; ) refused += codes.add(await step()) !== 0;
  });
  assert.deepEqual(Object.keys(codes.of).sort(), ['0', String(code)], JSON.stringify(codes.of));
  // Those that had no answer before the kill may have been accepted.
  assert.ok(codes.accepted <= limit, `${codes.accepted} of ${limit}`);
  assert.ok(codes.accepted > limit - CLIENTS);
}

const totalOf = async (app) =>
  (await app.rest.ok(`${GROUPS}/get_appid_group_list`, { Limit: 1 })).TotalCount;
const codeOf = async (app, command, body) =>
  (await app.rest.call(`${GROUPS}/${command}`, body)).ErrorCode;
const create = (app, more) => codeOf(app, 'create_group', { Type: 'Public', Name: 'x', ...more });

describe('what exists is counted exactly over a kill', () => {
  test('groups made in a day: 10006', async () => {
    const app = await appWith({ groups_per_day: 500 });
    await hammer({ limit: 500, code: 10006, step: () => create(app) });
    assert.equal(await totalOf(app), 500);
  });

  test('groups in total: 10006', async () => {
    const app = await appWith({ groups_total: 200 });
    await hammer({ limit: 200, code: 10006, step: () => create(app) });
    assert.equal(await totalOf(app), 200);
  });

  test('groups in total by the cap of the plan: 10058', async () => {
    const app = await appWith({ groups: 90 });
    await hammer({ limit: 90, code: 10058, step: () => create(app) });
    assert.equal(await totalOf(app), 90);
  });

  test('BChatRooms: 10036', async () => {
    const app = await appWith({});
    await hammer({ limit: 5, code: 10036, step: () => create(app, { Type: 'BChatRoom' }) });
    assert.equal(await totalOf(app), 5);
  });

  test('groups of an account: 10037', async () => {
    const app = await appWith({ groups_per_account: 120 });
    await app.rest.importAccounts('much');
    await hammer({ limit: 120, code: 10037, step: () => create(app, { Owner_Account: 'much' }) });
    assert.equal(await totalOf(app), 120);
  });

  test('members of a group: 10038', async () => {
    const app = await appWith({ members_of_public: 150 });
    const names = Array.from({ length: 1000 }, (_, i) => `m${i}`);
    await importAll(app.rest, names);
    await app.rest.ok(`${GROUPS}/create_group`, { GroupId: 'full', Type: 'Public', Name: 'x' });
    let next = 0;
    await hammer({
      limit: 150,
      code: 10038,
      step: () =>
        codeOf(app, 'add_group_member', {
          GroupId: 'full',
          Silence: 1,
          MemberList: [{ Member_Account: names[next++ % names.length] }],
        }),
    });
    assert.equal((await info(app.rest, 'full')).MemberNum, 150);
  });

  test('accounts: 70398', async () => {
    const app = await appWith({ accounts: 201 }); // with its administrator
    let next = 0;
    const step = async () =>
      (await app.rest.call('im_open_login_svc/account_import', { UserID: `a${next++}` })).ErrorCode;
    await hammer({ limit: 200, code: 70398, step });
  });
});

/** Everybody calls `step` for some time, in which the server dies and comes back; several times. */
async function overKills(rounds, step) {
  for (let round = 0; round < rounds; round++) {
    // Early in a second, so that the second goes on after the restart.
    await until(1000 - (Date.now() % 1000));
    const calling = everyClient(() => untilDead(step));
    await until(150);
    await server.kill9();
    await calling;
    await server.restart();
    const end = Date.now() + 1200;
    await everyClient(async () => {
      while (Date.now() < end) await step();
    });
  }
}

/** How many of each second. */
function bySecond(times) {
  const seconds = new Map();
  for (const time of times) seconds.set(time, (seconds.get(time) ?? 0) + 1);
  return [...seconds.values()];
}

describe('what is counted by the second', () => {
  test('100 calls a second of one command: 60007', async () => {
    const app = await appWith({ call_rate: 100 });
    await app.rest.importAccounts('from', 'to');
    const codes = new Codes();
    const times = [];
    await overKills(4, async () => {
      const reply = await app.rest.call('openim/sendmsg', {
        SyncOtherMachine: 2,
        From_Account: 'from',
        To_Account: 'to',
        MsgRandom: Math.floor(Math.random() * 2 ** 32),
        MsgBody: textBody('x'),
      });
      if (codes.add(reply.ErrorCode) === 0) times.push(reply.MsgTime);
    });
    assert.deepEqual(Object.keys(codes.of), ['0', '60007'], JSON.stringify(codes.of));
    assert.equal(Math.max(...bySecond(times)), 100, JSON.stringify(bySecond(times)));
  });

  test('40 messages a second of one group, the others dropped', async () => {
    const app = await appWith({});
    await app.rest.importAccounts('from');
    await app.rest.ok(`${GROUPS}/create_group`, {
      GroupId: 'loud',
      Type: 'Public',
      Name: 'x',
      MemberList: [{ Member_Account: 'from' }],
    });
    let random = 1;
    await overKills(3, async () => {
      const body = { GroupId: 'loud', From_Account: 'from', ...messageOf(random++) };
      assert.equal(await codeOf(app, 'send_group_msg', body), 0);
    });
    const items = (await history(app.rest, 'loud')).filter((item) => !isTip(item));
    const counts = bySecond(items.map(({ MsgTimeStamp }) => MsgTimeStamp));
    assert.equal(Math.max(...counts), 40, JSON.stringify(counts));
  });

  test('50 recent contacts, of more', async () => {
    const app = await appWith({});
    const names = Array.from({ length: 80 }, (_, i) => `peer${i}`);
    await importAll(app.rest, ['me', ...names]);
    for (const name of names)
      await app.rest.ok('openim/sendmsg', {
        From_Account: name,
        To_Account: 'me',
        MsgRandom: Math.floor(Math.random() * 2 ** 32),
        MsgBody: textBody('x'),
      });
    const counts = new Set();
    await overKills(1, async () => {
      const { SessionItem } = await app.rest.ok('recentcontact/get_list', {
        From_Account: 'me',
        TimeStamp: 0,
        StartIndex: 0,
        TopTimeStamp: 0,
        TopStartIndex: 0,
        AssistFlags: 0,
      });
      counts.add(SessionItem.length);
    });
    assert.deepEqual([...counts], [50]);
  });
});
