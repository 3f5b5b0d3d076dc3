// What is counted, limited and billed, and how the command line tells it (server-api §1.8, §3.9).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { run } from './support/cli.mjs';
import { RawHttp } from './support/raw_http.mjs';
import { textBody } from './support/rest.mjs';
import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

const LINES = [
  'dau',
  'roaming',
  'multi_terminal',
  'push',
  'call_rate',
  'groups_per_day',
  'groups_total',
  'recents',
];
const FIELDS =
  'AppName AppId Company Date ActiveUserNum RegistUserNumOneDay RegistUserNumTotal LoginTimes ' +
  'LoginUserNum UpMsgNum DownMsgNum SendMsgUserNum APNSMsgNum C2CUpMsgNum C2CDownMsgNum ' +
  'C2CSendMsgUserNum C2CAPNSMsgNum MaxOnlineNum ChainIncrease ChainDecrease GroupUpMsgNum ' +
  'GroupDownMsgNum GroupSendMsgUserNum GroupAPNSMsgNum GroupSendMsgGroupNum GroupJoinGroupTimes ' +
  'GroupQuitGroupTimes GroupNewGroupNum GroupAllGroupNum GroupDestroyGroupNum TextMsgInNum ' +
  'TextMsgOutNum VoiceMsgInNum VoiceMsgOutNum CallBackReq CallBackRsp';
const DEADLINE_MS = 30000;

let server;

before(async () => {
  server = await Server.start();
});

after(() => server?.remove());

/** The day in the zone of the bills. */
const day = (ago = 0) =>
  new Date(Date.now() + 8 * 3600e3 - ago * 86400e3).toISOString().slice(0, 10).replaceAll('-', '');
const month = () => `${day().slice(0, 4)}-${day().slice(4, 6)}`;

const setLimit = (app, name, value) =>
  server.cli(
    ...['limit', 'set', '--app', app.sdkappid, '--limit', name, '--value', value],
    ...['--reason', 'tests'],
  );

describe('getappinfo', () => {
  const info = (app, body = {}) => app.rest.call('openconfigsvr/getappinfo', body);

  test('tells 30 days, today first, every documented field, every value a string', async () => {
    const app = await server.app('Magpie "1"');
    const first = day();
    const reply = await info(app);
    assert.deepEqual(Object.keys(reply).sort(), ['ErrorCode', 'ErrorInfo', 'Result']);
    assert.equal(reply.ErrorInfo, 'OK');
    assert.equal(reply.Result.length, 30);
    if (first === day())
      assert.deepEqual(
        reply.Result.map(({ Date }) => Date),
        Array.from({ length: 30 }, (_, i) => day(i)),
      );
    for (const item of reply.Result) {
      assert.deepEqual(Object.keys(item).sort(), FIELDS.split(' ').sort());
      for (const [name, value] of Object.entries(item)) assert.equal(typeof value, 'string', name);
    }
    assert.equal(reply.Result[0].AppName, 'Magpie "1"');
    assert.equal(reply.Result[0].AppId, String(app.sdkappid));
  });

  test('RequestField picks fields, and Date is always there', async () => {
    const app = await server.app();
    const picked = await info(app, { RequestField: ['LoginUserNum', 'UpMsgNum'] });
    for (const item of picked.Result)
      assert.deepEqual(Object.keys(item).sort(), ['Date', 'LoginUserNum', 'UpMsgNum']);
    const date = await info(app, { RequestField: ['Date'] });
    assert.deepEqual(Object.keys(date.Result[0]), ['Date']);
    const none = await info(app, { RequestField: [] });
    assert.equal(Object.keys(none.Result[0]).length, FIELDS.split(' ').length);
  });

  test('refuses unknown fields and what is no list of names', async () => {
    const app = await server.app();
    for (const RequestField of [['Nothing'], ['loginusernum'], ['Date', 'x'], [1], 'Date', {}]) {
      const reply = await info(app, { RequestField });
      assert.ok(reply.ErrorCode >= 130001 && reply.ErrorCode <= 130014, JSON.stringify(reply));
      assert.equal('Result' in reply, false);
      assert.equal('ActionStatus' in reply, false);
    }
  });

  test('counts what happened today', async (t) => {
    const app = await server.app();
    await app.rest.importAccounts('a', 'b', 'c');
    const clients = [];
    for (const user of ['a', 'b']) clients.push(await SdkClient.ready(server, app, user));
    t.after(() => Promise.all(clients.map((client) => client.close())));
    await clients[0].sendText('b', 'one');
    await clients[0].sendText('c', 'two');
    await app.rest.ok('openim/sendmsg', {
      From_Account: 'c',
      To_Account: 'b',
      MsgRandom: 1,
      MsgBody: textBody('three'),
    });
    await clients[0].chat.logout();
    await clients[0].login();
    const [today] = (await info(app)).Result;
    const { RegistUserNumOneDay, RegistUserNumTotal, LoginTimes, LoginUserNum } = today;
    assert.deepEqual(
      { RegistUserNumOneDay, RegistUserNumTotal, LoginTimes, LoginUserNum },
      { RegistUserNumOneDay: '4', RegistUserNumTotal: '4', LoginTimes: '3', LoginUserNum: '2' },
    );
    assert.equal(today.UpMsgNum, '3');
    assert.equal(today.C2CUpMsgNum, '3');
    assert.equal(today.C2CDownMsgNum, '2');
    assert.equal(today.SendMsgUserNum, '2');
    assert.equal(today.C2CSendMsgUserNum, '2');
    assert.equal(today.ActiveUserNum, '3');
  });
});

/** Calls of one command, so many in flight over `ms`; resolves all answers. */
async function load(app, inFlight, ms, command, body) {
  const answers = [];
  const until = Date.now() + ms;
  const query = `sdkappid=${app.sdkappid}&identifier=administrator&usersig=${app.rest.sig}&random=1`;
  const sockets = await Promise.all(Array.from({ length: 6 }, () => RawHttp.open(server.address)));
  const one = (http) => {
    const text = JSON.stringify(body());
    http.write(
      `POST /v4/${command}?${query} HTTP/1.1\r\nHost: t\r\nContent-Length: ${Buffer.byteLength(text)}` +
        `\r\n\r\n${text}`,
    );
    return http.json();
  };
  await Promise.all(
    sockets.map(async (http) => {
      const waiting = [];
      for (let i = 0; i < inFlight / sockets.length; i++) waiting.push(one(http));
      while (waiting.length) {
        answers.push(await waiting.shift());
        if (Date.now() < until) waiting.push(one(http));
      }
      http.close();
    }),
  );
  return answers;
}

/** The usage of the month as soon as it is so: refusals are posted once a second. */
async function usageWhen(app, match) {
  const until = Date.now() + DEADLINE_MS;
  for (;;) {
    const usage = await server.cli('usage', '--app', app.sdkappid);
    if (match(usage)) return usage;
    if (Date.now() > until) throw new Error(`usage is ${JSON.stringify(usage.totals)}`);
  }
}

describe('the call limit', () => {
  let random = 1;
  const body = () => ({ From_Account: 'a', To_Account: 'b', MsgRandom: random++, MsgBody: textBody('x') });

  /** Accepted calls by the second of the server's clock, without the first and last ones. */
  function bySecond(answers) {
    const counts = new Map();
    for (const { ErrorCode, MsgTime } of answers)
      if (ErrorCode === 0) counts.set(MsgTime, (counts.get(MsgTime) ?? 0) + 1);
    const seconds = [...counts.keys()].sort((x, y) => x - y);
    return { all: [...counts.values()], whole: seconds.slice(1, -1).map((s) => counts.get(s)) };
  }

  test('lets exactly 100 a second pass, and counts exactly these', async () => {
    const app = await server.app();
    await app.rest.importAccounts('a', 'b');
    const before_ = (await server.cli('usage', '--app', app.sdkappid)).totals;
    const answers = await load(app, 300, 3500, 'openim/sendmsg', body);
    const accepted = answers.filter(({ ErrorCode }) => ErrorCode === 0).length;
    const refused = answers.filter(({ ErrorCode }) => ErrorCode === 60007).length;
    assert.equal(accepted + refused, answers.length);
    const { all, whole } = bySecond(answers);
    assert.ok(Math.max(...all) <= 100, all.join());
    assert.ok(whole.length >= 1);
    assert.deepEqual(whole, whole.map(() => 100));

    const { totals, calls } = await usageWhen(app, (usage) => usage.totals.calls_refused >= refused);
    assert.equal(totals.calls_refused, refused);
    assert.equal(totals.calls - before_.calls, accepted);
    assert.equal(totals.c2c_up, accepted);
    assert.equal(calls.find(({ command }) => command.includes('sendmsg')).count, accepted);
  });

  test('is one for each command and each app', async () => {
    const [app, other] = [await server.app(), await server.app()];
    await app.rest.importAccounts('a', 'b');
    await other.rest.importAccounts('a', 'b');
    const [mine, theirs] = await Promise.all([
      load(app, 300, 2500, 'openim/sendmsg', body),
      load(other, 60, 2500, 'openim/querystate', () => ({ To_Account: ['a'] })).then(async () => {
        const reply = await app.rest.call('openim/querystate', { To_Account: ['a'] });
        assert.equal(reply.ErrorCode, 0);
        return other.rest.call('openim/sendmsg', body());
      }),
    ]);
    assert.ok(mine.some(({ ErrorCode }) => ErrorCode === 60007));
    assert.equal(theirs.ErrorCode, 0);
  });

  test('rises at once with `limit set`', async () => {
    const app = await server.app();
    await app.rest.importAccounts('a', 'b');
    const set = await setLimit(app, 'call_rate', 200);
    assert.deepEqual([set.before, set.value], [100, 200]);
    const { all, whole } = bySecond(await load(app, 500, 3500, 'openim/sendmsg', body));
    assert.ok(Math.max(...all) <= 200, all.join());
    assert.deepEqual(whole, whole.map(() => 200));
    assert.ok(whole.length >= 1);
  });

  test('multiaccount_import has a tenth of it', async () => {
    const app = await server.app();
    const answers = await load(app, 60, 1500, 'im_open_login_svc/multiaccount_import', () => ({
      Accounts: ['x'],
    }));
    const accepted = answers.filter(({ ErrorCode }) => ErrorCode === 0).length;
    assert.ok(accepted >= 10 && accepted <= 40, `${accepted} of ${answers.length}`);
  });

  test('of the whole app is ten times it: 60011', async () => {
    const app = await server.app();
    const until = Date.now() + DEADLINE_MS;
    const imports = () => load(app, 1200, 0, 'im_open_login_svc/account_import', () => ({ Identifier: 'x' }));
    const query = () => load(app, 60, 0, 'openim/querystate', () => ({ To_Account: ['x'] }));
    let codes = new Set();
    while (!codes.has(60011)) {
      assert.ok(Date.now() < until, [...codes].join());
      const answers = [...(await imports()), ...(await query())];
      codes = new Set(answers.map(({ ErrorCode }) => ErrorCode));
      const accepted = answers.filter(({ ErrorCode }) => ErrorCode === 0).length;
      assert.ok(accepted <= 3000);
    }
    assert.deepEqual([...codes].filter((code) => ![0, 60007, 60011].includes(code)), []);
  });

  test('refusals are counted before the server stops', async () => {
    const app = await server.app();
    await app.rest.importAccounts('a', 'b');
    const answers = await load(app, 300, 0, 'openim/sendmsg', body);
    const refused = answers.filter(({ ErrorCode }) => ErrorCode === 60007).length;
    await server.restart();
    const { totals } = await server.cli('usage', '--app', app.sdkappid);
    assert.equal(totals.calls_refused, refused);
    assert.equal(totals.c2c_up, answers.length - refused);
  });

  test('does not count calls that are not authenticated', async () => {
    const app = await server.app();
    const before_ = (await server.cli('usage', '--app', app.sdkappid)).totals.calls;
    for (let i = 0; i < 5; i++) {
      await app.rest.call('openim/querystate', { To_Account: ['x'] }, { usersig: '' });
      await app.rest.call('openim/nothing', {});
    }
    await app.rest.ok('openim/querystate', { To_Account: ['x'] });
    const { totals } = await server.cli('usage', '--app', app.sdkappid);
    assert.equal(totals.calls, before_ + 1);
  });
});

describe('the bill', () => {
  test('of an app is total_fen, status and eight lines in order', async () => {
    const app = await server.app();
    const bill = await server.cli('bill', '--app', app.sdkappid, '--month', month());
    assert.deepEqual(Object.keys(bill).slice(0, 3), ['total_fen', 'status', 'lines']);
    assert.equal(bill.total_fen, 0);
    assert.deepEqual(bill.lines.map(({ item }) => item), LINES);
    for (const line of bill.lines) {
      assert.deepEqual(Object.keys(line), ['item', 'quantity', 'units', 'amount_fen', 'unit', 'rule']);
      for (const name of ['quantity', 'units', 'amount_fen']) assert.ok(Number.isInteger(line[name]));
    }
  });

  test('is the sum of its lines, and of limits raised in the month', async () => {
    const app = await server.app();
    await setLimit(app, 'call_rate', 200);
    await setLimit(app, 'recents', 100);
    const bill = await server.cli('bill', '--app', app.sdkappid, '--month', month());
    const sum = bill.lines.reduce((total, { amount_fen }) => total + amount_fen, 0);
    assert.equal(bill.total_fen, sum);
    for (const { item, quantity, units, amount_fen } of bill.lines)
      if (['call_rate', 'recents'].includes(item)) {
        assert.ok(units > 0 && amount_fen > 0, item);
        assert.equal(quantity, item === 'call_rate' ? 200 : 100);
      } else assert.equal(amount_fen, 0, item);

    const { stdout } = await run(['price', '--calls-per-second', 200, '--recents', 100, '--json']);
    assert.equal(JSON.parse(stdout).total_fen, bill.total_fen);
  });

  test('of `price --json` has the same form, without a server', async () => {
    const { status, stdout, stderr } = await run(['price', '--dau', 150000, '--json']);
    assert.deepEqual([status, stderr], [0, '']);
    const bill = JSON.parse(stdout);
    assert.deepEqual(Object.keys(bill).slice(0, 3), ['total_fen', 'status', 'lines']);
    assert.deepEqual(bill.lines.map(({ item }) => item), LINES);
    assert.ok(bill.total_fen > 0);
  });

  test('of a month before the app is refused', async () => {
    const app = await server.app();
    const args = ['bill', '--app', app.sdkappid, '--month', '2019-01', '--data', server.dataDir];
    const { status, stderr } = await run(args);
    assert.equal(status, 1);
    assert.match(stderr, /^magpie: [^\n]*2019-01\n$/);
  });
});

describe('the command line', () => {
  test('`app create --json` prints exactly sdkappid, key and admin', async () => {
    const made = await server.cli('app', 'create', '--name', 'x');
    assert.deepEqual(Object.keys(made), ['sdkappid', 'key', 'admin']);
    assert.ok(Number.isInteger(made.sdkappid) && made.sdkappid > 0);
    assert.match(made.key, /^[0-9a-f]{64}$/);
    assert.equal(made.admin, 'administrator');
  });

  test('its answers are one JSON document and nothing else', async () => {
    const app = await server.app();
    for (const args of [
      ['app', 'list'],
      ['app', 'show', '--app', app.sdkappid],
      ['limit', 'list', '--app', app.sdkappid],
      ['usage', '--app', app.sdkappid],
      ['bill', '--app', app.sdkappid, '--month', month()],
    ]) {
      const { status, stdout, stderr } = await run([...args, '--data', server.dataDir, '--json']);
      assert.deepEqual([status, stderr], [0, ''], args.join(' '));
      assert.equal(typeof JSON.parse(stdout), 'object');
    }
  });

  test('every subcommand explains itself', async () => {
    for (const name of ['serve', 'app', 'usersig', 'limit', 'usage', 'bill', 'price', 'bench']) {
      for (const args of [[name, '--help'], ['help', name]]) {
        const { status, stdout } = await run(args);
        assert.equal(status, 0, args.join(' '));
        assert.match(stdout, /^usage: magpie/, args.join(' '));
      }
    }
  });

  test('mistakes get one line that says what, and a status that is not 0', async () => {
    const app = await server.app();
    const data = ['--data', server.dataDir];
    const id = ['--app', app.sdkappid];
    const mistakes = [
      [/no server/, 'app', 'list', '--data', '/nonexistent'],
      [/nosuch/, 'nosuch'],
      [/--nosuch/, 'bill', '--nosuch'],
      [/--nosuch/, 'app', 'list', '--nosuch', ...data],
      [/--nosuch/, 'price', '--nosuch'],
      [/--nosuch/, 'serve', '--nosuch'],
      [/--nosuch/, 'usersig', '--nosuch'],
      [/--nosuch/, 'bench', 'idle', '--nosuch'],
      [/--month/, 'bill', ...id, ...data],
      [/--app/, 'bill', '--month', month(), ...data],
      [/--app/, 'bill', '--app', 'x', '--month', month(), ...data],
      [/--app/, 'usage', '--app', '-1', ...data],
      [/--app/, 'usage', '--app', '99999999999', ...data],
      [/--month/, 'bill', ...id, '--month', '2026-13', ...data],
      [/--month/, 'bill', ...id, '--month', '11-2026', ...data],
      [/--dau/, 'price', '--dau', 'many'],
      [/--dau/, 'price', '--dau', '-1'],
      [/--dau/, 'price', '--dau', '18446744073709551616'],
      [/nowhere/, 'price', '--plan', '/nowhere.json'],
      [/nowhere/, 'price', '--plan', 'nowhere'],
      [/no app/, 'bill', '--app', '7', '--month', month(), ...data],
      [/no app/, 'limit', 'list', '--app', '7', ...data],
      [/limit/, 'limit', 'set', ...id, '--limit', 'x', '--value', 1, '--reason', 'r', ...data],
      [/--value/, 'limit', 'set', ...id, '--limit', 'recents', '--value', '1e3', '--reason', 'r', ...data],
      [/--reason/, 'limit', 'set', ...id, '--limit', 'recents', '--value', '1', ...data],
      [/--name/, 'app', 'create', ...data],
      [/name/, 'app', 'create', '--name', 'x'.repeat(65), ...data],
      [/.../, 'app', 'nosuch', ...data],
      [/.../, 'app', ...data],
      [/--listen/, 'serve', '--data', '/nonexistent'],
      [/.../, 'bill', 'stray', ...data],
    ];
    for (const [what, ...args] of mistakes) {
      const { status, stdout, stderr } = await run(args);
      assert.ok(status > 0, args.join(' '));
      assert.equal(stdout, '', args.join(' '));
      assert.match(stderr, /^[^\n]+\n$/, `${args.join(' ')}: ${stderr}`);
      assert.match(stderr, what, args.join(' '));
    }
  });
});
